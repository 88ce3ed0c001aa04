import Sodium

/// One member's side of one attempt of one exchange: protection, averaging in parallel sessions, agreement.
///
/// After Idé, Raymond and Phan's dynamical consensus (x ← x − h·L x on an expander), with three changes. The
/// step comes from the graph's spectrum (Chebyshev) instead of 1/S, so the number of steps hardly grows with
/// the roster. The vector is masked by pairs, and by a self mask that is revealed after the decision, before
/// anything leaves (random chunks alone stop nobody who records, mathematics.md §4.3). And averaging only brings
/// members within the tolerance of each other, so each session ends by flooding the element-wise maximum, after
/// which all hold the same bits.
///
/// The method `exact` shares the seeds and leaves the rest to ``ExactSum``.
///
/// A value: feed it messages in any order, carry out its directives. Nothing here knows time, sockets or
/// entropy.
package struct AggregationInstance: Sendable {
    /// What all members compute alike.
    package let plan: AggregationPlan
    /// This member's place in the roster.
    package let member: Int

    private let maskNeighbours: [Int]
    /// Own halves and those received, by mask neighbour; empty where missing.
    private let ownHalves: [[UInt8]]
    private var peerHalves: [[UInt8]]
    /// The seed of the own self mask; empty without self masks. Its shares, and those received, by mask neighbour.
    private let selfSeed: [UInt8]
    private let ownShares: [[UInt64]]
    private var peerShares: [[UInt64]]
    /// The chunks with the masks that are known so far; empty once the sessions have begun.
    private var starts: [[Double]]
    /// Mask neighbours, from the first on, whose halves are there and whose masks are among these.
    private var addedMaskCount = 0
    /// The sessions of `dynamical` and of a maximum.
    private var sessions: [ChunkSession]
    /// The sessions of an exact sum.
    private var exact: ExactSum?
    private var isStarted = false
    private var isRunning = false
    private var isOver = false

    /// - Parameters:
    ///   - member: this member's place in the roster.
    ///   - vector: shape `(plan.vectorCount)`: in [−1, 1] for a sum, finite for a maximum. The constant-1
    ///     channel is added here.
    ///   - selfSeed: 32 random bytes that the own READY commits to; empty where the plan has no self masks.
    ///   - generator: cryptographic in a daemon. Drawn, in this order: a seed half per mask neighbour, the
    ///     polynomials of the shares, a key per random chunk.
    package init(
        plan: AggregationPlan, member: Int, vector: [Double], selfSeed: [UInt8],
        using generator: inout some RandomNumberGenerator
    ) {
        precondition(
            member >= 0 && member < plan.roster.count, "member \(member) of \(plan.roster.count)")
        precondition(
            vector.count == plan.vectorCount, "\(vector.count) entries for a plan of \(plan.vectorCount)")
        let bound = plan.operation == .sum ? 1 : Double.greatestFiniteMagnitude
        if let index = AveragingKernel.firstOutside(vector, bound: bound) {
            preconditionFailure("entry \(index) is outside ±\(bound)")
        }
        precondition(
            selfSeed.count == (plan.hasSelfMasks ? FieldLength.half : 0),
            "a seed of \(selfSeed.count) bytes for the self mask")
        self.plan = plan
        self.member = member
        self.selfSeed = selfSeed
        maskNeighbours = plan.maskNeighbours(of: member)
        ownHalves = maskNeighbours.map { _ in EdgeMask.key(using: &generator) }
        peerHalves = [[UInt8]](repeating: [], count: maskNeighbours.count)
        peerShares = [[UInt64]](repeating: [], count: maskNeighbours.count)
        ownShares =
            plan.hasSelfMasks
            ? ShamirShares.deal(
                selfSeed, threshold: plan.geometry.shareThreshold(of: member), to: maskNeighbours,
                using: &generator)
            : [[UInt64]](
                repeating: [UInt64](repeating: 0, count: ShamirShares.limbCount), count: maskNeighbours.count)
        guard !plan.isExact else {
            starts = []
            sessions = []
            exact = ExactSum(
                plan: plan, member: member, vector: vector, selfSeed: selfSeed, using: &generator)
            return
        }
        sessions = (0..<plan.chunkCount).map { ChunkSession(plan: plan, chunk: $0, member: member) }
        switch plan.operation {
        case .sum: starts = Self.chunks(of: vector + [1], count: plan.chunkCount, using: &generator)
        case .maximum: starts = [vector]
        }
        guard plan.hasSelfMasks else { return }
        for chunk in starts.indices {
            SelfMask.add(
                to: &starts[chunk], seed: selfSeed, chunk: chunk, factor: RosterGeometry.maskDeviation)
        }
    }

    /// Sends the SEEDs, or without masks the first DATA.
    package mutating func start() -> [AggregationDirective] {
        precondition(!isStarted, "started twice")
        isStarted = true
        var directives = maskNeighbours.indices.map { seedDirective(at: $0) }
        runIfReady(&directives)
        return directives
    }

    /// Takes a mask neighbour's half; those of other rounds and attempts are ignored.
    package mutating func handle(_ message: SeedMessage, from peer: Int) -> [AggregationDirective] {
        var directives: [AggregationDirective] = []
        guard message.round == plan.round, message.attempt == plan.attempt else { return directives }
        guard let place = maskNeighbours.firstIndex(of: peer) else {
            return [.misbehaved(peer: peer, .notNeighbour)]
        }
        if peerHalves[place].isEmpty {
            peerHalves[place] = message.half
            peerShares[place] = message.share
            addMasks(of: place)
            runIfReady(&directives)
        } else if peerHalves[place] != message.half || peerShares[place] != message.share {
            directives.append(.misbehaved(peer: peer, .contradiction))
        }
        return directives
    }

    /// Takes a session neighbour's vector; those of other rounds and attempts are ignored.
    package mutating func handle(_ message: DataMessage, from peer: Int) -> [AggregationDirective] {
        var directives: [AggregationDirective] = []
        guard message.round == plan.round, message.attempt == plan.attempt else { return directives }
        if let answers = exact?.handle(message, from: peer) {
            directives = answers
            finishIfExact(&directives)
            return directives
        }
        let chunk = Int(message.chunk)
        guard chunk < sessions.count else {
            return [.misbehaved(peer: peer, .unknownChunk(chunk: chunk, chunkCount: sessions.count))]
        }
        switch sessions[chunk].receive(message.payload, step: Int(message.step), from: peer) {
        case .refused(let reason): directives.append(.misbehaved(peer: peer, reason))
        case .repeated: break
        case .taken: advance(chunk, &directives)
        }
        return directives
    }

    /// After a reconnect: the own SEED for this member and the last two DATA of every chunk it takes part in.
    ///
    /// Two are enough, at the end one: a member that waits for this one is at most one step behind. What it
    /// already has it ignores. In an exact sum all that this member was sent: a partner may be further behind.
    package func resend(to peer: Int) -> [AggregationDirective] {
        var directives: [AggregationDirective] = []
        if isStarted, let place = maskNeighbours.firstIndex(of: peer) {
            directives.append(seedDirective(at: place))
        }
        directives += exact?.sent(to: peer) ?? []
        for (chunk, session) in sessions.enumerated() where session.neighbours.contains(peer) {
            for sent in session.lastSent {
                directives.append(.send(dataMessage(sent, chunk: chunk), to: peer))
            }
        }
        return directives
    }

    /// The shares of other members' seeds that came with their SEEDs, by place in the roster, ascending. They leave only
    /// after the decision.
    package var heldShares: [HeldShare] {
        guard plan.hasSelfMasks else { return [] }
        return maskNeighbours.indices.map { HeldShare(owner: maskNeighbours[$0], share: peerShares[$0]) }
    }

    /// This member's share of the sum, where values are shared by Shamir's scheme and all have dealt theirs.
    package var sumShare: SumShare? { exact?.sumShare }

    /// Where the aggregation stands.
    package var progress: AggregationProgress {
        var slowest = 0
        var isAwaited = [Bool](repeating: false, count: plan.roster.count)
        if isRunning { for peer in exact?.waitingFor ?? [] { isAwaited[peer] = true } }
        for (chunk, session) in sessions.enumerated() {
            if session.step < sessions[slowest].step { slowest = chunk }
            if isRunning { for peer in session.waitingFor { isAwaited[peer] = true } }
        }
        if !isRunning {
            for (place, peer) in maskNeighbours.enumerated() where peerHalves[place].isEmpty {
                isAwaited[peer] = true
            }
        }
        let awaited = isAwaited.indices.filter { isAwaited[$0] }
        if let exact {
            return AggregationProgress(
                chunk: exact.slowest.chunk, step: exact.slowest.step, steps: plan.stepCount, residual: nil,
                isExchangingSeeds: isStarted && !isRunning, waitingFor: awaited)
        }
        return AggregationProgress(
            chunk: slowest, step: max(sessions[slowest].step, 0), steps: plan.stepCount,
            residual: sessions[slowest].residual, isExchangingSeeds: isStarted && !isRunning,
            waitingFor: awaited)
    }

    /// Cuts a vector into chunks that add up to it: all but the last are N(0, 1), the range of an entry.
    private static func chunks(
        of vector: [Double], count: Int, using generator: inout some RandomNumberGenerator
    ) -> [[Double]] {
        var chunks: [[Double]] = []
        var rest = vector
        for _ in 1..<count {
            let noise = EdgeMask.normals(key: EdgeMask.key(using: &generator), count: vector.count)
            for index in rest.indices { rest[index] -= noise[index] }
            chunks.append(noise)
        }
        chunks.append(rest)
        return chunks
    }

    /// Adds masks as soon as their seeds are known, so that the last seed leaves little to be done.
    ///
    /// Words in the order of arrival; doubles in the order of neighbours, as their sums depend on it.
    private mutating func addMasks(of arrived: Int) {
        if exact != nil {
            let (seed, isLow) = pair(at: arrived)
            exact?.addMask(pairSeed: seed, isAdded: isLow)
        }
        while addedMaskCount < maskNeighbours.count, !peerHalves[addedMaskCount].isEmpty {
            if !starts.isEmpty { addDoubles(of: addedMaskCount) }
            addedMaskCount += 1
        }
    }

    private mutating func addDoubles(of place: Int) {
        let (seed, isLow) = pair(at: place)
        for chunk in starts.indices {
            EdgeMask.add(
                to: &starts[chunk], pairSeed: seed, chunk: chunk,
                factor: isLow ? RosterGeometry.maskDeviation : -RosterGeometry.maskDeviation)
        }
    }

    /// The seed that this member shares with a mask neighbour, and whether its key is the smaller of the two.
    private func pair(at place: Int) -> (seed: [UInt8], isLow: Bool) {
        let isLow = plan.roster[member] < plan.roster[maskNeighbours[place]]
        let seed = EdgeMask.pairSeed(
            lowHalf: isLow ? ownHalves[place] : peerHalves[place],
            highHalf: isLow ? peerHalves[place] : ownHalves[place])
        return (seed, isLow)
    }

    /// Begins the sessions, once started and all masks are added.
    private mutating func runIfReady(_ directives: inout [AggregationDirective]) {
        guard isStarted, !isRunning, addedMaskCount == maskNeighbours.count else { return }
        isRunning = true
        guard exact == nil else {
            directives += exact?.start() ?? []
            finishIfExact(&directives)
            return
        }
        for chunk in starts.indices {
            sessions[chunk].start(with: starts[chunk])
            if !sessions[chunk].isFinished {
                send(ChunkSession.Sent(step: 0, values: sessions[chunk].current), chunk: chunk, &directives)
            }
        }
        starts = []
        for chunk in sessions.indices { advance(chunk, &directives) }
    }

    /// Ends an exact sum with the last message.
    private mutating func finishIfExact(_ directives: inout [AggregationDirective]) {
        guard isRunning, !isOver, let exact, exact.isFinished else { return }
        isOver = true
        directives.append(.completed(exact.outcome))
    }

    /// Takes as many steps as there are messages for, and ends the aggregation with the last chunk.
    private mutating func advance(_ chunk: Int, _ directives: inout [AggregationDirective]) {
        guard isRunning else { return }
        while let sent = sessions[chunk].advance() { send(sent, chunk: chunk, &directives) }
        if !isOver, sessions.allSatisfy(\.isFinished) {
            isOver = true
            directives.append(.completed(plan.outcome(of: sessions.map(\.current))))
        }
    }

    private func send(_ sent: ChunkSession.Sent, chunk: Int, _ directives: inout [AggregationDirective]) {
        let message = dataMessage(sent, chunk: chunk)
        for peer in sessions[chunk].neighbours { directives.append(.send(message, to: peer)) }
    }

    private func dataMessage(_ sent: ChunkSession.Sent, chunk: Int) -> PeerMessage {
        .data(
            DataMessage(
                round: plan.round, attempt: plan.attempt, chunk: UInt16(chunk), step: UInt32(sent.step),
                values: sent.values))
    }

    private func seedDirective(at place: Int) -> AggregationDirective {
        .send(
            .seed(
                SeedMessage(
                    round: plan.round, attempt: plan.attempt, half: ownHalves[place], share: ownShares[place])
            ), to: maskNeighbours[place])
    }
}
