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
///     prepare own vector ─► journal on disk ─► READY flooded ─► READYs of the whole roster: seeds, sessions, agreement
///        ─► own masked sum on disk ─► FINISHED flooded: a vote ─► a quorum of equal votes: decided
///        ─► REVEAL flooded (SHARE for seeds that are lost) ─► open, check, optimise
///        ─► checkpoint and next journal on disk ─► READY of the next exchange …
///
/// Each exchange has one roster, part of the state it begins with. Its attempts may do with fewer:
///
/// 1. READY(r, a) promises never to vote in an attempt of r below a, and carries the member's latest vote of r.
/// 2. An attempt starts once READY(r, a) with its roster and one state hash is there from all of that roster, a quorum at
///    least, which is more than half of the agreement.
/// 3. If these carry votes, the one of the highest attempt binds: nobody runs anything, members fetch the closed sum that
///    was voted for and vote for it again. Otherwise no sum has been decided, and one is made.
/// 4. *Decided* means a quorum of equal votes of one (r, a). A later attempt's roster shares a member with these voters,
///    so it finds the vote: two sums are never decided. The votes are the proof, kept with the next checkpoint: a member
///    that comes back without them gets them from anyone who is a round ahead.
/// 5. Nothing that opens the seed of a self mask leaves before the decision. After it every member floods REVEAL,
///    and one deadline later the held SHAREs of seeds that are still missing. They too are kept with the next
///    checkpoint.
/// 6. If too many seeds are lost with the memory of their members, or the opened sum fails its check, a READY says that
///    the vote it carries is lost. Then, and only with exactly the roster of that sum, the sums are made anew.
///
///    With Shamir's shares of the values the member's share of the sum takes the place of both: the vote says that all
///    members hold theirs and have committed themselves, the openers flood SUMSHARE at the decision, the others one
///    deadline later where one is missing, and any threshold + 1 open the sum. The share is in the journal with the vote.
/// 7. A member that has not begun the sessions that run anew may still open the decided sum: then these lack it and come to
///    no end. One that has begun them may not, until a later attempt is bound to the decided sum again. So either the old
///    sum is opened or the new one exists, and their last bits never part two members.
/// 8. The next exchange's roster is that of the decided sum and the participants whose JOIN its READYs name.
/// 9. Where too few of the exchange's roster are left, the next attempt's roster takes in participants outside it that have
///    its state and have sent JOIN. 4 holds for any rosters, as all votes count against a quorum of the agreement.
///
/// An attempt is given up by ABORT, which everybody answers with its own; who is silent leaves, and one of the others
/// proposes the next roster (``RollCall``). Who is left out fetches the state of a later exchange, as a quorum of signed
/// READYs names it, and asks to JOIN. So two members never go on with different sums.
package struct LearningInstance: Sendable {
    let settings: LearningSettings
    /// The own index in the agreement.
    package let member: Int
    let authenticator: any FloodAuthenticator
    /// Of all participants, and of the attempt's roster.
    let agreementGeometry: RosterGeometry
    var geometry: RosterGeometry
    /// Of another roster that was asked for last.
    var otherGeometry: (roster: MemberSet, geometry: RosterGeometry)?

    package internal(set) var trainer: Trainer
    package internal(set) var phase: LearningPhase = .idle
    /// Exchanges decided so far.
    package internal(set) var exchange: UInt64 = 0
    /// The members of the exchange: part of the state.
    package internal(set) var roster: MemberSet
    /// Those of the attempt.
    package internal(set) var attemptRoster: MemberSet
    var journal: Journal?
    var stateHash: [UInt8]
    /// READYs of this exchange and of the next, and the latest of each member in exchanges further on.
    var readies: ReadyTable
    var nextReadies: ReadyTable
    var laterReadies: ReadyTable
    /// Votes of this exchange.
    var votes: VoteTable
    /// Members whose links carry the floods, ascending.
    package internal(set) var controlNeighbours: [Int]
    var aggregation: AggregationInstance?
    /// Participants whose JOIN the READYs of the attempt name.
    var attemptJoiners: MemberSet
    /// Seeds and vectors that came before all READYs did.
    var early: [(message: PeerMessage, sender: Int)] = []
    /// Disk writes under way, in order, and what follows each.
    var pendingStores: [(token: UInt64, continuation: StoreContinuation)] = []
    var nextToken: UInt64 = 0
    /// The work whose result is awaited.
    var workToken: UInt64 = 0
    /// The seed of the own self mask that the latest READY commits to; empty without self masks. Memory only.
    var selfSeed: [UInt8] = []
    /// The own secrets of the exchange's attempts. Memory only.
    var secrets: [AttemptSecrets] = []
    /// Towards the sum of the attempt that was begun last, or that is voted for.
    var opening: SumOpening?
    /// Towards the sum that is run anew: it is taken up again if that comes to nothing.
    var openingSetAside: SumOpening?
    /// What opens sums that are not known here yet.
    var earlyOpenings: [PeerMessage] = []
    /// That sum, once it is open, for a simulator that checks it.
    package internal(set) var openedSum: [Double]?
    /// Whether READYs say that the own vote's sum is lost.
    var isVoteLost = false
    /// The digest that must not be opened, as its sums are being made anew.
    var blockedDigest: [UInt8]?
    /// Opened sums of this exchange that failed their check.
    var failedCheckCount = 0
    var links = LinkTable()
    var lastProgress: Duration = .zero
    var lastProgressKey: [Int] = []
    var failedAttemptCount = 0
    /// Who is there, after an attempt was given up; and the same of the next exchange.
    var call: RollCall?
    var nextCall: RollCall?
    var hold: HoldReason?
    /// A journal that is still to be read.
    var storedJournal: [UInt8] = []
    /// The state that is being taken over.
    var adopting: RoundState?
    /// What is being fetched from others.
    var transfer: Transfer?
    /// What was sent to one who fetches it, so that it is encoded once.
    var served: (hash: [UInt8], bytes: [UInt8])?
    /// The latest JOIN of each participant outside the roster, and who is to be taken in.
    var joins: [PeerMessage]
    var joiners: MemberSet
    /// The closed sum of the exchange before, for one that missed it.
    var previousValue: RoundValue?
    /// A closed sum that was fetched, and what the attempt is bound to.
    var knownValue: RoundValue?
    var boundDigest: [UInt8]?
    /// Whether anything was stored before, in this life or an earlier one.
    var hasRecord: Bool
    /// Whether this life began without any record.
    let beganEmpty: Bool
    /// Whether all that the member has ever promised is known here: not where its disk is lost or it was never there.
    var remembersAll: Bool
    /// The last exchange in which an earlier life may have voted that nothing is known of; nil where all is known.
    var unknownUntil: UInt64?
    /// Exchanges at which a JOIN was sent last, and before which none is sent; times it came to nothing.
    var joinedAt: UInt64?
    var joinNotBefore: UInt64 = 0
    var failedJoinCount = 0
    /// When a member that may have forgotten a vote asked to be left out, and the attempt that it answered with it.
    var leavingTold: (exchange: UInt64, attempt: UInt32, at: Duration)?
    /// Since when a quorum is ahead of this member.
    var behindSince: Duration?
    /// When the next timer is due.
    var timerDue: Duration = .zero
    var lastPing: Duration?
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
    var pendingRows: TrainingRows?

    enum StoreContinuation: Sendable {
        case announce(attempt: UInt32)
        case enter
        case vote(attempt: UInt32)
        case finish
        case hold
    }

    /// A member at the start of a run, or as its last records left it.
    ///
    /// - Parameters:
    ///   - settings: the agreement's.
    ///   - member: the own index in the agreement.
    ///   - trainer: on the own rows, at its first stage.
    ///   - authenticator: signs as `member`.
    ///   - recovered: what was stored last, if anything.
    ///   - hasLostMemory: whether there were records that cannot be read: the member may have voted, so it takes part in
    ///     no round until it has been outside the roster and was let in again.
    ///   - ledger: private vectors that were counted before, beside those of `recovered`.
    ///   - geometry: what follows from the settings, where many members of one process share it.
    /// - Throws: ``LearningFailure``, such as an unreadable record or a topology that does not exist.
    package init(
        settings: LearningSettings, member: Int, trainer: Trainer, authenticator: any FloodAuthenticator,
        recovered: LearningRecord? = nil, hasLostMemory: Bool = false,
        ledger: PrivacyLedger = PrivacyLedger(),
        geometry: RosterGeometry? = nil
    ) throws(LearningFailure) {
        precondition(settings.roster.indices.contains(member), "member \(member) of \(settings.roster.count)")
        precondition(
            geometry.map { $0.settings == settings.aggregation && $0.roster == settings.roster } ?? true,
            "the geometry of another network")
        precondition(recovered == nil || !hasLostMemory, "records of member \(member) that are lost")
        let count = settings.roster.count
        self.settings = settings
        self.member = member
        self.authenticator = authenticator
        do throws(ConsensusError) {
            if let geometry {
                agreementGeometry = geometry
            } else {
                agreementGeometry = try RosterGeometry(
                    settings: settings.aggregation, roster: settings.roster)
            }
        } catch {
            throw .consensus(error)
        }
        self.geometry = agreementGeometry
        self.trainer = trainer
        self.ledger = PrivacyLedger(ledger.releases + (recovered?.releases ?? []))
        remembersAll = !hasLostMemory
        hasRecord = recovered != nil
        beganEmpty = recovered == nil
        roster = agreementGeometry.memo.value(.copy, of: count) { MemberSet.all($0) }
        attemptRoster = roster
        attemptJoiners = agreementGeometry.memo.value(.copy, of: [count]) {
            MemberSet(participantCount: $0[0])
        }
        joiners = attemptJoiners
        joins = []
        readies = ReadyTable(memberCount: count)
        nextReadies = readies
        laterReadies = readies
        votes = VoteTable(memberCount: count)
        controlNeighbours = agreementGeometry.controlGraph.neighbours(of: member)
        stateHash = []
        if let recovered { try recover(recovered) }
        stateHash = RoundState.hash(stateBytes())
        if recovered != nil { try recoverVote() }
    }

    /// The state that the exchange begins with.
    func stateBytes() -> [UInt8] {
        RoundState(round: exchange, roster: roster, agreed: trainer.agreedBytes()).encoded()
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
            links.goesDown(peer, now: now)
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
            tick(now: now, using: &generator, &directives)
        case .leaving:
            leave(now: now, &directives)
        }
    }

    /// Takes all links that are up for heard: a world without silence does not carry heartbeats.
    package mutating func hearAll(now: Duration) { links.hearAll(now: now) }

    /// The own vector of the exchange in [−1, 1], for a simulator that checks the sum; nil before it is prepared.
    package var ownInputs: [Double]? { journal?.inputs }

    /// Whether the member belongs to the exchange's roster, or has entered an attempt that others have invited it to, and
    /// may vote.
    ///
    /// Mutating, as are others of its sort: asked for by value, the compiler would copy the member for every message.
    var takesPart: Bool {
        mutating get { remembersAll && (roster.contains(member) || journal?.attempt ?? 0 > 0) }
    }

    private mutating func start(now: Duration, _ directives: inout [LearningDirective]) {
        precondition(phase == .idle, "a member starts once, not in phase \(phase)")
        lastProgress = now
        connect(controlNeighbours, now: now, &directives)
        connect(agreementGeometry.controlGraph.neighbours(of: member), now: now, &directives)
        wake(after: .seconds(1), now: now, &directives)
        if trainer.stage == .finished {
            phase = .finished
            if roster.contains(member) { readies.put(.ready(signedReady()), of: member) }
            directives.append(.finished)
        } else if !takesPart {
            phase = .joining
        } else if let journal, !journal.inputs.isEmpty {
            // The crash may have lost seeds of the attempt that was under way: only a new one is safe.
            phase = .calling
            openCall(attempt: journal.attempt, accusing: nobody, now: now, &directives)
        } else {
            phase = .preparing
            compute(.localUpdate, &directives)
        }
    }

    mutating func compute(_ task: LearningWork.Task, _ directives: inout [LearningDirective]) {
        workToken += 1
        directives.append(
            .compute(LearningWork(task: task, token: workToken, trainer: trainer, gate: settings.gate)))
    }

    mutating func wake(after: Duration, now: Duration, _ directives: inout [LearningDirective]) {
        timerDue = now + after
        directives.append(.wake(after: after))
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
}
