package import Consensus
import LinearAlgebra
import Models
package import Privacy
import Sodium
import Topology

/// One member of the network as a value: events in, directives out, no clock, socket, file or thread.
///
/// A run is a sequence of *exchanges* (the moments, the starts, the rounds; see `Trainer`). One exchange goes
///
///     prepare own vector ─► journal on disk ─► READY flooded ─► all READYs equal: seeds, sessions, agreement
///        ─► own masked sum on disk ─► FINISHED flooded: a vote ─► all members' votes equal: decided
///        ─► REVEAL flooded (SHARE for seeds that are lost) ─► open, check, optimise
///        ─► checkpoint and next journal on disk ─► READY of the next exchange …
///
/// An attempt that stalls is run again by everybody with the same roster, the same inputs and fresh masks:
///
/// 1. READY(r, a) promises never to vote in an attempt of r below a, and carries the member's latest vote of r.
/// 2. An attempt starts once READY(r, a) with one state hash is there from all members.
/// 3. If all of these carry a vote for one earlier attempt, that attempt is thereby decided. Otherwise some
///    member has promised never to vote in it, it can never be decided, and the sums are made anew.
/// 4. *Decided* means all members' votes of one (r, a), equal. They are the proof, kept with the next
///    checkpoint: a member that comes back without them gets them from anyone who is a round ahead.
/// 5. Nothing that opens the seed of a self mask leaves before the decision. After it every member floods REVEAL,
///    and one deadline later the held SHAREs of seeds that are still missing. They too are kept with the next
///    checkpoint.
/// 6. If too many seeds are lost with the memory of their members, or the opened sum fails its check, a member
///    withdraws its vote: its READY of the next attempt carries none, so that the sums are made anew.
///
///    With Shamir's shares of the values the member's share of the sum takes the place of both: the vote says that all
///    members hold theirs and have committed themselves, the openers flood SUMSHARE at the decision, the others one
///    deadline later where one is missing, and any threshold + 1 open the sum. The share is in the journal with the vote.
/// 7. A member that has not begun the sessions of a later attempt may still open the decided one. Then that later
///    attempt lacks it and can never be decided.
/// 8. One that has begun them may open the earlier one only when a READY of r + 1 shows that somebody else has. Its
///    own sessions may have let others vote, and those could not follow. (At the end of a run, too, members flood a
///    READY of the exchange after the last.)
///
/// So two members never go on with different sums, and nobody is ever more than one exchange behind. With a fixed
/// roster a member that is away holds the network; its journal lets it come back at any point.
package struct LearningInstance: Sendable {
    let settings: LearningSettings
    /// The own index in the roster.
    package let member: Int
    let authenticator: any FloodAuthenticator
    let geometry: RosterGeometry

    package internal(set) var trainer: Trainer
    package internal(set) var phase: LearningPhase = .idle
    /// Exchanges decided so far.
    package internal(set) var exchange: UInt64 = 0
    var journal: Journal?
    var stateHash: [UInt8]
    /// READYs of this exchange and of the next.
    var readies: ReadyTable
    var nextReadies: ReadyTable
    /// Votes of this exchange.
    var votes: VoteTable
    /// Members whose links stay open and carry the floods, ascending.
    package let controlNeighbours: [Int]
    var aggregation: AggregationInstance?
    /// Seeds and vectors that came before all READYs did.
    var early: [(message: PeerMessage, sender: Int)] = []
    /// Disk writes under way, in order, and what follows each.
    var pendingStores: [(token: UInt64, continuation: StoreContinuation)] = []
    var nextToken: UInt64 = 0
    /// An attempt that others have gone on to while the own vector was being prepared.
    var wantedAttempt: UInt32 = 0
    /// The seed of the own self mask that the latest READY commits to; empty without self masks. Memory only.
    var selfSeed: [UInt8] = []
    /// Towards the sum that the own vote stands for.
    var opening: SumOpening?
    /// That sum, once it is open, for a simulator that checks it.
    package internal(set) var openedSum: [Double]?
    /// Whether READYs no longer carry the own vote, as its seeds are lost.
    var isVoteWithdrawn = false
    /// Opened sums of this exchange that failed their check.
    var failedCheckCount = 0
    var links = LinkTable()
    var lastProgress: Duration = .zero
    var lastProgressKey: [Int] = []
    var failedAttemptCount = 0
    var concentrations: [PatternConcentration] = []
    var diversity: DiversityFigures?
    var privacy = PrivacyStatus()
    var lastSteps: (averaging: Int, agreement: Int, residual: Double) = (0, 0, 0)
    var failure: LearningFailure?
    /// Private vectors that this member has made up its mind to send.
    package internal(set) var ledger: PrivacyLedger
    /// Of these, the one that the next record counts.
    var uncountedRelease: PrivacyRelease?
    /// Rows that take the place of the trainer's with the next exchange.
    var pendingRows: Matrix?

    enum StoreContinuation: Sendable {
        case announce(attempt: UInt32)
        case vote(attempt: UInt32)
        case finish
        case hold
    }

    /// A member at the start of a run, or as its last records left it.
    ///
    /// - Parameters:
    ///   - settings: the agreement's.
    ///   - member: the own index in the roster.
    ///   - trainer: on the own rows, at its first stage.
    ///   - authenticator: signs as `member`.
    ///   - recovered: what was stored last, if anything.
    ///   - ledger: private vectors that were counted before, beside those of `recovered`.
    ///   - geometry: what follows from the settings, where many members of one process share it.
    /// - Throws: ``LearningFailure``, such as an unreadable record or a topology that does not exist.
    package init(
        settings: LearningSettings, member: Int, trainer: Trainer, authenticator: any FloodAuthenticator,
        recovered: LearningRecord? = nil, ledger: PrivacyLedger = PrivacyLedger(),
        geometry: RosterGeometry? = nil
    ) throws(LearningFailure) {
        precondition(settings.roster.indices.contains(member), "member \(member) of \(settings.roster.count)")
        precondition(
            geometry.map { $0.settings == settings.aggregation && $0.roster == settings.roster } ?? true,
            "the geometry of another network")
        let count = settings.roster.count
        self.settings = settings
        self.member = member
        self.authenticator = authenticator
        do throws(ConsensusError) {
            if let geometry {
                self.geometry = geometry
            } else {
                self.geometry = try RosterGeometry(
                    settings: settings.aggregation, roster: settings.roster)
            }
        } catch {
            throw .consensus(error)
        }
        self.trainer = trainer
        self.ledger = PrivacyLedger(ledger.releases + (recovered?.releases ?? []))
        readies = ReadyTable(memberCount: count)
        nextReadies = readies
        votes = VoteTable(memberCount: count)
        controlNeighbours = self.geometry.controlGraph.neighbours(of: member)
        stateHash = BLAKE2b.hash256(trainer.agreedBytes())
        if let recovered { try recover(recovered) }
    }

    /// Takes one event and says what is to be done, in order.
    ///
    /// - Parameters:
    ///   - event: what has happened.
    ///   - now: monotonic time since any fixed moment.
    ///   - generator: secrets of masks and chunks come from it: libsodium's in a daemon.
    package mutating func handle(
        _ event: LearningEvent, now: Duration, using generator: inout some RandomNumberGenerator
    ) -> [LearningDirective] {
        var directives: [LearningDirective] = []
        handle(event, now: now, using: &generator, &directives)
        return directives
    }

    /// The same for a message alone, with the directives appended to a list that is used again and again: a simulator
    /// hands over millions, most of which nothing follows from.
    package mutating func receive(
        _ message: PeerMessage, over link: Int, now: Duration,
        using generator: inout some RandomNumberGenerator, _ directives: inout [LearningDirective]
    ) {
        links.heard(link, now: now)
        receive(message, from: link, now: now, using: &generator, &directives)
    }

    /// ``handle(_:now:using:)`` with the directives appended to a list.
    package mutating func handle(
        _ event: LearningEvent, now: Duration, using generator: inout some RandomNumberGenerator,
        _ directives: inout [LearningDirective]
    ) {
        switch event {
        case .started:
            start(now: now, &directives)
        case .linkUp(let peer):
            linkCameUp(peer, now: now, &directives)
        case .linkDown(let peer):
            links.goesDown(peer)
        case .received(let message, let sender):
            receive(message, over: sender, now: now, using: &generator, &directives)
        case .computed(let result):
            take(result, now: now, using: &generator, &directives)
        case .stored(let token):
            continueAfterStore(token, now: now, using: &generator, &directives)
        case .rowsReplaced(let rows):
            pendingRows = rows
            if phase == .held { judgeAgain(&directives) }
        case .timer:
            tick(now: now, &directives)
        }
    }

    /// A view of the member for `status`.
    package var status: LearningStatus {
        LearningStatus(
            phase: phase, stage: trainer.stage, exchange: exchange, attempt: journal?.attempt ?? 0,
            progress: aggregation?.progress, waitingFor: waitingFor, linkIsUp: linkIsUp,
            objective: trainer.objective, activePatternCount: trainer.model?.activePatternCount ?? 0,
            warning: trainer.warning, stateHash: stateHash, diversity: diversity, privacy: privacy,
            failure: failure, budget: trainer.settings.privacy?.budget(of: ledger))
    }

    private var linkIsUp: [Bool] {
        var isUp = [Bool](repeating: false, count: settings.roster.count)
        isUp[member] = true
        for (peer, state) in zip(links.peers, links.isUp) { isUp[peer] = state }
        return isUp
    }

    /// The own vector of the exchange in [−1, 1], for a simulator that checks the sum; nil before it is prepared.
    package var ownInputs: [Double]? { journal?.inputs }

    /// Members whose READY, message or vote the phase waits for.
    var waitingFor: [Int] {
        switch phase {
        case .gathering:
            settings.roster.indices.filter { readies[$0]?.attempt != journal?.attempt && $0 != member }
        case .exchanging: aggregation?.progress.waitingFor ?? []
        case .voting:
            settings.roster.indices.filter { sender in
                journal?.vote.map { votes.vote(of: sender, attempt: $0.attempt) == nil } ?? true
            }
        case .revealing: opening?.missing ?? []
        case .idle, .preparing, .optimising, .finished, .failed, .held: []
        }
    }

    private mutating func start(now: Duration, _ directives: inout [LearningDirective]) {
        precondition(phase == .idle, "a member starts once, not in phase \(phase)")
        lastProgress = now
        connect(controlNeighbours, now: now, &directives)
        directives.append(.wake(after: .seconds(1)))
        if trainer.stage == .finished {
            phase = .finished
            readies.put(.ready(signedReady()), of: member)
            directives.append(.finished)
        } else if let journal, !journal.inputs.isEmpty {
            // The crash may have lost seeds of the attempt that was under way: only a new one is safe.
            announce(attempt: journal.attempt + 1, now: now, &directives)
        } else {
            phase = .preparing
            directives.append(.compute(localWork))
        }
    }

    /// Keeps links to these members from now on.
    mutating func connect(_ peers: [Int], now: Duration, _ directives: inout [LearningDirective]) {
        for peer in peers { links.want(peer, now: now) }
        directives.append(.connect(peers))
    }

    mutating func fail(_ failure: LearningFailure, _ directives: inout [LearningDirective]) {
        guard phase != .failed else { return }
        phase = .failed
        aggregation = nil
        self.failure = failure
        directives.append(.failed(failure))
    }

    /// Writes the journal, then floods READY of the attempt.
    mutating func announce(
        attempt: UInt32, now: Duration, _ directives: inout [LearningDirective]
    ) {
        journal?.attempt = attempt
        aggregation = nil
        early.removeAll()
        phase = .gathering
        lastProgress = now
        store(checkpoint: nil, then: .announce(attempt: attempt), &directives)
    }

    mutating func store(
        checkpoint: [UInt8]?, then continuation: StoreContinuation, _ directives: inout [LearningDirective]
    ) {
        guard let journal else { preconditionFailure("nothing to store before the first local update") }
        let token = nextToken
        nextToken += 1
        pendingStores.append((token, continuation))
        let releases = uncountedRelease.map { [$0] } ?? []
        uncountedRelease = nil
        directives.append(
            .store(
                LearningRecord(
                    round: exchange, checkpoint: checkpoint, journal: journal, releases: releases),
                token: token))
    }

    private mutating func continueAfterStore(
        _ token: UInt64, now: Duration, using generator: inout some RandomNumberGenerator,
        _ directives: inout [LearningDirective]
    ) {
        guard let first = pendingStores.first, first.token == token else { return }
        pendingStores.removeFirst()
        switch first.continuation {
        case .announce(let attempt):
            guard phase == .gathering, journal?.attempt == attempt else { return }
            floodOwnReady(now: now, using: &generator, &directives)
            startIfAllReady(now: now, using: &generator, &directives)
        case .vote(let attempt):
            guard journal?.vote?.attempt == attempt, phase == .voting else { return }
            floodOwnVote(&directives)
            decideIfAllVoted(now: now, &directives)
        case .finish:
            phase = .finished
            floodOwnReady(now: now, using: &generator, &directives)
            directives.append(.finished)
        case .hold: break
        }
    }
}
