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
    /// The graph of each chunk's session.
    package let chunkGraphs: [Graph]
    /// The averaging steps of a sum and their coefficients.
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
        switch operation {
        case .maximum:
            chunkGraphs = [geometry.controlGraph]
        case .sum:
            chunkGraphs = (0..<geometry.settings.protection.chunks).map { chunk in
                Self.sessionGraph(
                    geometry: geometry, round: round, attempt: attempt, stateHash: stateHash, chunk: chunk)
            }
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

    /// Parallel sessions: the chunks of a sum, one for a maximum.
    package var chunkCount: Int { chunkGraphs.count }

    /// Averaging steps of each session; none for a maximum.
    package var steps: Int { operation == .sum ? mixing.steps : 0 }

    /// Flooding steps of each session, after averaging.
    package var agreementSteps: Int { geometry.agreementSteps }

    /// All steps of a session: each costs one message to every session neighbour.
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

    /// Members that `member` exchanges DATA with in any chunk, ascending.
    package func sessionNeighbours(of member: Int) -> [Int] {
        var isNeighbour = [Bool](repeating: false, count: roster.count)
        for graph in chunkGraphs {
            for neighbour in graph.neighbours(of: member) { isNeighbour[neighbour] = true }
        }
        return isNeighbour.indices.filter { isNeighbour[$0] }
    }

    private static func sessionGraph(
        geometry: RosterGeometry, round: UInt64, attempt: UInt32, stateHash: [UInt8], chunk: Int
    ) -> Graph {
        let settings = geometry.settings
        guard settings.protection.relabel, !settings.topology.hasExplicitEdges else {
            return geometry.controlGraph
        }
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
        return geometry.controlGraph.relabelled(
            by: permutation(of: geometry.roster.count, using: &stream))
    }
}
