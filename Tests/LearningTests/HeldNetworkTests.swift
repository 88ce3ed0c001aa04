import Consensus
import Learning
import LinearAlgebra
import Models
import Testing

/// Whole networks whose members keep their vectors back, disturb them or leave patterns out.
@Suite struct HeldNetworkTests {
    /// Rows of `SmallNetwork`: 12, 13, 14, … in two clusters.
    private static func gate(_ action: PrivacyGate.Action, _ required: Double) -> PrivacyGate {
        PrivacyGate(required: required, action: action, showsOwnSums: true)
    }

    private static func manyRows(_ member: Int) -> Matrix {
        let one = SmallNetwork.rows(member, columns: 3)
        return Matrix(
            rowCount: 20 * one.rowCount, columnCount: 3,
            elements: Array(repeatElement(one.elements, count: 20).joined()))
    }

    @Test func `with hold nothing leaves before other rows open the gate, and then all end in one state`()
        throws
    {
        // 12 rows of member 0 are too few for everything, those of the others are not for the moments.
        var network = try SmallNetwork.network(participants: 3, rounds: 2, gate: Self.gate(.hold, 13))
        try network.run()
        #expect(network.held[0]?.minimum == 12)
        #expect(network.members[0]?.phase == .held)
        #expect(network.ownMessageCounts[0] == 0)
        #expect(network.summaries.allSatisfy { $0.isEmpty })
        #expect(network.finished == [false, false, false])

        for member in 0..<3 {
            network.inject(.rowsReplaced(TrainingRows(Self.manyRows(member))), to: member)
        }
        try network.proceed()
        // The others' first vector had left; their new rows count from the second on.
        #expect(network.failures.allSatisfy { $0 == nil })
        #expect(network.finished == [true, true, true])
        let hashes = network.members.map { $0?.status.stateHash }
        #expect(hashes.allSatisfy { $0 == hashes[0] })
    }

    @Test func `a member held in a later round survives a crash and holds again`() throws {
        // The clusters have six rows or so each: enough of them for the moments, too few for patterns.
        var undisturbed = try SmallNetwork.network(participants: 3, rounds: 2, gate: Self.gate(.hold, 10))
        try undisturbed.run()
        #expect(undisturbed.held.contains { $0?.patterns.isEmpty == false })
        let rounds = undisturbed.summaries.map(\.count)
        #expect(rounds[0] > 0)
        var network = try SmallNetwork.network(participants: 3, rounds: 2, gate: Self.gate(.hold, 10))
        network.killAt = (member: 0, directive: undisturbed.carriedOut[0] / 2)
        try network.run()
        #expect(network.kills == 1)
        #expect(network.members[0]?.phase == .held)
        #expect(network.failures.allSatisfy { $0 == nil })
        #expect(!network.finished.contains(true))
    }

    @Test(arguments: [PrivacyGate.Action.noise, .suppress])
    func `with noise or suppress the network goes on and ends in one state`(action: PrivacyGate.Action) throws
    {
        var network = try SmallNetwork.network(participants: 4, rounds: 3, gate: Self.gate(action, 7))
        try network.run()
        #expect(network.failures.allSatisfy { $0 == nil })
        #expect(network.finished.allSatisfy { $0 })
        let hashes = network.members.map { $0?.status.stateHash }
        #expect(hashes.allSatisfy { $0 == hashes[0] })
        let status = try #require(network.members[0]?.status.privacy)
        #expect(action == .noise ? status.noiseEventCount > 0 : status.suppressionCount > 0)
        #expect(action == .noise ? status.suppressionCount == 0 : status.noiseEventCount == 0)
    }

    @Test func `a gate that finds nothing leaves every state as it is without one`() throws {
        var plain = try SmallNetwork.network(participants: 3)
        try plain.run()
        let expected = plain.members[0]?.status.stateHash
        for action in PrivacyGate.Action.allCases {
            var gated = try SmallNetwork.network(participants: 3, gate: Self.gate(action, 1))
            try gated.run()
            #expect(gated.members[0]?.status.stateHash == expected)
        }
    }

    @Test func `the network's figure is Kish's of all rows together`() throws {
        var network = try SmallNetwork.network(participants: 3, gate: Self.gate(.warn, 5))
        try network.run()
        let status = try #require(network.members[0]?.status.privacy)
        let figures = try #require(status.network)
        // 39 rows in two clusters; as r ≤ 1, Kish's figure is at least N̄_k.
        let total = figures.patterns.reduce(0) { $0 + $1.count }
        #expect(abs(total - 39) < 1e-6)
        for pattern in figures.patterns {
            let effective = try #require(pattern.effectiveCount)
            #expect(effective >= pattern.count * (1 - 1e-6))
            #expect(effective <= 39)
        }
        let other = network.members[1]?.status.privacy.network
        #expect(other == figures)
    }
}
