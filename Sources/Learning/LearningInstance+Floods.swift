import Consensus
import Models
import Topology

/// READY and FINISHED: signed, checked once, forwarded once over the control graph.
extension LearningInstance {
    /// Whether floods also go over other links than those of the control graph: members are missing from it, or may be.
    var isDisturbed: Bool {
        mutating get {
            roster.count < settings.roster.count || journal?.attempt ?? 0 > 0 || call != nil
                || nextCall != nil || !takesPart || links.hasLosses
        }
    }

    /// Whether a flooded message is its sender's own; otherwise who passed it on is named.
    mutating func isSigned(
        _ message: some SignedFlood, by sender: Int, over link: Int,
        _ directives: inout [LearningDirective]
    ) -> Bool {
        let isValid = authenticator.isValid(
            message.signature, over: message.signedBytes(networkID: networkID), by: sender)
        if !isValid { directives.append(.misbehaved(member: link, .forgedSignature(claimed: sender))) }
        return isValid
    }

    /// Names a member that has said two things where one is allowed. Only what it has signed is held against it: whoever
    /// passes on words that it never said is named instead.
    mutating func nameConflict<Message: SignedFlood & Equatable>(
        _ message: Message, with known: Message, _ type: MessageType, of sender: Int, over link: Int,
        _ directives: inout [LearningDirective]
    ) {
        guard known != message, isSigned(message, by: sender, over: link, &directives) else { return }
        directives.append(.misbehaved(member: sender, .conflictingMessage(type)))
    }

    mutating func flood(_ message: PeerMessage, except sender: Int?, _ directives: inout [LearningDirective])
    {
        directives.append(.flood(message, except: sender))
        guard isDisturbed else { return }
        for link in links.links
        where link.isUp && link.peer != sender && !controlNeighbours.contains(link.peer) {
            directives.append(.send(message, to: link.peer))
        }
    }

    /// Writes the journal, then floods READY of an attempt with this roster, the member among it.
    mutating func announce(
        attempt: UInt32, roster: MemberSet, now: Duration, _ directives: inout [LearningDirective]
    ) {
        guard roster.contains(member), takesPart || isFree, geometry(for: roster) != nil else {
            return stayOutside(now: now, &directives)
        }
        dropAttempt()
        journal?.attempt = attempt
        useGeometry(of: roster)
        hold = nil
        boundDigest = nil
        if let call, call.attempt < attempt { self.call = nil }
        phase = .gathering
        lastProgress = now
        store(checkpoint: nil, then: .announce(attempt: attempt), &directives)
    }

    /// Ends the sessions that run; their secrets stay.
    mutating func dropAttempt() {
        keepSecrets()
        aggregation = nil
        early.removeAll()
    }

    /// Draws the seed of the attempt's self mask and floods READY, which commits to it; at the end of the run, a last
    /// READY says that the exchange before has been opened.
    mutating func floodOwnReady(
        now: Duration, using generator: inout some RandomNumberGenerator,
        _ directives: inout [LearningDirective]
    ) {
        guard let journal else { return }
        let plan = plan(attempt: journal.attempt)
        selfSeed = plan?.hasSelfMasks == true ? SelfMask.seed(using: &generator) : []
        let message = PeerMessage.ready(signedReady())
        readies.put(message, of: member)
        if let plan, let place = attemptRoster.place(of: member) {
            let neighbours = plan.sessionNeighbours(of: place) + plan.maskNeighbours(of: place)
            connect(participants(at: neighbours, of: attemptRoster), now: now, &directives)
        }
        flood(message, except: nil, &directives)
    }

    func signedReady() -> ReadyMessage {
        let vote = journal?.vote.map { ballot in
            Vote(
                attempt: ballot.attempt, digest: ballot.value.digest,
                isLost: isVoteLost && ballot.value.roster == attemptRoster)
        }
        var message = ReadyMessage(
            round: exchange, attempt: journal?.attempt ?? 0, sender: UInt16(member), roster: attemptRoster,
            stateHash: stateHash, steps: UInt32(geometry.sumSteps),
            commitment: selfSeed.isEmpty
                ? [UInt8](repeating: 0, count: 32) : SelfMask.commitment(to: selfSeed),
            joiners: phase == .finished ? nobody : joiners, vote: vote)
        message.signature = authenticator.sign(message.signedBytes(networkID: networkID))
        return message
    }

    func signedVote(attempt: UInt32, digest: [UInt8]) -> FinishedMessage {
        var message = FinishedMessage(
            round: exchange, attempt: attempt, sender: UInt16(member), digest: digest,
            signature: [UInt8](repeating: 0, count: 64))
        message.signature = authenticator.sign(
            message.signedBytes(networkID: settings.aggregation.networkID))
        return message
    }

    mutating func floodOwnVote(_ directives: inout [LearningDirective]) {
        guard let vote = journal?.vote else { return }
        // After a crash it is there already.
        let known = votes.vote(of: member, attempt: vote.attempt)
        let message = PeerMessage.finished(
            known ?? signedVote(attempt: vote.attempt, digest: vote.value.digest))
        if known == nil { votes.put(message, of: member) }
        flood(message, except: nil, &directives)
    }

    // MARK: - READY

    mutating func receiveReady(
        _ message: ReadyMessage, _ flooded: PeerMessage, from link: Int, now: Duration,
        using generator: inout some RandomNumberGenerator, _ directives: inout [LearningDirective]
    ) {
        let sender = Int(message.sender)
        guard sender < settings.roster.count else { return }
        guard sender != member else { return hearOwn(message, over: link, &directives) }
        if message.round < exchange || phase == .optimising && message.round == exchange {
            return tellWhatIsDecided(to: link, now: now, &directives)
        }
        let table =
            message.round == exchange
            ? readies[sender] : message.round == exchange + 1 ? nextReadies[sender] : laterReadies[sender]
        if let known = table, (known.round, known.attempt) >= (message.round, message.attempt) {
            if (known.round, known.attempt) == (message.round, message.attempt) {
                nameConflict(message, with: known, .ready, of: sender, over: link, &directives)
            }
            return
        }
        guard isSigned(message, by: sender, over: link, &directives) else { return }
        guard message.roster.participantCount == settings.roster.count, message.roster.contains(sender),
            message.joiners.participantCount == settings.roster.count
        else {
            directives.append(.misbehaved(member: sender, .foreignRoster))
            return
        }
        flood(flooded, except: link, &directives)
        guard message.round == exchange else {
            if message.round == exchange + 1 {
                nextReadies.put(flooded, of: sender)
            } else {
                laterReadies.put(flooded, of: sender)
            }
            decideIfVoted(now: now, &directives)
            // Others of the roster are one exchange ahead all the time; a timer looks after them.
            if message.round > exchange + 1 || phase == .joining { followIfBehind(now: now, &directives) }
            return
        }
        readies.put(flooded, of: sender)
        act(on: message, over: link, now: now, using: &generator, &directives)
    }

    /// What follows from a new READY of this exchange.
    private mutating func act(
        on message: ReadyMessage, over link: Int, now: Duration,
        using generator: inout some RandomNumberGenerator, _ directives: inout [LearningDirective]
    ) {
        guard takesPart || isInvited(by: message, now: now, &directives),
            !(journal?.inputs.isEmpty ?? true), let own = journal?.attempt
        else { return }
        switch phase {
        case .idle, .preparing, .optimising, .finished, .failed, .held: return
        case .revealing:
            guard message.attempt > own else { return }
            // Decided here and lost there: it is run anew, unless what opens it comes before.
            if message.vote?.isLost == true, message.roster.contains(member),
                message.vote?.digest == journal?.vote?.value.digest
            {
                isVoteLost = true
                announce(attempt: message.attempt, roster: message.roster, now: now, &directives)
            } else {
                tellWhatIsDecided(to: link, now: now, &directives)
            }
        default:
            if message.attempt > max(own, call?.attempt ?? 0) {
                guard message.roster.contains(member) else {
                    return stayOutside(now: now, &directives)
                }
                if message.vote?.isLost == true, message.vote?.digest == journal?.vote?.value.digest {
                    isVoteLost = true
                }
                announce(attempt: message.attempt, roster: message.roster, now: now, &directives)
            } else if message.attempt == own, message.roster != attemptRoster,
                attemptRoster.contains(Int(message.sender))
            {
                // Two members have proposed different rosters: neither is ever complete.
                if phase == .gathering { giveUp(accusing: nobody, now: now, &directives) }
            } else {
                startIfAllReady(now: now, using: &generator, &directives)
            }
        }
    }

    /// What decided and opened the exchange before, and this one if it is decided, and where the members are, for one that
    /// missed it; at most once in half a second, as it may be much.
    mutating func tellWhatIsDecided(
        to link: Int, now: Duration, _ directives: inout [LearningDirective]
    ) {
        guard links.mayTell(link, pause: .milliseconds(500), now: now) else { return }
        var known = (journal?.proof ?? []) + (journal?.openings ?? []) + readies.present
        if phase == .optimising || phase == .revealing {
            known += decidedVotes() + (opening?.messages ?? [])
        }
        for message in known { directives.append(.send(message, to: link)) }
    }

    /// Rules 2 and 3 of the essay above `LearningInstance`.
    mutating func startIfAllReady(
        now: Duration, using generator: inout some RandomNumberGenerator,
        _ directives: inout [LearningDirective]
    ) {
        guard phase == .gathering, let attempt = journal?.attempt,
            readies.isComplete(attempt: attempt, roster: attemptRoster)
        else { return }
        var strangers: [Int] = []
        var steps = 0
        var joiners = nobody
        var bound: Vote?
        var isLost = false
        var others: [Int] = []
        let members = attemptRoster.members
        for sender in members {
            guard let ready = readies[sender] else { preconditionFailure("no READY of member \(sender)") }
            if ready.stateHash != stateHash { strangers.append(sender) }
            if !ready.joiners.isEmpty { joiners.formUnion(ready.joiners) }
            steps = max(steps, Int(ready.steps))
            guard let vote = ready.vote else { continue }
            if vote.attempt > bound?.attempt ?? 0 || bound == nil {
                (bound, isLost, others) = (vote, vote.isLost, [])
            } else if vote.attempt == bound?.attempt {
                if vote.digest != bound?.digest { others.append(sender) }
                isLost = isLost || vote.isLost
            }
        }
        for member in members { joiners.remove(member) }
        guard strangers.isEmpty else { return meet(strangers, now: now, &directives) }
        guard others.isEmpty else { return fail(.sumsDiffer(members: others), &directives) }
        guard let bound, !isLost else {
            guard members.count >= settings.rosterMinimum else {
                return holdBelow(present: members.count, now: now, &directives)
            }
            if let bound {
                blockedDigest = bound.digest
                openingSetAside = opening
            }
            attemptJoiners = joiners
            return startAggregation(steps: steps, now: now, using: &generator, &directives)
        }
        bind(to: bound, now: now, &directives)
    }

    /// An earlier attempt's sum may have been decided: it is voted for again.
    private mutating func bind(
        to vote: Vote, now: Duration, _ directives: inout [LearningDirective]
    ) {
        if blockedDigest == vote.digest { blockedDigest = nil }
        isVoteLost = false
        boundDigest = vote.digest
        let known = [journal?.vote?.value, knownValue].compactMap { $0 }
        if let own = known.first(where: { $0.digest == vote.digest }) {
            makeOpening(of: own, now: now, &directives)
            return castVote(for: own, now: now, &directives)
        }
        phase = .fetching
        lastProgress = now
        fetch(.sum(vote.digest), now: now, &directives)
    }

    /// Members of the attempt hold another state.
    private mutating func meet(
        _ strangers: [Int], now: Duration, _ directives: inout [LearningDirective]
    ) {
        let equal = attemptRoster.count - strangers.count
        if equal >= settings.quorum {
            for stranger in strangers {
                directives.append(.misbehaved(member: stranger, .otherState))
            }
            let accused = MemberSet(strangers, participantCount: settings.roster.count)
            return giveUp(accusing: accused, now: now, &directives)
        }
        if let common = readies.commonState, common.count >= settings.quorum, common.hash != stateHash {
            // This member is the one that is wrong: the state of the others is fetched.
            phase = .fetching
            remembersAll = false
            return fetch(.state(common.hash, round: exchange), now: now, &directives)
        }
        fail(.statesDiffer(members: strangers), &directives)
    }

    // MARK: - FINISHED

    mutating func receiveVote(
        _ message: FinishedMessage, _ flooded: PeerMessage, from link: Int, now: Duration,
        _ directives: inout [LearningDirective]
    ) {
        let sender = Int(message.sender)
        // Only members of an attempt vote in it, and these need not be of the exchange's roster (rule 9).
        guard sender < settings.roster.count, message.round == exchange,
            !votes.isForgotten(message.attempt, of: sender)
        else { return }
        guard sender != member else { return hearOwn(message, over: link, &directives) }
        if let known = votes.vote(of: sender, attempt: message.attempt) {
            return nameConflict(message, with: known, .finished, of: sender, over: link, &directives)
        }
        guard isSigned(message, by: sender, over: link, &directives) else { return }
        votes.put(flooded, of: sender)
        flood(flooded, except: link, &directives)
        decideIfVoted(now: now, &directives)
    }
}
