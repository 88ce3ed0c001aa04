import Consensus
import Models

/// Seeds and sessions of one attempt.
extension LearningInstance {
    /// The plan of an attempt of this exchange; nil when the run has finished.
    func plan(attempt: UInt32, stepsMinimum: Int = 0) -> AggregationPlan? {
        plan(attempt: attempt, geometry: geometry, stepsMinimum: stepsMinimum)
    }

    /// The same for any roster of this exchange.
    func plan(attempt: UInt32, geometry: RosterGeometry, stepsMinimum: Int = 0) -> AggregationPlan? {
        guard trainer.stage != .finished else { return nil }
        return .shared(
            geometry: geometry, round: exchange, attempt: attempt, stateHash: stateHash,
            operation: trainer.stage.isMaximum ? .maximum : .sum, vectorCount: trainer.layout.count,
            stepsMinimum: stepsMinimum)
    }

    /// The geometry of a roster; nil where these members alone make no sum.
    mutating func geometry(for roster: MemberSet) -> RosterGeometry? {
        if roster == attemptRoster { return geometry }
        if let otherGeometry, otherGeometry.roster == roster { return otherGeometry.geometry }
        guard roster.participantCount == settings.roster.count, !roster.isEmpty,
            let found = try? agreementGeometry.reduced(to: roster)
        else { return nil }
        otherGeometry = (roster, found)
        return found
    }

    mutating func startAggregation(
        steps: Int, now: Duration, using generator: inout some RandomNumberGenerator,
        _ directives: inout [LearningDirective]
    ) {
        guard let journal, let place = attemptRoster.place(of: member),
            let plan = plan(attempt: journal.attempt, stepsMinimum: steps)
        else { return }
        var instance = AggregationInstance(
            plan: plan, member: place, vector: journal.inputs, selfSeed: selfSeed, using: &generator)
        phase = .exchanging
        lastProgress = now
        let first = instance.start()
        aggregation = instance
        if plan.hasSelfMasks {
            opening = SumOpening(attempt: journal.attempt, roster: attemptRoster, commitments: commitments())
            takeEarlyOpenings(now: now, &directives)
        }
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
        case .abort(let abort):
            receiveAbort(abort, message, from: sender, now: now, &directives)
        case .join(let join):
            receiveJoin(join, message, from: sender, &directives)
        case .get(let get):
            serve(get, to: sender, &directives)
        case .part(let part):
            receivePart(part, from: sender, now: now, &directives)
        case .seed(let seed):
            receiveSessionMessage(message, seed.round, seed.attempt, from: sender, now: now, &directives)
        case .data(let data):
            receiveSessionMessage(message, data.round, data.attempt, from: sender, now: now, &directives)
        case .ping(let ping):
            links.take(LinkReport(ping), from: sender, isAnswer: false, now: now)
            let own = ownReport
            let pong = PongMessage(
                round: own.round, attempt: own.attempt, phase: own.phase, step: own.step,
                isWaiting: own.isWaiting)
            directives.append(.send(.pong(pong), to: sender))
        case .pong(let pong):
            links.take(LinkReport(pong), from: sender, isAnswer: true, now: now)
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
        guard let place = attemptRoster.place(of: sender) else { return }
        // In place: a copy of the instance would copy its vectors at every message.
        let answers: [AggregationDirective]?
        switch message {
        case .seed(let seed): answers = aggregation?.handle(seed, from: place)
        case .data(let data): answers = aggregation?.handle(data, from: place)
        default: answers = nil
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
        // Nearly always everybody takes part, and places are participants.
        let members = attemptRoster.count < settings.roster.count ? attemptRoster.members : []
        for answer in answers {
            switch answer {
            case .send(let message, let place):
                directives.append(.send(message, to: members.isEmpty ? place : members[place]))
            case .misbehaved(let place, let fault):
                let peer = members.isEmpty ? place : members[place]
                directives.append(.misbehaved(member: peer, .aggregation(fault)))
            case .completed(let outcome):
                complete(outcome, now: now, &directives)
            }
        }
    }

    /// The sessions are over: the own vote is on disk before it leaves.
    private mutating func complete(
        _ outcome: AggregationOutcome, now: Duration, _ directives: inout [LearningDirective]
    ) {
        guard let attempt = journal?.attempt, let ended = aggregation else { return }
        lastSteps = (outcome.steps, outcome.agreementSteps, ended.progress.residual ?? 0)
        let value = RoundValue(
            plan: ended.plan, roster: attemptRoster, joiners: attemptJoiners,
            commitments: ended.plan.hasSelfMasks ? opening?.commitments ?? [] : outcome.commitments,
            maskedSum: outcome.maskedSum)
        keepSecrets()
        if opening?.attempt != attempt { makeOpening(of: value, now: now, &directives) }
        isVoteLost = false
        castVote(for: value, now: now, &directives)
    }

    /// Keeps what the attempt under way needs to be opened, however it ends here.
    mutating func keepSecrets() {
        guard let aggregation, let attempt = journal?.attempt else { return }
        let kept = AttemptSecrets(
            attempt: attempt, ownSeed: selfSeed.isEmpty ? nil : selfSeed, heldShares: aggregation.heldShares,
            sumShare: aggregation.sumShare)
        secrets.removeAll { $0.attempt == attempt }
        secrets.append(kept)
        if opening?.attempt == attempt {
            opening?.ownSeed = kept.ownSeed
            opening?.heldShares = kept.heldShares
        }
    }

    /// The own vote for a value whose closed sum is here, in the attempt that the latest READY names.
    mutating func castVote(
        for value: RoundValue, now: Duration, _ directives: inout [LearningDirective]
    ) {
        guard let attempt = journal?.attempt else { return }
        journal?.vote = Journal.Ballot(attempt: attempt, value: value)
        phase = .voting
        lastProgress = now
        store(checkpoint: nil, then: .vote(attempt: attempt), &directives)
    }

    /// Begins to gather what opens a value.
    mutating func makeOpening(
        of value: RoundValue, now: Duration, _ directives: inout [LearningDirective]
    ) {
        guard opening?.attempt != value.attempt || opening?.roster != value.roster else { return }
        if let aside = openingSetAside, aside.attempt == value.attempt {
            opening = aside
            openingSetAside = nil
        } else {
            let own = secrets.first { $0.attempt == value.attempt }
            opening = SumOpening(
                attempt: value.attempt, roster: value.roster, commitments: value.commitments,
                ownSeed: own?.ownSeed, heldShares: own?.heldShares ?? [], sharing: shareOpening(of: value))
        }
        takeEarlyOpenings(now: now, &directives)
    }

    /// What the READYs of all members say of their seeds.
    private func commitments() -> [[UInt8]] {
        let list = attemptRoster.members.compactMap { readies[$0]?.commitment }
        return geometry.memo.value(.copy, of: list) { $0 }
    }

    private var currentStep: UInt32 { UInt32(aggregation?.progress.step ?? 0) }
}

extension LinkReport {
    init(_ ping: PingMessage) {
        self.init(
            round: ping.round, attempt: ping.attempt, phase: ping.phase, step: ping.step,
            isWaiting: ping.isWaiting)
    }

    init(_ pong: PongMessage) {
        self.init(
            round: pong.round, attempt: pong.attempt, phase: pong.phase, step: pong.step,
            isWaiting: pong.isWaiting)
    }
}
