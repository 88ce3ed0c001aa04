import Consensus
import Models

/// Seeds and sessions of one attempt, links and time.
extension LearningInstance {
    /// The plan of an attempt of this exchange; nil when the run has finished.
    func plan(attempt: UInt32, stepsMinimum: Int = 0) -> AggregationPlan? {
        guard trainer.stage != .finished else { return nil }
        return .shared(
            geometry: geometry, round: exchange, attempt: attempt, stateHash: stateHash,
            operation: trainer.stage.isMaximum ? .maximum : .sum, vectorCount: trainer.layout.count,
            stepsMinimum: stepsMinimum)
    }

    mutating func startAggregation(
        steps: Int, now: Duration, using generator: inout some RandomNumberGenerator,
        _ directives: inout [LearningDirective]
    ) {
        guard let journal, let plan = plan(attempt: journal.attempt, stepsMinimum: steps) else { return }
        var instance = AggregationInstance(
            plan: plan, member: member, vector: journal.inputs, selfSeed: selfSeed, using: &generator)
        phase = .exchanging
        lastProgress = now
        let first = instance.start()
        aggregation = instance
        carryOut(first, now: now, &directives)
        let waiting = early
        early.removeAll()
        for (message, sender) in waiting {
            receive(message, from: sender, now: now, using: &generator, &directives)
        }
    }

    mutating func receive(
        _ message: PeerMessage, from sender: Int, now: Duration,
        using generator: inout some RandomNumberGenerator, _ directives: inout [LearningDirective]
    ) {
        switch message {
        case .ready(let ready):
            receiveReady(ready, message, from: sender, now: now, using: &generator, &directives)
        case .finished(let vote):
            receiveVote(vote, message, from: sender, now: now, &directives)
        case .reveal(let reveal):
            receiveReveal(reveal, message, from: sender, now: now, &directives)
        case .share(let share):
            receiveShare(share, message, from: sender, now: now, &directives)
        case .sumShare(let share):
            receiveSumShare(share, message, from: sender, now: now, &directives)
        case .seed(let seed):
            receiveSessionMessage(message, seed.round, seed.attempt, from: sender, now: now, &directives)
        case .data(let data):
            receiveSessionMessage(message, data.round, data.attempt, from: sender, now: now, &directives)
        case .ping:
            let pong = PongMessage(
                round: exchange, attempt: journal?.attempt ?? 0, phase: phase.code, step: currentStep,
                isWaiting: !waitingFor.isEmpty)
            directives.append(.send(.pong(pong), to: sender))
        case .pong:
            break
        }
    }

    private mutating func receiveSessionMessage(
        _ message: PeerMessage, _ round: UInt64, _ attempt: UInt32, from sender: Int, now: Duration,
        _ directives: inout [LearningDirective]
    ) {
        guard round == exchange, attempt == journal?.attempt else { return }
        guard aggregation != nil else {
            // Others may have all READYs earlier; none gets further than its first messages without this member.
            let isKnown = early.contains { $0.sender == sender && $0.message == message }
            if phase == .gathering, !isKnown, early.count < earlyLimit { early.append((message, sender)) }
            return
        }
        // In place: a copy of the instance would copy its vectors at every message.
        let answers: [AggregationDirective]?
        switch message {
        case .seed(let seed): answers = aggregation?.handle(seed, from: sender)
        case .data(let data): answers = aggregation?.handle(data, from: sender)
        case .ready, .finished, .ping, .pong, .reveal, .share, .sumShare: answers = nil
        }
        carryOut(answers ?? [], now: now, &directives)
    }

    /// A seed and one vector a chunk from every member.
    private var earlyLimit: Int {
        settings.roster.count * (1 + 2 * settings.aggregation.protection.chunks)
    }

    private mutating func carryOut(
        _ answers: [AggregationDirective], now: Duration, _ directives: inout [LearningDirective]
    ) {
        for answer in answers {
            switch answer {
            case .send(let message, let peer):
                directives.append(.send(message, to: peer))
            case .misbehaved(let peer, let fault):
                directives.append(.misbehaved(member: peer, .aggregation(fault)))
            case .completed(let outcome):
                lastSteps = (
                    outcome.steps, outcome.agreementSteps, (aggregation?.progress.residual ?? nil) ?? 0
                )
                guard let attempt = journal?.attempt, let ended = aggregation else { return }
                let commitments = ended.plan.hasSelfMasks ? commitments() : outcome.commitments
                journal?.vote = Journal.Ballot(
                    attempt: attempt, digest: outcome.digest, maskedSum: outcome.maskedSum,
                    commitments: commitments)
                opening = SumOpening(
                    attempt: attempt, commitments: commitments, ownSeed: selfSeed.isEmpty ? nil : selfSeed,
                    heldShares: ended.plan.hasSelfMasks ? ended.heldShares : [],
                    sharing: shareOpening(outcome.maskedSum, attempt: attempt))
                isVoteWithdrawn = false
                phase = .voting
                lastProgress = now
                store(checkpoint: nil, then: .vote(attempt: attempt), &directives)
            }
        }
    }

    /// What the READYs of all members say of their seeds.
    private func commitments() -> [[UInt8]] {
        let list = settings.roster.indices.compactMap { readies[$0]?.commitment }
        return geometry.memo.value(.copy, of: list) { $0 }
    }

    private var currentStep: UInt32 { UInt32(aggregation?.progress.step ?? 0) }

    // MARK: - Links and time

    mutating func linkCameUp(_ peer: Int, now: Duration, _ directives: inout [LearningDirective]) {
        links.comesUp(peer, now: now)
        guard phase != .idle else { return }
        if controlNeighbours.contains(peer) {
            if phase == .revealing { lastProgress = now }
            let known =
                (journal?.proof ?? []) + (journal?.openings ?? []) + readies.present + nextReadies.present
                + votes.all + (opening?.messages ?? [])
            for message in known { directives.append(.send(message, to: peer)) }
        }
        if let aggregation {
            for case .send(let message, let receiver) in aggregation.resend(to: peer) {
                directives.append(.send(message, to: receiver))
            }
        }
    }

    /// Heartbeats, silent links, stalled attempts; once a second.
    mutating func tick(now: Duration, _ directives: inout [LearningDirective]) {
        directives.append(.wake(after: .seconds(1)))
        guard phase != .idle else { return }
        let ping = PeerMessage.ping(
            PingMessage(
                round: exchange, attempt: journal?.attempt ?? 0, phase: phase.code, step: currentStep,
                isWaiting: !waitingFor.isEmpty))
        for (index, peer) in links.peers.enumerated() where links.isUp[index] {
            if now - links.lastHeard[index] > settings.linkDeadline {
                directives.append(.cut(peer))
                links.heard(peer, now: now)
            } else {
                directives.append(.send(ping, to: peer))
            }
        }
        shareIfDue(now: now, &directives)
        restartIfStalled(now: now, &directives)
    }

    /// Gives up an attempt in which nothing has moved, or a decided one whose seeds do not come, although all links are up; each failure doubles the time.
    private mutating func restartIfStalled(now: Duration, _ directives: inout [LearningDirective]) {
        let key = [Int(phase.code), aggregation?.progress.step ?? 0, waitingFor.count]
        if key != lastProgressKey {
            lastProgressKey = key
            lastProgress = now
        }
        let deadline = settings.sessionDeadline * (1 << min(failedAttemptCount, 6))
        guard now - lastProgress > deadline, links.areAllUp, let attempt = journal?.attempt
        else { return }
        if phase == .revealing { return withdrawVote(now: now, &directives) }
        guard phase == .exchanging else { return }
        failedAttemptCount += 1
        announce(attempt: attempt + 1, now: now, &directives)
    }
}
