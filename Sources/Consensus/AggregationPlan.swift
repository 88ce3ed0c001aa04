import LinearAlgebra
package import Sodium
package import Topology
import Wire

/// Everything that all members compute alike for one attempt of one exchange.
///
/// Cheap, given the geometry: one permutation of the graph per chunk.
package struct AggregationPlan: Sendable {
    package let geometry: RosterGeometry
    package let round: UInt64
    package let attempt: UInt32
    package let operation: AggregationOperation
    /// Entries of the caller's vector, at least 1, without the constant-1 channel.
    package let vectorCount: Int
    /// Parallel sessions: the chunks of a sum, one for a maximum.
    package let chunkCount: Int
    /// The graph of each chunk's session; empty where recursive doubling or Shamir's shares take its place.
    package let chunkGraphs: [Graph]
    /// The rank of each member in each chunk's recursive doubling; shape `(chunkCount, roster)`, else empty.
    package let chunkRanks: [[Int]]
    /// The averaging steps of a sum and their coefficients; none for an exact one.
    package let mixing: MixingPlan

    /// Steps by which members may differ, whatever the number.
    private static let stepsSlackMinimum = 8

    /// - Parameters:
    ///   - stateHash: the hash of the state the round starts from, 32 bytes.
    ///   - vectorCount: at least 1.
    ///   - stepsMinimum: the largest number of averaging steps that a READY of the roster names. One that is
    ///     further off than a last bit of the spectrum can explain is not followed.
    package init(
        geometry: RosterGeometry, round: UInt64, attempt: UInt32, stateHash: [UInt8],
        operation: AggregationOperation, vectorCount: Int, stepsMinimum: Int = 0
    ) {
        precondition(vectorCount >= 1, "a vector of \(vectorCount) entries")
        precondition(stateHash.count == FieldLength.hash, "a state hash of \(stateHash.count) bytes")
        self.geometry = geometry
        self.round = round
        self.attempt = attempt
        self.operation = operation
        self.vectorCount = vectorCount
        let own = geometry.mixing.steps
        let isPlausible = stepsMinimum <= own + max(Self.stepsSlackMinimum, own / 64)
        mixing = isPlausible ? geometry.mixing.extended(to: stepsMinimum) : geometry.mixing
        let chunkCount = operation == .sum ? geometry.settings.protection.chunks : 1
        self.chunkCount = chunkCount
        guard operation == .sum else {
            chunkGraphs = [geometry.controlGraph]
            chunkRanks = []
            return
        }
        guard geometry.settings.protection.shamirThreshold == nil else {
            chunkGraphs = []
            chunkRanks = []
            return
        }
        let orders = (0..<chunkCount).map { chunk in
            Self.relabelling(
                geometry: geometry, round: round, attempt: attempt, stateHash: stateHash, chunk: chunk)
        }
        if geometry.foldSchedule != nil {
            chunkGraphs = []
            chunkRanks = orders.map { $0 ?? Array(0..<geometry.roster.count) }
        } else {
            chunkGraphs = orders.map { order in
                order.map { geometry.controlGraph.relabelled(by: $0) } ?? geometry.controlGraph
            }
            chunkRanks = []
        }
    }

    /// What a plan depends on, besides its geometry.
    private struct Attempt: Equatable, Sendable {
        let round: UInt64
        let attempt: UInt32
        let stateHash: [UInt8]
        let operation: AggregationOperation
        let vectorCount: Int
        let stepsMinimum: Int
    }

    /// The plan of these arguments, made once for all members that share the geometry's memo.
    package static func shared(
        geometry: RosterGeometry, round: UInt64, attempt: UInt32, stateHash: [UInt8],
        operation: AggregationOperation, vectorCount: Int, stepsMinimum: Int = 0
    ) -> AggregationPlan {
        let inputs = Attempt(
            round: round, attempt: attempt, stateHash: stateHash, operation: operation,
            vectorCount: vectorCount, stepsMinimum: stepsMinimum)
        return geometry.memo.value(.plan, of: inputs) { inputs in
            AggregationPlan(
                geometry: geometry, round: inputs.round, attempt: inputs.attempt,
                stateHash: inputs.stateHash, operation: inputs.operation, vectorCount: inputs.vectorCount,
                stepsMinimum: inputs.stepsMinimum)
        }
    }

    /// The same without a geometry at hand; it costs the eigenvalues of the graph.
    ///
    /// - Throws: ``ConsensusError``.
    package init(
        settings: AggregationSettings, roster: [PublicIdentity], round: UInt64, attempt: UInt32,
        stateHash: [UInt8], operation: AggregationOperation, vectorCount: Int
    ) throws(ConsensusError) {
        self.init(
            geometry: try RosterGeometry(settings: settings, roster: roster), round: round, attempt: attempt,
            stateHash: stateHash, operation: operation, vectorCount: vectorCount)
    }

    /// The members, in the agreement's order.
    package var roster: [PublicIdentity] { geometry.roster }

    /// Whether this is a sum over Z_2^64.
    package var isExact: Bool { operation == .sum && geometry.settings.method == .exact }

    /// Averaging steps of each session, or all steps of an exact sum; none for a maximum.
    package var steps: Int {
        if isExact { return geometry.sumSteps }
        return operation == .sum ? mixing.steps : 0
    }

    /// Flooding steps of each session, after averaging; an exact sum needs none.
    package var agreementSteps: Int { isExact ? 0 : geometry.agreementSteps }

    /// All steps of a session: in `dynamical`, each costs one message to every session neighbour.
    package var stepCount: Int { steps + agreementSteps }

    /// Values in a DATA message: the vector and, in a sum, the constant-1 channel.
    package var messageCount: Int { operation == .sum ? vectorCount + 1 : vectorCount }

    /// The largest magnitude a value on the wire may have; any finite one for a maximum.
    package var valueBound: Double {
        operation == .sum ? geometry.valueBound : .greatestFiniteMagnitude
    }

    /// The agreement's graph on this roster, not relabelled.
    package var controlGraph: Graph { geometry.controlGraph }

    /// Members that `member` shares a mask with, ascending; none for a maximum.
    package func maskNeighbours(of member: Int) -> [Int] {
        guard operation == .sum, let graph = geometry.maskGraph else { return [] }
        return graph.neighbours(of: member)
    }

    /// Whether members add self masks; never in a maximum.
    package var hasSelfMasks: Bool { operation == .sum && geometry.hasSelfMasks }

    /// Colluders that learn nothing of an attempt but the sum, where its values are shared by Shamir's scheme; never in
    /// a maximum.
    package var shamirThreshold: Int? {
        operation == .sum ? geometry.settings.protection.shamirThreshold : nil
    }

    /// Members that `member` exchanges DATA with in any chunk, ascending.
    package func sessionNeighbours(of member: Int) -> [Int] {
        guard shamirThreshold == nil else { return roster.indices.filter { $0 != member } }
        var isNeighbour = [Bool](repeating: false, count: roster.count)
        for graph in chunkGraphs {
            for neighbour in graph.neighbours(of: member) { isNeighbour[neighbour] = true }
        }
        if let schedule = geometry.foldSchedule {
            for ranks in chunkRanks {
                let memberAt = Self.inverse(of: ranks)
                for partner in FoldSession.partners(schedule: schedule, rank: ranks[member]) {
                    isNeighbour[memberAt[partner]] = true
                }
            }
        }
        return isNeighbour.indices.filter { isNeighbour[$0] }
    }

    /// The member at each place of a permutation.
    static func inverse(of permutation: [Int]) -> [Int] {
        var result = permutation
        for (index, place) in permutation.enumerated() { result[place] = index }
        return result
    }

    /// The permutation of a chunk's graph or ranks: it spreads the load. `nil` where nothing is relabelled.
    private static func relabelling(
        geometry: RosterGeometry, round: UInt64, attempt: UInt32, stateHash: [UInt8], chunk: Int
    ) -> [Int]? {
        let settings = geometry.settings
        guard settings.protection.relabel, !settings.topology.hasExplicitEdges else { return nil }
        let hash = agreedHash("session-graph") { writer in
            writer.write(bytes: settings.networkID)
            writer.write(bytes: stateHash)
            writer.write(UInt16(geometry.roster.count))
            for member in geometry.roster { writer.write(bytes: member.bytes) }
            writer.write(round)
            writer.write(attempt)
            writer.write(UInt16(chunk))
        }
        var stream = AgreedStream(seed: hash)
        return permutation(of: geometry.roster.count, using: &stream)
    }
}
