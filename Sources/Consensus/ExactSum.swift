import Topology

/// One member's side of one attempt of an exact sum: fixed point, chunks, masks, all sessions, opening.
///
/// The words of chunks and masks are uniform over Z_2^64; both cancel to the bit, so that the opened words are the
/// sum of everybody's encoded entries and nothing else. Its error is that of encoding, at most S·2^(−f−1), and half a
/// last place of the double it becomes.
///
/// With Shamir's shares the only session takes the entries as residues and ends with this member's share of the sum.
struct ExactSum: Sendable {
    private let plan: AggregationPlan
    /// The chunks with the masks that are known so far; empty once the sessions have begun.
    private var starts: [[UInt64]]
    private var sessions: [any ExactSession]

    /// - Parameters:
    ///   - vector: shape `(plan.vectorCount)`, in [−1, 1].
    ///   - selfSeed: of the own self mask, which is added at once; empty where there is none.
    ///   - generator: a key is drawn per random chunk, or what ``ShamirSession`` draws.
    init(
        plan: AggregationPlan, member: Int, vector: [Double], selfSeed: [UInt8],
        using generator: inout some RandomNumberGenerator
    ) {
        self.plan = plan
        if let threshold = plan.shamirThreshold {
            let encoding = FixedPoint(summands: plan.roster.count, in: .residues)
            starts = [encoding.residues(vector + [1])]
            sessions = [
                ShamirSession(
                    memberCount: plan.roster.count, member: member, threshold: threshold,
                    count: plan.messageCount, using: &generator)
            ]
            return
        }
        let encoding = FixedPoint(summands: plan.roster.count)
        var rest = encoding.words(vector + [1])
        var chunks: [[UInt64]] = []
        for _ in 1..<plan.chunkCount {
            let noise = EdgeMask.uniformWords(key: EdgeMask.key(using: &generator), count: rest.count)
            WordArithmetic.subtract(noise, from: &rest)
            chunks.append(noise)
        }
        starts = chunks + [rest]
        if !selfSeed.isEmpty {
            for chunk in starts.indices {
                SelfMask.apply(to: &starts[chunk], seed: selfSeed, chunk: chunk, isAdded: true)
            }
        }
        sessions = (0..<plan.chunkCount).map { Self.session(plan: plan, chunk: $0, member: member) }
    }

    private static func session(plan: AggregationPlan, chunk: Int, member: Int) -> any ExactSession {
        guard let schedule = plan.geometry.foldSchedule else {
            return FloodSession(
                graph: plan.chunkGraphs[chunk], diameter: plan.steps, member: member, count: plan.messageCount
            )
        }
        let ranks = plan.chunkRanks[chunk]
        return FoldSession(
            schedule: schedule, rank: ranks[member], memberAt: AggregationPlan.inverse(of: ranks),
            count: plan.messageCount)
    }

    var isFinished: Bool { sessions.allSatisfy(\.isFinished) }

    /// Adds the masks that this member shares with one other, or subtracts them.
    mutating func addMask(pairSeed: [UInt8], isAdded: Bool) {
        for chunk in starts.indices {
            EdgeMask.apply(to: &starts[chunk], pairSeed: pairSeed, chunk: chunk, isAdded: isAdded)
        }
    }

    /// Begins all sessions, once all masks are added.
    mutating func start() -> [AggregationDirective] {
        var directives: [AggregationDirective] = []
        for (chunk, words) in starts.enumerated() {
            directives += sessions[chunk].start(with: words).map { directive($0, chunk: chunk) }
        }
        starts = []
        return directives
    }

    /// Takes DATA of this attempt.
    mutating func handle(_ message: DataMessage, from peer: Int) -> [AggregationDirective] {
        let chunk = Int(message.chunk)
        guard chunk < sessions.count else {
            return [.misbehaved(peer: peer, .unknownChunk(chunk: chunk, chunkCount: sessions.count))]
        }
        switch sessions[chunk].receive(message.payload, step: Int(message.step), from: peer) {
        case .refused(let reason): return [.misbehaved(peer: peer, reason)]
        case .repeated: return []
        case .taken: return sessions[chunk].advance().map { directive($0, chunk: chunk) }
        }
    }

    /// This member's share of the sum, once all shares of it are there.
    var sumShare: SumShare? {
        guard let session = sessions[0] as? ShamirSession, session.step > 0 else { return nil }
        return session.share
    }

    /// All that `peer` was sent.
    func sent(to peer: Int) -> [AggregationDirective] {
        sessions.enumerated().flatMap { chunk, session in
            session.sent(to: peer).map { directive($0, chunk: chunk) }
        }
    }

    /// The chunk that is furthest behind, and its step.
    var slowest: (chunk: Int, step: Int) {
        var result = (chunk: 0, step: sessions[0].step)
        for (chunk, session) in sessions.enumerated() where session.step < result.step {
            result = (chunk, session.step)
        }
        return result
    }

    /// Members that some session waits for, with repetitions.
    var waitingFor: [Int] { sessions.flatMap(\.waitingFor) }

    /// The chunks' sum over the roster, self masks included; or this member's share of it, with what all members have
    /// committed themselves to.
    var outcome: AggregationOutcome {
        if let shared = sessions[0] as? ShamirSession {
            return plan.outcome(of: shared.share, commitments: shared.commitments)
        }
        var total = sessions[0].total
        for session in sessions.dropFirst() { WordArithmetic.add(session.total, to: &total) }
        return plan.outcome(of: .words(total))
    }

    private func directive(_ message: ExactMessage, chunk: Int) -> AggregationDirective {
        .send(
            .data(
                DataMessage(
                    round: plan.round, attempt: plan.attempt, chunk: UInt16(chunk),
                    step: UInt32(message.step), payload: message.payload)), to: message.peer)
    }
}
