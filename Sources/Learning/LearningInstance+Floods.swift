import Consensus
import Models
import Topology

/// READY and FINISHED: signed, checked once, forwarded once over the control graph.
extension LearningInstance {
    func flood(_ message: PeerMessage, except sender: Int?, _ directives: inout [LearningDirective]) {
        directives.append(.flood(message, except: sender))
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
        if let plan {
            connect(
                plan.sessionNeighbours(of: member) + plan.maskNeighbours(of: member), now: now, &directives)
        }
        flood(message, except: nil, &directives)
    }

    func signedReady() -> ReadyMessage {
        let vote = isVoteWithdrawn ? nil : journal?.vote
        var message = ReadyMessage(
            round: exchange, attempt: journal?.attempt ?? 0, sender: UInt16(member), stateHash: stateHash,
            steps: UInt32(geometry.sumSteps),
            commitment: selfSeed.isEmpty
                ? [UInt8](repeating: 0, count: 32) : SelfMask.commitment(to: selfSeed),
            vote: vote.map { Vote(attempt: $0.attempt, digest: $0.digest) })
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
        let message = PeerMessage.finished(known ?? signedVote(attempt: vote.attempt, digest: vote.digest))
        if known == nil { votes.put(message, of: member) }
        flood(message, except: nil, &directives)
    }

    // MARK: - READY

    mutating func receiveReady(
        _ message: ReadyMessage, _ flooded: PeerMessage, from link: Int, now: Duration,
        using generator: inout some RandomNumberGenerator, _ directives: inout [LearningDirective]
    ) {
        let sender = Int(message.sender)
        guard sender < settings.roster.count, sender != member else { return }
        if message.round < exchange || isDecided && message.round == exchange {
            if phase != .finished || message.round < exchange { sendProof(to: link, &directives) }
            return
        }
        let isNext = message.round == exchange + 1
        guard message.round == exchange || isNext else { return }
        if let known = isNext ? nextReadies[sender] : readies[sender], known.attempt >= message.attempt {
            if known.attempt == message.attempt, known != message {
                directives.append(.misbehaved(member: sender, .conflictingMessage))
            }
            return
        }
        guard
            authenticator.isValid(
                message.signature, over: message.signedBytes(networkID: networkID), by: sender)
        else {
            directives.append(.misbehaved(member: link, .forgedSignature(claimed: sender)))
            return
        }
        if isNext { nextReadies.put(flooded, of: sender) } else { readies.put(flooded, of: sender) }
        flood(flooded, except: link, &directives)
        guard !isNext else { return decideIfAllVoted(now: now, &directives) }
        if phase == .preparing || journal?.inputs.isEmpty ?? true {
            wantedAttempt = max(wantedAttempt, message.attempt)
        } else if phase == .revealing, message.vote != nil {
            sendProof(to: link, &directives)
        } else if let own = journal?.attempt, message.attempt > own, phase != .failed {
            announce(attempt: message.attempt, now: now, &directives)
        } else {
            startIfAllReady(now: now, using: &generator, &directives)
        }
    }

    var networkID: [UInt8] { settings.aggregation.networkID }

    /// Whether the exchange has been decided here, and only its optimisation or the end of the run is left.
    var isDecided: Bool { phase == .optimising || phase == .finished }

    /// What decided and opened the exchange before, and this one if it is decided, for a member that missed it.
    private func sendProof(to link: Int, _ directives: inout [LearningDirective]) {
        var known = (journal?.proof ?? []) + (journal?.openings ?? [])
        if let own = readies[member] { known.append(.ready(own)) }
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
        guard phase == .gathering, let attempt = journal?.attempt, readies.isComplete(attempt: attempt)
        else { return }
        var strangers: [Int] = []
        var steps = 0
        let vote = readies[0]?.vote
        var isDecided = vote != nil
        for sender in settings.roster.indices {
            guard let ready = readies[sender] else { preconditionFailure("no READY of member \(sender)") }
            if ready.stateHash != stateHash { strangers.append(sender) }
            isDecided = isDecided && ready.vote == vote
            steps = max(steps, Int(ready.steps))
        }
        guard strangers.isEmpty else { return fail(.statesDiffer(members: strangers), &directives) }
        if isDecided {
            decide(now: now, &directives)
        } else {
            startAggregation(steps: steps, now: now, using: &generator, &directives)
        }
    }

    // MARK: - FINISHED

    mutating func receiveVote(
        _ message: FinishedMessage, _ flooded: PeerMessage, from link: Int, now: Duration,
        _ directives: inout [LearningDirective]
    ) {
        let sender = Int(message.sender)
        guard sender < settings.roster.count, sender != member, message.round == exchange else { return }
        if let known = votes.vote(of: sender, attempt: message.attempt) {
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
        votes.put(flooded, of: sender)
        flood(flooded, except: link, &directives)
        decideIfAllVoted(now: now, &directives)
    }
}
