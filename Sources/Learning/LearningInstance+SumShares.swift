import Consensus
import Models

/// SUMSHARE: with Shamir's shares of the values, the way from the decision to the opened sum.
extension LearningInstance {
    /// What it takes to open the sum of an attempt that ended with a share; nil where it ended with a masked sum.
    mutating func shareOpening(of value: RoundValue) -> ShareOpening? {
        guard let threshold = settings.aggregation.protection.shamirThreshold, !trainer.stage.isMaximum,
            let geometry = geometry(for: value.roster)
        else { return nil }
        var own: SumShare?
        if case .share(let share)? = value.maskedSum { own = share }
        return ShareOpening(
            threshold: threshold, openers: geometry.openers(round: exchange, attempt: value.attempt),
            ownShare: own ?? secrets.first { $0.attempt == value.attempt }?.sumShare, roster: value.roster)
    }

    /// The own share leaves: at the decision if this member is an opener, one deadline later in any case.
    mutating func floodOwnShare(_ directives: inout [LearningDirective]) {
        guard phase == .revealing, let opening, let sharing = opening.sharing, let share = sharing.ownShare,
            let place = opening.roster.place(of: member), sharing.shares[place] == nil,
            sharing.isOverdue || sharing.openers.contains(place)
        else { return }
        var message = SumShareMessage(
            round: exchange, attempt: opening.attempt, sender: UInt16(member), share: share)
        message.signature = authenticator.sign(message.signedBytes(networkID: networkID))
        self.opening?.sharing?.keep(message)
        flood(.sumShare(message), except: nil, &directives)
    }

    mutating func receiveSumShare(
        _ message: SumShareMessage, _ flooded: PeerMessage, from link: Int, now: Duration,
        _ directives: inout [LearningDirective]
    ) {
        let sender = Int(message.sender)
        guard isAwaited(message.round, message.attempt) else {
            return keepEarly(flooded, message.round, sender, from: link, &directives) { networkID in
                (message.signature, message.signedBytes(networkID: networkID))
            }
        }
        guard let place = opening?.roster.place(of: sender) else { return }
        guard opening?.sharing != nil else {
            directives.append(.misbehaved(member: link, .aggregation(.wrongPayload)))
            return
        }
        if let known = opening?.sharing?.shares[place] {
            return nameConflict(message, with: known, .sumShare, of: sender, over: link, &directives)
        }
        guard isSigned(message, by: sender, over: link, &directives) else { return }
        let expected = trainer.stage == .finished ? 0 : trainer.layout.count + 1
        guard message.share.residues.count == expected else {
            let fault = Misbehaviour.wrongCount(count: message.share.residues.count, expected: expected)
            directives.append(.misbehaved(member: sender, .aggregation(fault)))
            return
        }
        guard message.share.commitment == opening?.commitments[place] else {
            directives.append(.misbehaved(member: sender, .wrongShare))
            return
        }
        opening?.sharing?.keep(message)
        lastProgress = now
        flood(flooded, except: link, &directives)
        openIfComplete(now: now, &directives)
    }
}
