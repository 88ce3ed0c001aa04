import Consensus
import Sodium
import Topology

/// REVEAL and SHARE, or SUMSHARE: from the decision to the opened sum (rules 5 to 8 of the essay above `LearningInstance`).
extension LearningInstance {
    /// Rule 4: a quorum of equal votes.
    mutating func decideIfVoted(now: Duration, _ directives: inout [LearningDirective]) {
        switch phase {
        case .idle, .preparing, .revealing, .optimising, .finished, .failed, .held: return
        case .gathering, .exchanging, .voting, .calling, .fetching, .holding, .joining: break
        }
        guard let decided = votes.decided(quorum: settings.quorum, except: blockedDigest) else {
            return failIfSplit(&directives)
        }
        guard let journal, !journal.inputs.isEmpty else { return }
        // What runs here is later, and was not bound: the votes are of no use to it.
        if phase == .exchanging, decided.attempt < journal.attempt { return }
        if let known = knownValue, known.digest == decided.digest, journal.vote?.value.digest != known.digest
        {
            // A vote that nobody needs any more: it only says what is decided.
            self.journal?.vote = Journal.Ballot(attempt: decided.attempt, value: known)
            return decide(now: now, &directives)
        }
        if journal.vote?.value.digest == decided.digest {
            // An own vote that is on its way to the disk comes first.
            let isStored = !pendingStores.contains {
                if case .vote = $0.continuation { true } else { false }
            }
            guard isStored else { return }
            return isVoteLost && phase == .gathering
                ? openIfComplete(now: now, &directives) : decide(now: now, &directives)
        }
        if phase == .voting, journal.vote?.attempt == decided.attempt {
            return fail(
                .sumsDiffer(members: voters(for: decided.digest, attempt: decided.attempt)), &directives)
        }
        // In a session that runs, its own last messages will do, unless they do not come.
        if phase != .exchanging || now - lastProgress >= deadline {
            fetch(.sum(decided.digest), now: now, &directives)
        }
    }

    /// Members of one attempt have come to different sums, and none of them can be decided: a fault that stops all.
    private mutating func failIfSplit(_ directives: inout [LearningDirective]) {
        guard phase == .voting, let own = journal?.vote, votes.isSplit(attempt: own.attempt) else { return }
        let all = attemptRoster.members
        let others = all.filter { sender in
            votes.vote(of: sender, attempt: own.attempt).map { $0.digest != own.value.digest } ?? false
        }
        guard all.allSatisfy({ votes.vote(of: $0, attempt: own.attempt) != nil }) else { return }
        fail(.sumsDiffer(members: others), &directives)
    }

    private func voters(for digest: [UInt8], attempt: UInt32) -> [Int] {
        settings.roster.indices.filter { votes.vote(of: $0, attempt: attempt)?.digest == digest }
    }

    /// The sum is decided: the own seed, or the own share of the sum, may leave now, and not before.
    mutating func decide(now: Duration, _ directives: inout [LearningDirective]) {
        guard let value = journal?.vote?.value else { return }
        dropAttempt()
        call = nil
        hold = nil
        transfer = nil
        phase = .revealing
        lastProgress = now
        makeOpening(of: value, now: now, &directives)
        if let flooded = ownReveal(), let place = value.roster.place(of: member) {
            opening?.keep(flooded, of: place)
            flood(flooded, except: nil, &directives)
        }
        floodOwnShare(&directives)
        openIfComplete(now: now, &directives)
    }

    /// The REVEAL of the own seed, where it is in memory and has not been sent.
    private func ownReveal() -> PeerMessage? {
        guard let opening, let seed = opening.ownSeed, let place = opening.roster.place(of: member),
            opening.reveal(of: place) == nil
        else { return nil }
        var message = RevealMessage(
            round: exchange, attempt: opening.attempt, sender: UInt16(member), seed: seed)
        message.signature = authenticator.sign(message.signedBytes(networkID: networkID))
        return .reveal(message)
    }

    /// Opens the sum once it is decided and all seeds are there: alike at all members, whoever comes when.
    ///
    /// Not while sessions that make it anew run here, or might have ended elsewhere (rule 7).
    mutating func openIfComplete(now: Duration, _ directives: inout [LearningDirective]) {
        guard opening?.isComplete == true, let value = journal?.vote?.value, value.digest != blockedDigest,
            opening?.attempt == value.attempt, let geometry = geometry(for: value.roster),
            let plan = plan(attempt: value.attempt, geometry: geometry)
        else { return }
        switch phase {
        case .revealing: break
        case .gathering where isVoteLost:
            let decided = votes.decided(quorum: settings.quorum, except: blockedDigest)
            guard decided?.digest == value.digest else { return }
        default: return
        }
        let opened: OpenedSum
        do throws(AggregationFailure) {
            if let sharing = opening?.sharing {
                opened = try plan.opened(sharing.known)
            } else {
                guard let maskedSum = value.maskedSum else { return }
                opened = try plan.opened(maskedSum, selfSeeds: opening?.seeds ?? [])
            }
        } catch {
            if case .sharesDisagree = error, opening?.sharing?.hasAll == false {
                // Everybody who has these shares sees it, and one deadline later all have left.
                opening?.sharing?.isDisputed = true
                return
            }
            failedCheckCount += 1
            blockedDigest = value.digest
            return failedCheckCount == 1
                ? runAnew(now: now, &directives) : fail(.aggregation(error), &directives)
        }
        optimise(opened.sum, now: now, &directives)
    }

    /// Too many seeds are lost, or the check failed: exactly the sum's roster makes it anew (rule 6).
    mutating func runAnew(now: Duration, _ directives: inout [LearningDirective]) {
        guard let value = journal?.vote?.value, value.roster.contains(member) else { return }
        isVoteLost = true
        failedAttemptCount += 1
        let latest = max(readies.latest?.attempt ?? 0, journal?.attempt ?? 0, call?.attempt ?? 0)
        announce(attempt: latest + 1, roster: value.roster, now: now, &directives)
    }

    /// One deadline after the decision: the held shares of seeds that are still missing, or the own share of the sum.
    mutating func shareIfDue(now: Duration, _ directives: inout [LearningDirective]) {
        guard phase == .revealing, now - lastProgress >= settings.revealDeadline,
            let attempt = opening?.attempt, let roster = opening?.roster, opening?.hasShared == false
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
            let owner = participants(at: [held.owner], of: roster)[0]
            var message = ShareMessage(
                round: exchange, attempt: attempt, sender: UInt16(member), owner: UInt16(owner),
                share: held.share)
            message.signature = authenticator.sign(message.signedBytes(networkID: networkID))
            take(message, of: held.owner)
            flood(.share(message), except: nil, &directives)
        }
        openIfComplete(now: now, &directives)
    }

    /// One deadline after the decision, where links were lost: those who are left may be apart in the control graph, so what
    /// this member has told goes over every link that it has.
    mutating func repeatIfParted(now: Duration, _ directives: inout [LearningDirective]) {
        guard phase == .revealing, now - lastProgress >= settings.revealDeadline, links.hasLosses,
            opening?.hasRepeated == false
        else { return }
        opening?.hasRepeated = true
        let own = (opening?.messages ?? []).filter { message in
            switch message {
            case .reveal(let reveal): Int(reveal.sender) == member
            case .share(let share): Int(share.sender) == member
            case .sumShare(let share): Int(share.sender) == member
            default: false
            }
        }
        for link in links.links where link.isUp && !controlNeighbours.contains(link.peer) {
            for message in own { directives.append(.send(message, to: link.peer)) }
        }
    }

    /// Whether a message is about the sum that is being opened, or will be.
    ///
    /// The opening is read in place here and below: a copy of it would cost its size for every flooded seed.
    mutating func isAwaited(_ round: UInt64, _ attempt: UInt32) -> Bool {
        round == exchange && opening?.attempt == attempt && !phase.isDecided
    }

    private mutating func take(_ message: ShareMessage, of owner: Int) {
        guard let roster = opening?.roster, let geometry = geometry(for: roster) else { return }
        opening?.take(message, of: owner, threshold: geometry.shareThreshold(of: owner))
    }

    /// Takes what came before the sum that it opens was known.
    mutating func takeEarlyOpenings(now: Duration, _ directives: inout [LearningDirective]) {
        guard !earlyOpenings.isEmpty else { return }
        let waiting = earlyOpenings
        earlyOpenings = []
        for message in waiting {
            switch message {
            case .reveal(let reveal): receiveReveal(reveal, message, from: member, now: now, &directives)
            case .share(let share): receiveShare(share, message, from: member, now: now, &directives)
            case .sumShare(let share):
                receiveSumShare(share, message, from: member, now: now, &directives)
            default: break
            }
        }
    }

    /// Keeps and passes on what opens a sum that is not known here yet; who needs it may be behind this member.
    mutating func keepEarly(
        _ flooded: PeerMessage, _ round: UInt64, _ sender: Int, from link: Int,
        _ directives: inout [LearningDirective], signed: ([UInt8]) -> (signature: [UInt8], bytes: [UInt8])
    ) {
        guard sender < settings.roster.count, sender != member, round == exchange, !phase.isDecided,
            phase != .failed,
            earlyOpenings.count < 4 * settings.roster.count, !earlyOpenings.contains(flooded)
        else { return }
        let (signature, bytes) = signed(networkID)
        guard authenticator.isValid(signature, over: bytes, by: sender) else {
            directives.append(.misbehaved(member: link, .forgedSignature(claimed: sender)))
            return
        }
        earlyOpenings.append(flooded)
        flood(flooded, except: link, &directives)
    }

    mutating func receiveReveal(
        _ message: RevealMessage, _ flooded: PeerMessage, from link: Int, now: Duration,
        _ directives: inout [LearningDirective]
    ) {
        let sender = Int(message.sender)
        guard isAwaited(message.round, message.attempt) else {
            return keepEarly(flooded, message.round, sender, from: link, &directives) { networkID in
                (message.signature, message.signedBytes(networkID: networkID))
            }
        }
        guard let place = opening?.roster.place(of: sender), opening?.commitments.isEmpty == false else {
            return
        }
        if let known = opening?.reveal(of: place) {
            return nameConflict(message, with: known, .reveal, of: sender, over: link, &directives)
        }
        guard isSigned(message, by: sender, over: link, &directives) else { return }
        guard SelfMask.commitment(to: message.seed) == opening?.commitments[place] else {
            directives.append(.misbehaved(member: sender, .wrongSeed))
            return
        }
        opening?.keep(flooded, of: place)
        lastProgress = now
        flood(flooded, except: link, &directives)
        openIfComplete(now: now, &directives)
    }

    mutating func receiveShare(
        _ message: ShareMessage, _ flooded: PeerMessage, from link: Int, now: Duration,
        _ directives: inout [LearningDirective]
    ) {
        let (sender, owner) = (Int(message.sender), Int(message.owner))
        guard isAwaited(message.round, message.attempt) else {
            return keepEarly(flooded, message.round, sender, from: link, &directives) { networkID in
                (message.signature, message.signedBytes(networkID: networkID))
            }
        }
        guard let roster = opening?.roster, let place = roster.place(of: sender),
            let ownerPlace = roster.place(of: owner), opening?.commitments.isEmpty == false
        else { return }
        if let known = opening?.shares[ownerPlace]?.first(where: { $0.sender == message.sender }) {
            return nameConflict(message, with: known, .share, of: sender, over: link, &directives)
        }
        guard isSigned(message, by: sender, over: link, &directives) else { return }
        guard geometry(for: roster)?.maskGraph?.neighbours(of: ownerPlace).contains(place) == true else {
            directives.append(.misbehaved(member: sender, .aggregation(.notNeighbour)))
            return
        }
        take(message, of: ownerPlace)
        lastProgress = now
        flood(flooded, except: link, &directives)
        openIfComplete(now: now, &directives)
    }
}
