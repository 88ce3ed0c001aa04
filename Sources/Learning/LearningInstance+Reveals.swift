import Consensus
import Sodium
import Topology

/// REVEAL and SHARE, or SUMSHARE: from the decision to the opened sum (rules 5 to 8 of the essay above `LearningInstance`).
extension LearningInstance {
    /// Whether a READY of the next exchange has come: some member has opened this one's sum, so the attempt under way
    /// can never be decided.
    private var isSomebodyAhead: Bool { !nextReadies.isEmpty }

    /// Rule 4: all members' votes for the attempt that the own vote stands for.
    mutating func decideIfAllVoted(now: Duration, _ directives: inout [LearningDirective]) {
        guard !isDecided, phase != .revealing, phase != .failed, let own = journal?.vote else { return }
        guard phase != .exchanging || isSomebodyAhead else { return }
        guard votes.isComplete(attempt: own.attempt) else { return }
        let others = settings.roster.indices.filter {
            votes.vote(of: $0, attempt: own.attempt)?.digest != own.digest
        }
        guard others.isEmpty else { return fail(.sumsDiffer(members: others), &directives) }
        if isVoteWithdrawn {
            openIfComplete(now: now, &directives)
        } else {
            decide(now: now, &directives)
        }
    }

    /// The sum is decided: the own seed, or the own share of the sum, may leave now, and not before.
    mutating func decide(now: Duration, _ directives: inout [LearningDirective]) {
        phase = .revealing
        aggregation = nil
        early.removeAll()
        lastProgress = now
        if let flooded = ownReveal() {
            let owner = member
            opening?.keep(flooded, of: owner)
            flood(flooded, except: nil, &directives)
        }
        floodOwnShare(&directives)
        openIfComplete(now: now, &directives)
    }

    /// The REVEAL of the own seed, where it is in memory and has not been sent.
    private func ownReveal() -> PeerMessage? {
        guard let opening, let seed = opening.ownSeed, opening.reveal(of: member) == nil else { return nil }
        var message = RevealMessage(
            round: exchange, attempt: opening.attempt, sender: UInt16(member), seed: seed)
        message.signature = authenticator.sign(message.signedBytes(networkID: networkID))
        return .reveal(message)
    }

    /// Opens the sum once all seeds are there: alike at all members, whoever comes when.
    ///
    /// Not while the sessions of a later attempt run here: others may have voted in it by this member's DATA.
    mutating func openIfComplete(now: Duration, _ directives: inout [LearningDirective]) {
        guard opening?.isComplete == true, let vote = journal?.vote,
            let plan = plan(attempt: vote.attempt)
        else { return }
        let hasAllVotes = votes.isComplete(attempt: vote.attempt)
        switch phase {
        case .revealing: break
        case .gathering: guard hasAllVotes else { return }
        case .exchanging: guard hasAllVotes, isSomebodyAhead else { return }
        case .idle, .preparing, .voting, .optimising, .finished, .failed, .held: return
        }
        let opened: OpenedSum
        do throws(AggregationFailure) {
            if let sharing = opening?.sharing {
                opened = try plan.opened(sharing.known)
            } else {
                opened = try plan.opened(vote.maskedSum, selfSeeds: opening?.seeds ?? [])
            }
        } catch {
            if case .sharesDisagree = error, opening?.sharing?.hasAll == false {
                // Everybody who has these shares sees it, and one deadline later all have left.
                opening?.sharing?.isDisputed = true
                return
            }
            failedCheckCount += 1
            // Nobody can open it.
            opening = nil
            return failedCheckCount == 1
                ? withdrawVote(now: now, &directives) : fail(.aggregation(error), &directives)
        }
        optimise(opened.sum, now: now, &directives)
    }

    /// Too many seeds are lost, or the check failed: the same roster makes the sums anew.
    mutating func withdrawVote(now: Duration, _ directives: inout [LearningDirective]) {
        isVoteWithdrawn = true
        failedAttemptCount += 1
        announce(attempt: max(readies.latestAttempt, journal?.attempt ?? 0) + 1, now: now, &directives)
    }

    /// One deadline after the decision: the held shares of seeds that are still missing, or the own share of the sum.
    mutating func shareIfDue(now: Duration, _ directives: inout [LearningDirective]) {
        guard phase == .revealing, now - lastProgress >= settings.revealDeadline,
            let attempt = opening?.attempt, opening?.hasShared == false
        else { return }
        opening?.hasShared = true
        if opening?.sharing != nil {
            opening?.sharing?.isOverdue = true
            floodOwnShare(&directives)
            return openIfComplete(now: now, &directives)
        }
        let missing = opening?.missing ?? []
        let held = opening?.heldShares ?? []
        for held in held where missing.contains(held.owner) && !held.share.isEmpty {
            var message = ShareMessage(
                round: exchange, attempt: attempt, sender: UInt16(member), owner: UInt16(held.owner),
                share: held.share)
            message.signature = authenticator.sign(message.signedBytes(networkID: networkID))
            take(message)
            flood(.share(message), except: nil, &directives)
        }
        openIfComplete(now: now, &directives)
    }

    /// Whether a message is about the sum that the own vote stands for, and about members of it.
    ///
    /// The opening is read in place here and below: a copy of it would cost its size for every flooded seed.
    func isAwaited(_ round: UInt64, _ attempt: UInt32, of members: [Int]) -> Bool {
        guard round == exchange, opening?.attempt == attempt else { return false }
        return members.allSatisfy { $0 < opening?.commitments.count ?? 0 }
    }

    private mutating func take(_ message: ShareMessage) {
        let threshold = geometry.shareThreshold(of: Int(message.owner))
        opening?.take(message, threshold: threshold)
    }

    mutating func receiveReveal(
        _ message: RevealMessage, _ flooded: PeerMessage, from link: Int, now: Duration,
        _ directives: inout [LearningDirective]
    ) {
        let sender = Int(message.sender)
        guard isAwaited(message.round, message.attempt, of: [sender]) else { return }
        if let known = opening?.reveal(of: sender) {
            if known != message { directives.append(.misbehaved(member: sender, .conflictingMessage)) }
            return
        }
        guard
            authenticator.isValid(
                message.signature, over: message.signedBytes(networkID: networkID), by: sender)
        else {
            directives.append(.misbehaved(member: link, .forgedSignature(claimed: sender)))
            return
        }
        guard SelfMask.commitment(to: message.seed) == opening?.commitments[sender] else {
            directives.append(.misbehaved(member: sender, .wrongSeed))
            return
        }
        opening?.keep(flooded, of: sender)
        lastProgress = now
        flood(flooded, except: link, &directives)
        openIfComplete(now: now, &directives)
    }

    mutating func receiveShare(
        _ message: ShareMessage, _ flooded: PeerMessage, from link: Int, now: Duration,
        _ directives: inout [LearningDirective]
    ) {
        let (sender, owner) = (Int(message.sender), Int(message.owner))
        guard isAwaited(message.round, message.attempt, of: [sender, owner]) else { return }
        if let known = opening?.shares[owner]?.first(where: { $0.sender == message.sender }) {
            if known != message { directives.append(.misbehaved(member: sender, .conflictingMessage)) }
            return
        }
        guard
            authenticator.isValid(
                message.signature, over: message.signedBytes(networkID: networkID), by: sender)
        else {
            directives.append(.misbehaved(member: link, .forgedSignature(claimed: sender)))
            return
        }
        guard geometry.maskGraph?.neighbours(of: owner).contains(sender) == true else {
            directives.append(.misbehaved(member: sender, .aggregation(.notNeighbour)))
            return
        }
        take(message)
        lastProgress = now
        flood(flooded, except: link, &directives)
        openIfComplete(now: now, &directives)
    }
}
