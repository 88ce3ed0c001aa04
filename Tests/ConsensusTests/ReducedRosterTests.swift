import Consensus
import Testing
import Topology

/// The geometry of those who are left of an agreement.
@Suite struct ReducedRosterTests {
    private func geometry(_ topology: GraphRecipe, size: Int = 7, threshold: Int? = nil) throws
        -> RosterGeometry
    {
        try RosterGeometry(
            settings: AggregationSettings(
                networkID: [UInt8](repeating: 3, count: 32), topology: topology, method: .exact,
                protection: threshold.map { ProtectionSettings(shamirThreshold: $0) } ?? ProtectionSettings()),
            roster: try sampleRoster(size))
    }

    @Test func `a family that does not exist for the rest gives way to a random graph`() throws {
        let rest = MemberSet([0, 1, 2, 4, 5, 6], participantCount: 7)
        let reduced = try geometry(GraphRecipe(family: .cycleInverseChords)).reduced(to: rest)
        #expect(reduced.roster.count == 6)
        #expect(reduced.family == .randomRegular && reduced.isSubstitute)
        #expect(reduced.controlGraph.isConnected)
    }

    @Test func `explicit edges are those among the rest, if they connect it`() throws {
        let path = try GraphRecipe(edges: [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 6), (0, 6)])
        let whole = try geometry(path)
        let reduced = try whole.reduced(to: MemberSet([0, 1, 2, 3, 5, 6], participantCount: 7))
        #expect(reduced.controlGraph.edges.count == 5)
        // 5 and 6 are places 4 and 5 now.
        #expect(reduced.controlGraph.neighbours(of: 4) == [5])
        #expect(throws: ConsensusError.self) {
            _ = try whole.reduced(to: MemberSet([0, 1, 2, 4, 5], participantCount: 7))
        }
    }

    @Test func `Shamir's threshold leaves two more than it hides`() throws {
        let whole = try geometry(GraphRecipe(family: .complete), threshold: 3)
        #expect(try whole.reduced(to: MemberSet(0..<5, participantCount: 7)).roster.count == 5)
        #expect(throws: ConsensusError.shamirThreshold(threshold: 3, memberCount: 4)) {
            _ = try whole.reduced(to: MemberSet(0..<4, participantCount: 7))
        }
    }

    @Test func `places count members, and only members have one`() {
        let set = MemberSet([1, 63, 64, 130], participantCount: 131)
        #expect(set.members == [1, 63, 64, 130])
        #expect([1, 63, 64, 130].map { set.place(of: $0) } == [0, 1, 2, 3])
        #expect([0, 2, 65, 131, -1].allSatisfy { set.place(of: $0) == nil })
        #expect(MemberSet.all(131).place(of: 130) == 130)
    }
}
