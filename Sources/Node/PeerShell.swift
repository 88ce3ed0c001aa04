import Agreement
import Consensus
import ControlPlane
import Learning
import LinearAlgebra
import Logging
import Models
import Privacy
import Sodium
import Storage
import Transport

/// One peer's world around its `LearningInstance`: links, disk, clock, threads. It carries out and decides nothing.
///
/// It shares the one thread of the transport's event loop, so a message is opened, handled, answered and sealed without
/// a change of threads; disk and learning have threads of their own.
///
/// Events take turns: the directives of one are carried out, waits included, before the next one is handled.
/// Whoever brings an event waits for its turn, so a link that sends faster than the peer works is read no faster.
actor PeerShell {
    let facts: PeerFacts
    let store: CheckpointStore
    let transport: PeerTransport
    let logger: Logger
    private var linkLog: LogLimiter
    let runner: any ParallelRunner
    private let clock = ContinuousClock()
    var instance: LearningInstance
    private var generator = SodiumGenerator()
    private let limits: MessageLimits

    let started: ContinuousClock.Instant
    /// Heavy work and timers, for the task group that `run` keeps.
    private let jobs: AsyncStream<Job>
    private let jobSink: AsyncStream<Job>.Continuation
    private var timerGeneration = 0

    private var isBusy = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// When each member was heard, and how fast it answers.
    var linkTimes: LinkTimes
    var lastCheckpoint: ContinuousClock.Instant?
    var lastError: String?
    var roundStarted: ContinuousClock.Instant
    /// When the first DATA of the attempt under way left.
    private var sessionStarted: (attempt: UInt32, time: ContinuousClock.Instant)?
    private var sessionSeconds = 0.0
    var bytesAtRoundStart: (sent: UInt64, received: UInt64) = (0, 0)
    private var pendingHistory: RoundRecord?
    /// Votes that came while the own session is under way. They are of no use before its end, and checking their
    /// signatures would delay the very vectors that others wait for.
    private var heldVotes: [(message: PeerMessage, member: Int)] = []
    var loggedGate = GateReport.Outcome.open
    /// The last encoding, as one vector goes to several neighbours.
    private var lastEncoded: (message: DataMessage, bytes: [UInt8])?

    enum Job: Sendable {
        case compute(LearningWork)
        case wake(after: Duration, generation: Int)
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe transport.unownedExecutor }

    init(
        facts: PeerFacts, instance: LearningInstance, store: CheckpointStore, transport: PeerTransport,
        runner: any ParallelRunner, logger: Logger
    ) {
        self.facts = facts
        self.instance = instance
        self.store = store
        self.transport = transport
        self.runner = runner
        self.logger = logger
        linkLog = LogLimiter(logger: logger)
        limits = MessageLimits(vectorCountMax: facts.vectorCountMax)
        linkTimes = LinkTimes(memberCount: facts.agreement.participants.count)
        started = clock.now
        roundStarted = started
        (jobs, jobSink) = AsyncStream.makeStream(of: Job.self)
    }

    /// Learns until the surrounding task is cancelled.
    ///
    /// - Throws: ``NodeError/storage(_:)`` when the disk fails: nothing more may be promised then.
    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.listen() }
            group.addTask { try await self.work() }
            while try await group.next() != nil {}
        }
    }

    private func listen() async throws {
        try await deliver(.started)
        for await event in transport.events { try await take(event) }
    }

    /// Runs heavy work off the actor and brings its results back.
    private func work() async throws {
        let jobs = jobs
        // A group that keeps its children's results would keep every round's work, model and all, for ever.
        try await withThrowingDiscardingTaskGroup { group in
            for await job in jobs { group.addTask { try await self.perform(job) } }
        }
    }

    private func perform(_ job: Job) async throws {
        do {
            switch job {
            case .compute(let work):
                try await deliver(.computed(await Self.compute(work, on: runner)))
            case .wake(let after, let generation):
                try await Task.sleep(for: after)
                try await timer(generation)
            }
        } catch {
            // The group waits for more jobs: without an end of them it would never tell of this failure.
            jobSink.finish()
            throw error
        }
    }

    @concurrent private static func compute(
        _ work: LearningWork, on runner: any ParallelRunner
    ) async -> LearningResult {
        // It buffers nothing: as good as the actor's own.
        var generator = SodiumGenerator()
        return work.run(on: runner, using: &generator)
    }

    private func timer(_ generation: Int) async throws {
        guard generation == timerGeneration else { return }
        try await deliverHeldVotes()
        try await deliver(.timer)
    }

    private func deliverHeldVotes() async throws {
        while !heldVotes.isEmpty {
            let (message, member) = heldVotes.removeFirst()
            try await deliver(.received(message, from: member))
        }
    }

    private func take(_ event: TransportEvent) async throws {
        switch event {
        case .linkUp(let member):
            logOfLink(.info, "link up", member)
            linkTimes.linkUp(member, now: clock.now)
            try await deliver(.linkUp(member))
        case .linkDown(let member, let end):
            logOfLink(.info, "link down", member, reason: "\(end)")
            try await deliver(.linkDown(member))
        case .message(let bytes, let member):
            if let message = try? PeerMessage.decode(bytes, limits: limits) {
                linkTimes.received(message, from: member, now: clock.now)
                if case .finished = message, instance.phase == .exchanging,
                    heldVotes.count < facts.agreement.participants.count
                {
                    return heldVotes.append((message, member))
                }
                try await deliver(.received(message, from: member))
                if instance.phase != .exchanging { try await deliverHeldVotes() }
            } else {
                await end(linkTo: member, "malformed message")
            }
        }
    }

    /// A member sent what no honest member sends: its connection ends, nothing else changes.
    private func end(linkTo member: Int, _ reason: String) async {
        lastError = "\(facts.name(of: member)): \(reason)"
        logOfLink(.warning, "link ended", member, reason: reason)
        await transport.cut(member)
    }

    /// A member that comes and goes as fast as it can fills no log.
    private func logOfLink(_ level: Logger.Level, _ cause: String, _ member: Int, reason: String? = nil) {
        let name = facts.name(of: member)
        linkLog.log(
            level, cause, of: name,
            reason.map { ["peer": "\(name)", "reason": "\($0)"] } ?? ["peer": "\(name)"])
    }

    /// Other rows of the owner, from the next round on.
    func replaceRows(_ rows: TrainingRows) async throws { try await deliver(.rowsReplaced(rows)) }

    /// The process ends: the others are told.
    func leave() async {
        do { try await deliver(.leaving) } catch {
            logger.error("leaving without a word", metadata: ["reason": "\(error)"])
        }
    }

    // MARK: - Turns

    private func acquireTurn() async {
        if !isBusy {
            isBusy = true
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    private func endTurn() {
        if waiting.isEmpty { isBusy = false } else { waiting.removeFirst().resume() }
    }

    /// Handles one event and all that follows from it at once.
    private func deliver(_ event: LearningEvent) async throws {
        await acquireTurn()
        defer { endTurn() }
        var events = [event]
        var next = 0
        while next < events.count {
            let now = clock.now - started
            let before = instance.phase
            let directives = instance.handle(events[next], now: now, using: &generator)
            next += 1
            noteSum(phase: before)
            var outgoing: [(message: [UInt8], member: Int)] = []
            for directive in directives {
                switch directive {
                case .send(let message, let member):
                    noteSession(message)
                    if case .ping = message { linkTimes.pinged(member, now: clock.now) }
                    outgoing.append((encoded(message), member))
                    continue
                case .flood(let message, let source):
                    let bytes = message.encoded()
                    for member in instance.controlNeighbours where member != source {
                        outgoing.append((bytes, member))
                    }
                    continue
                default: break
                }
                if !outgoing.isEmpty {
                    await transport.send(outgoing)
                    outgoing.removeAll()
                }
                if let answer = try await carryOut(directive) { events.append(answer) }
            }
            if !outgoing.isEmpty { await transport.send(outgoing) }
        }
    }

    private func encoded(_ message: PeerMessage) -> [UInt8] {
        // Only these go to several members alike: a share is its receiver's alone, relayed words are their origin's.
        guard case .data(let data) = message, case .values = data.payload else { return message.encoded() }
        if let lastEncoded, lastEncoded.message.isSameSlot(as: data) { return lastEncoded.bytes }
        let bytes = message.encoded()
        lastEncoded = (data, bytes)
        return bytes
    }

    /// - Returns: the event that answers the directive at once, if there is one.
    private func carryOut(_ directive: LearningDirective) async throws -> LearningEvent? {
        switch directive {
        case .send, .flood: break
        case .connect(let members): await transport.want(members)
        case .cut(let member): await transport.cut(member)
        case .compute(let work): jobSink.yield(.compute(work))
        case .wake(let after):
            timerGeneration += 1
            jobSink.yield(.wake(after: after, generation: timerGeneration))
        case .store(let record, let token):
            let history = pendingHistory
            pendingHistory = nil
            try await Self.save(record, history: history, in: store)
            lastCheckpoint = clock.now
            return .stored(token: token)
        case .completed(let summary):
            pendingHistory = await roundRecord(of: summary)
            log(summary)
        case .misbehaved(let member, let fault):
            await end(linkTo: member, fault.sentence(naming: facts.name(of:)))
        case .held(let report):
            logger.error(
                "nothing leaves: the own sums rest on too few rows",
                metadata: ["minimum": "\(report.minimum)", "required": "\(report.gate.required)"])
        case .finished: try await finish()
        case .failed(let failure):
            lastError = facts.sentence(for: failure)
            logger.critical("learning stopped", metadata: ["reason": "\(lastError ?? "")"])
        }
        return nil
    }

    /// Blocks for the commit, so it runs elsewhere.
    @concurrent private static func save(
        _ record: LearningRecord, history: RoundRecord?, in store: CheckpointStore
    ) async throws {
        let ledger = record.releases.map {
            LedgerLine(exchange: $0.exchange, kind: $0.kind.rawValue, digest: $0.digest)
        }
        do throws(StorageError) {
            if let checkpoint = record.checkpoint {
                try store.saveCheckpoint(
                    round: record.round, payload: checkpoint, journal: record.journal, history: history,
                    ledger: ledger)
            } else {
                try store.saveJournal(round: record.round, payload: record.journal, ledger: ledger)
            }
        } catch {
            throw NodeError.storage(error)
        }
    }

    /// Starts the session's clock at its first message, when all masks are there and added.
    private func noteSession(_ message: PeerMessage) {
        guard case .data(let data) = message, sessionStarted?.attempt != data.attempt else { return }
        sessionStarted = (data.attempt, clock.now)
    }

    /// Stops the session's clock at the agreed sum.
    private func noteSum(phase before: LearningPhase) {
        guard instance.phase == .voting, before != .voting, let sessionStarted else { return }
        sessionSeconds = (clock.now - sessionStarted.time).seconds
    }

    private func roundRecord(of summary: RoundSummary) async -> RoundRecord {
        let now = clock.now
        let traffic = await transport.traffic().total
        defer {
            roundStarted = now
            bytesAtRoundStart = (traffic.sentBytes, traffic.receivedBytes)
            sessionStarted = nil
            sessionSeconds = 0
        }
        return RoundRecord(
            round: summary.exchange, stage: summary.stage.name, objective: summary.objective?.perRow,
            residual: summary.residual, steps: summary.averagingSteps + summary.agreementSteps,
            attempts: Int(summary.attempts), sentBytes: traffic.sentBytes - bytesAtRoundStart.sent,
            receivedBytes: traffic.receivedBytes - bytesAtRoundStart.received,
            seconds: (now - roundStarted).seconds, sessionSeconds: sessionSeconds,
            stateHash: summary.stateHash, warning: summary.warning?.text,
            lDiversityMin: summary.diversity?.minimum, lDiversityMax: summary.diversity?.maximum,
            networkRowsMin: summary.privacy.network?.minimum,
            gate: summary.privacy.own?.outcome.rawValue)
    }

    private func log(_ summary: RoundSummary) {
        logger.info(
            "round decided",
            metadata: [
                "round": "\(summary.exchange)", "stage": "\(summary.stage.name)",
                "objective": "\(summary.objective.map { "\($0.perRow)" } ?? "-")",
                "patterns": "\(summary.activePatternCount)", "attempts": "\(summary.attempts)",
            ])
        if summary.clippedEntryCount > 0 {
            logger.warning(
                "entries of the own vector were clipped to the agreed range",
                metadata: ["count": "\(summary.clippedEntryCount)", "round": "\(summary.exchange)"])
        }
        if let warning = summary.warning {
            logger.warning("\(warning.text)", metadata: ["round": "\(summary.exchange)"])
        }
        logGate(summary)
    }

    /// Writes the model file beside the database.
    private func finish() async throws {
        guard let bytes = await modelFile() else { return }
        try await PrivateFile.writePatiently(bytes, to: facts.modelPath)
        logger.notice("learning finished", metadata: ["model": "\(facts.modelPath)"])
    }

    /// Seconds since a member was last heard; nil where it never was.
    func secondsSinceHeard(_ member: Int) -> Double? {
        linkTimes.lastHeard[member].map { (clock.now - $0).seconds }
    }

    var uptime: Double { (clock.now - started).seconds }

    var checkpointAge: Double? { lastCheckpoint.map { (clock.now - $0).seconds } }
}

extension Duration {
    /// As a number of seconds.
    var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}

extension DataMessage {
    /// Whether both are the same member's vector of the same step.
    fileprivate func isSameSlot(as other: DataMessage) -> Bool {
        (round, attempt, chunk, step) == (other.round, other.attempt, other.chunk, other.step)
    }
}
