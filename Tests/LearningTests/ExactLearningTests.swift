import Consensus
import Learning
import Testing
import Topology

/// Learning with `consensus.method: exact`.
@Suite struct ExactLearningTests {
    enum Route: CaseIterable { case fold, flood }

    static let memberCount = 5

    /// Hundredths of an undisturbed run, to crash at.
    static let crashPoints = Array(0..<100)

    private func network(_ route: Route, seed: UInt64 = 5) throws -> MemberNetwork {
        let edges = try GraphRecipe(edges: (0..<Self.memberCount).map { ($0, ($0 + 1) % Self.memberCount) })
        let family = GraphRecipe(family: .ring, degree: 2, seed: 1)
        return try SmallNetwork.network(
            participants: Self.memberCount, rounds: 2, seed: seed,
            topology: route == .flood ? edges : family, method: .exact)
    }

    private func commonHash(of network: MemberNetwork) throws -> [UInt8] {
        #expect(network.failures.allSatisfy { $0 == nil })
        #expect(network.faults.isEmpty)
        #expect(network.finished.allSatisfy { $0 })
        let hashes = network.members.map { $0?.status.stateHash }
        #expect(hashes.allSatisfy { $0 == hashes[0] })
        return try #require(hashes[0])
    }

    @Test func `masks, ranks and routes leave no trace in the state`() throws {
        var hashes: [[UInt8]] = []
        for (route, seed) in [(Route.fold, 5), (.fold, 6), (.flood, 5), (.flood, 7)] as [(Route, UInt64)] {
            var network = try network(route, seed: seed)
            try network.run()
            hashes.append(try commonHash(of: network))
        }
        #expect(hashes.allSatisfy { $0 == hashes[0] })
    }

    @Test(arguments: Route.allCases)
    func `a round tells the steps of the exact sum and no agreement`(route: Route) throws {
        var network = try network(route)
        try network.run()
        let last = try #require(network.summaries[0].last)
        #expect(last.averagingSteps == (route == .fold ? 4 : 2))
        #expect(last.agreementSteps == 0)
    }

    @Test(arguments: Route.allCases, crashPoints)
    func `a member killed at any directive comes back, and the state is that of an undisturbed run`(
        route: Route, hundredth: Int
    ) throws {
        var undisturbed = try network(route)
        try undisturbed.run()
        var network = try network(route)
        network.killAt = (member: 1, directive: undisturbed.carriedOut[1] * hundredth / 100)
        try network.run()
        #expect(network.kills == 1)
        #expect(try commonHash(of: network) == commonHash(of: undisturbed))
    }
}
