import Consensus
import Models
import Topology

/// READY and FINISHED: signed, checked once, forwarded once over the control graph.
extension LearningInstance {
    /// Members whose links stay open and carry the floods, ascending.
    package var controlNeighbours: [Int] { geometry.controlGraph.neighbours(of: member) }

    func flood(_ message: PeerMessage, except sender: Int?, _ directives: inout [LearningDirective]) {
        for neighbour in controlNeighbours where neighbour != sender {
            directives.append(.send(message, to: neighbour))
        }
    }

    /// Draws the seed of the attempt's self mask and floods READY, which commits to it; at the end of the run, a last
    /// READY says that the exchange before has been opened.
    mutating func floodOwnReady(
        using generator: inout some RandomNumberGenerator, _ directives: inout [LearningDirective]
    ) {
        guard let journal else { return }
        let plan = plan(attempt: journal.attempt)
        selfSeed = plan?.hasSelfMasks == true ? SelfMask.seed(using: &generator) : []
        readies[member] = signedReady()
        if let plan {
            directives.append(
                .connect(plan.sessionNeighbours(of: member) + plan.maskNeighbours(of: member)))
        }
        if let message = readies[member] { flood(.ready(message), except: nil, &directives) }
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
        let message = signedVote(attempt: vote.attempt, digest: vote.digest)
        votes[member].removeAll { $0.attempt == vote.attempt }
        votes[member].append(message)
        flood(.finished(message), except: nil, &directives)
    }

    // MARK: - READY

    mutating func receiveReady(
        _ message: ReadyMessage, from link: Int, now: Duration,
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
        guard isAuthentic(message.signature, message.signedBytes(networkID: networkID), sender) else {
            directives.append(.misbehaved(member: link, .forgedSignature(claimed: sender)))
            return
        }
        if isNext { nextReadies[sender] = message } else { readies[sender] = message }
        flood(.ready(message), except: link, &directives)
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

    func isAuthentic(_ signature: [UInt8], _ message: [UInt8], _ sender: Int) -> Bool {
        authenticator.isValid(signature, over: message, by: sender)
    }

    /// Whether the exchange has been decided here, and only its optimisation or the end of the run is left.
    var isDecided: Bool { phase == .optimising || phase == .finished }

    /// What decided and opened the exchange before, and this one if it is decided, for a member that missed it.
    private func sendProof(to link: Int, _ directives: inout [LearningDirective]) {
        var known = (journal?.proof ?? []).map(PeerMessage.finished) + (journal?.openings ?? [])
        if let own = readies[member] { known.append(.ready(own)) }
        if phase == .optimising || phase == .revealing {
            known += decidedVotes().map(PeerMessage.finished) + (opening?.messages ?? [])
        }
        for message in known { directives.append(.send(message, to: link)) }
    }

    /// Rules 2 and 3 of the essay above `LearningInstance`.
    mutating func startIfAllReady(
        now: Duration, using generator: inout some RandomNumberGenerator,
        _ directives: inout [LearningDirective]
    ) {
        guard phase == .gathering, let journal else { return }
        // Ends at the first that is missing: this runs for every READY of a large roster.
        guard readies.allSatisfy({ $0?.attempt == journal.attempt }) else { return }
        let present = readies.compactMap { $0 }
        let strangers = present.filter { $0.stateHash != stateHash }.map { Int($0.sender) }
        guard strangers.isEmpty else { return fail(.statesDiffer(members: strangers), &directives) }
        if let vote = present[0].vote, present.allSatisfy({ $0.vote == vote }) {
            decide(now: now, &directives)
        } else {
            startAggregation(
                steps: present.map { Int($0.steps) }.max() ?? 0, now: now, using: &generator, &directives)
        }
    }

    // MARK: - FINISHED

    mutating func receiveVote(
        _ message: FinishedMessage, from link: Int, now: Duration, _ directives: inout [LearningDirective]
    ) {
        let sender = Int(message.sender)
        guard sender < settings.roster.count, sender != member, message.round == exchange else { return }
        if let known = votes[sender].first(where: { $0.attempt == message.attempt }) {
            if known != message { directives.append(.misbehaved(member: sender, .conflictingMessage)) }
            return
        }
        guard isAuthentic(message.signature, message.signedBytes(networkID: networkID), sender) else {
            directives.append(.misbehaved(member: link, .forgedSignature(claimed: sender)))
            return
        }
        // Only the latest attempts can still be decided.
        if votes[sender].count >= 16 { votes[sender].removeFirst() }
        votes[sender].append(message)
        flood(.finished(message), except: link, &directives)
        decideIfAllVoted(now: now, &directives)
    }
}
