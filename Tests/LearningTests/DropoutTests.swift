import Consensus
import Learning
import LinearAlgebra
import Models
import Testing
import Topology

/// Where in an exchange members die.
enum MomentOfDeath: String, CaseIterable, Sendable {
    case ready, seeds, data, vote, reveal

    func isDue(_ directive: LearningDirective) -> Bool {
        guard case .send(let message, _) = directive else { return false }
        switch (self, message) {
        case (.ready, .ready), (.seeds, .seed), (.data, .data), (.vote, .finished), (.reveal, .reveal):
            return true
        default: return false
        }
    }
}

/// A tenth to a half of the members die at once, and stay away.
@Suite struct DropoutTests {
    /// Half of it, rounded down, leaves a quorum.
    private static let memberCount = 21
    private static let exchange: UInt64 = 3

    private func network() throws -> MemberNetwork {
        try SmallNetwork.network(
            participants: Self.memberCount, rounds: 2,
            topology: GraphRecipe(family: .randomRegular, degree: 4, seed: 1), method: .exact)
    }

    /// Nobody is accused before the grace time; then the roll call and the wait for lost seeds take a deadline each, that of
    /// seeds at most. Each of the three is noticed by the heartbeat after it; messages take no time here.
    private static let patience =
        Duration.seconds(5) + LearningSettings.revealDeadlineDefault * 2 + .seconds(3)

    @Test(arguments: MomentOfDeath.allCases, [10, 20, 30, 40, 50])
    func `survivors go on within two deadlines of the grace time, with the fit over those in the sums`(
        moment: MomentOfDeath, percentage: Int
    ) throws {
        var network = try network()
        var generator = SeededGenerator(seed: UInt64(percentage), label: "victims")
        let count = Self.memberCount * percentage / 100
        let victims = permutation(of: Self.memberCount, using: &generator).prefix(count).sorted()
        network.killWhen = (victims, { $1.exchange == Self.exchange && moment.isDue($0) })
        for victim in victims { network.backAt[victim] = Int.max }
        try network.run()
        #expect(network.kills == count)
        let survivors = (0..<Self.memberCount).filter { !victims.contains($0) }
        #expect(survivors.allSatisfy { network.finished[$0] })
        let hashes = survivors.map { network.members[$0]?.status.stateHash }
        #expect(hashes.allSatisfy { $0 == hashes[0] })
        let lost = try #require(network.completedAt[Self.exchange]) - #require(network.killedAt)
        #expect(lost <= Self.patience, "\(lost)")
        // One loss costs time once: the exchanges after it know their roster.
        let end = try #require(network.completedAt.values.max())
        #expect(end - (try #require(network.killedAt)) <= Self.patience)
        try expectFit(network, survivor: survivors[0])
    }

    /// Whoever is in the roster of exchange e + 1 was in the sum of e: nobody has joined.
    private func expectFit(_ network: MemberNetwork, survivor: Int) throws {
        var trainers = try (0..<Self.memberCount).map { member in
            try Trainer(
                rows: SmallNetwork.rows(member, columns: 3),
                settings: SmallNetwork.training(participants: Self.memberCount, columns: 3, rounds: 2))
        }
        var exchange: UInt64 = 0
        while trainers[survivor].stage != .finished {
            let summed = try #require(network.rosters[exchange + 1])
            let updates = trainers.map { $0.localUpdate() }
            let layout = updates[0].shared.layout
            let isMaximum = trainers[survivor].stage.isMaximum
            let sum = (0..<layout.count).map { entry in
                let values = summed.map { updates[$0].shared.values[entry] }
                return isMaximum ? values.max() ?? 0 : values.reduce(0, +)
            }
            for member in trainers.indices {
                try trainers[member].absorb(
                    SharedVector(layout: layout, values: sum), kept: updates[member].kept)
            }
            exchange += 1
        }
        let expected = try #require(trainers[survivor].model?.snapshot().shared)
        let found = try #require(network.members[survivor]?.trainer.model?.snapshot().shared)
        for (left, right) in zip(expected, found) {
            for (a, b) in zip(left.values, right.values) {
                #expect(abs(a - b) <= 1e-8 * (1 + abs(a)), "\(left.name): \(a) against \(b)")
            }
        }
    }
}
