import Consensus
import LinearAlgebra
import Models
import Testing
import Topology

@testable import Learning

/// Members that are lost at any point, and those that come back: who goes on, with what sums, and who holds.
@Suite struct MembershipTests {
    typealias Moment = MomentOfDeath

    private static let memberCount = 11

    private func network(
        method: AggregationMethod = .exact, shamirThreshold: Int? = nil, masks: Bool = true,
        topology: GraphRecipe = GraphRecipe(family: .randomRegular, degree: 4, seed: 1), rounds: Int = 2
    ) throws -> MemberNetwork {
        try SmallNetwork.network(
            participants: Self.memberCount, rounds: rounds, topology: topology, method: method,
            selfMasks: masks, shamirThreshold: shamirThreshold, masks: masks)
    }

    private func victims(_ count: Int, seed: UInt64) -> [Int] {
        var generator = SeededGenerator(seed: seed, label: "victims")
        return Array(permutation(of: Self.memberCount, using: &generator).prefix(count)).sorted()
    }

    private func expectOneState(
        _ network: MemberNetwork, of members: [Int], sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(network.failures.allSatisfy { $0 == nil }, sourceLocation: sourceLocation)
        #expect(network.faults.isEmpty, "\(network.faults)", sourceLocation: sourceLocation)
        let unfinished = members.filter { !network.finished[$0] }
        #expect(
            unfinished.isEmpty, "\(unfinished) \(unfinished.map { network.members[$0]?.status.phase })",
            sourceLocation: sourceLocation)
        let hashes = members.map { network.members[$0]?.status.stateHash }
        #expect(hashes.allSatisfy { $0 == hashes[0] }, sourceLocation: sourceLocation)
        expectOneHistory(network, sourceLocation: sourceLocation)
    }

    /// No two members ever went on with different sums.
    private func expectOneHistory(
        _ network: MemberNetwork, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        var known: [UInt64: [UInt8]] = [:]
        for summary in network.summaries.flatMap({ $0 }) {
            let hash = known[summary.exchange] ?? summary.stateHash
            #expect(hash == summary.stateHash, "exchange \(summary.exchange)", sourceLocation: sourceLocation)
            known[summary.exchange] = hash
        }
    }

    @Test(arguments: Moment.allCases, [1, 2, 3, 5])
    func `survivors of members that die at any moment finish in one state`(moment: Moment, count: Int) throws
    {
        for exchange in [0, 1, 4] as [UInt64] where moment != .reveal || exchange > 0 {
            // A maximum has neither seeds nor anything to reveal.
            if exchange == 0, moment == .seeds { continue }
            for method in [AggregationMethod.exact, .dynamical] {
                var network = try network(method: method)
                let victims = victims(count, seed: UInt64(count) + exchange)
                network.killWhen = (victims, { $1.exchange == exchange && moment.isDue($0) })
                for victim in victims { network.backAt[victim] = Int.max }
                try network.run()
                #expect(network.kills == count)
                expectOneState(
                    network, of: (0..<Self.memberCount).filter { !victims.contains($0) })
            }
        }
    }

    @Test(arguments: Moment.allCases)
    func `below the quorum the rest holds, says so, and goes on when enough are back`(moment: Moment) throws {
        var network = try network()
        let victims = victims(6, seed: 3)
        network.killWhen = (victims, { $1.exchange == 2 && moment.isDue($0) })
        for (index, victim) in victims.enumerated() { network.backAt[victim] = 90 + 20 * index }
        try network.run()
        #expect(network.kills == victims.count)
        for member in 0..<Self.memberCount where !victims.contains(member) {
            // With the votes of all, nothing but seeds is missing.
            let mayReveal = moment == .reveal || moment == .vote
            #expect(
                network.phasesSeen[member].contains(.holding)
                    || mayReveal && network.phasesSeen[member].contains(.revealing))
        }
        expectOneState(network, of: Array(0..<Self.memberCount))
    }

    @Test(arguments: 0..<24)
    func `members that come back, with their disk or without, are let in again and end in the common state`(
        seed: UInt64
    ) throws {
        var network = try network(
            method: seed % 2 == 0 ? .exact : .dynamical, masks: seed % 5 != 0, rounds: 8)
        let moments = Moment.allCases
        let moment = seed % 5 == 0 ? Moment.data : moments[Int(seed) % moments.count]
        let victims = victims(1 + Int(seed % 3), seed: seed)
        network.killWhen = (victims, { $1.exchange == 1 + seed % 4 && moment.isDue($0) })
        if seed % 3 == 0 { network.losesDisk = Set(victims) }
        for victim in victims { network.backAt[victim] = 12 }
        // Rounds take no time here, so the others must be slowed down to be caught up with.
        try network.run()
        #expect(network.kills == victims.count)
        expectOneState(network, of: Array(0..<Self.memberCount))
    }

    @Test(arguments: [6, 8, 10])
    func `of a partition the majority goes on, the minority holds, and all end in one state after it`(
        majority: Int
    ) throws {
        var network = try network()
        network.partition = (Set(majority..<Self.memberCount), from: 1, to: 60)
        // The clock moves when all else stands still: somebody has to wait for the partition.
        network.killWhen = ([0], { $1.exchange == 2 && Moment.data.isDue($0) })
        network.backAt = [0: 3]
        try network.run()
        #expect(network.kills == 1)
        if majority > 6 {
            for member in majority..<Self.memberCount {
                #expect(network.phasesSeen[member].contains(.holding), "\(network.phasesSeen[member])")
            }
            #expect(network.phasesSeen[1].contains(.finished))
        }
        expectOneState(network, of: Array(0..<Self.memberCount))
    }

    /// Six of eleven are the roster while the others are cut off; then one of the six is lost for good. The five others of the
    /// roster are no quorum, but with those outside they are, even where those were lost so often before that their next
    /// JOIN would wait for rounds that never come.
    @Test(arguments: [AggregationMethod.exact, .dynamical], [0, 3])
    func `a roster that has become too small takes in who waits outside`(
        method: AggregationMethod, losses: Int
    ) throws {
        var network = try network(method: method)
        network.partition = (Set(6..<Self.memberCount), from: 1, to: 200)
        network.whenHealed = { $0?.failedJoinCount = losses }
        // The clock moves when all else stands still: somebody has to wait for the partition.
        network.killWhen = ([0], { $1.exchange == 2 && Moment.data.isDue($0) })
        network.nextKillWhen = ([5], { $1.roster.count == 6 && Moment.data.isDue($0) })
        network.backAt = [0: 3, 5: Int.max]
        try network.run()
        #expect(network.kills == 2)
        #expect(network.rosters[3] == Array(0..<6))
        #expect(network.phasesSeen[1].contains(.holding))
        expectOneState(network, of: (0..<Self.memberCount).filter { $0 != 5 })
        #expect(network.rosters[4] == (0..<Self.memberCount).filter { $0 != 5 })
    }

    @Test(arguments: 0..<12)
    func `with Shamir's shares losses and returns end in one state`(seed: UInt64) throws {
        var network = try network(shamirThreshold: 3)
        let moments = [Moment.ready, .data, .vote]
        let victims = victims(1 + Int(seed % 3), seed: seed)
        network.killWhen = (victims, { $1.exchange == 1 + seed % 4 && moments[Int(seed) % 3].isDue($0) })
        for victim in victims { network.backAt[victim] = seed % 2 == 0 ? Int.max : 15 }
        try network.run()
        let back = (0..<Self.memberCount).filter { seed % 2 == 1 || !victims.contains($0) }
        expectOneState(network, of: back)
    }

    @Test func `explicit edges that do not connect the survivors hold them, and say so`() throws {
        let star = try GraphRecipe(edges: (1..<Self.memberCount).map { (0, $0) })
        var network = try network(topology: star)
        network.killWhen = ([0], { $1.exchange == 2 && Moment.data.isDue($0) })
        network.backAt = [0: Int.max]
        try network.run()
        #expect(network.members.allSatisfy { $0.map { $0.exchange == 2 } ?? true })
        #expect(network.phasesSeen[1].contains(.holding))
    }

    @Test(arguments: 0..<40)
    func `members killed at any directives, some away for long, never part`(seed: UInt64) throws {
        var undisturbed = try network()
        try undisturbed.run()
        var generator = SeededGenerator(seed: seed, label: "kills")
        var network = try network(method: seed % 2 == 0 ? .exact : .dynamical)
        var kills: [(member: Int, directive: Int)] = []
        for _ in 0..<5 {
            let member = Int(generator.next() % UInt64(Self.memberCount))
            kills.append((member, Int(generator.next() % UInt64(undisturbed.carriedOut[member]))))
            if generator.next() % 2 == 0 { network.backAt[member] = Int(generator.next() % 60) }
        }
        kills.sort { $0.directive < $1.directive }
        network.killAt = kills.removeFirst()
        network.laterKills = kills
        network.killAtFirstReveal = seed % 3 == 0 ? [Int(seed) % 11, Int(seed) * 3 % 11] : []
        try network.run()
        expectOneState(network, of: Array(0..<Self.memberCount))
    }
}
