import Consensus
import Learning
import LinearAlgebra
import Models
import Testing

@Suite struct LearningInstanceTests {
    /// Members of the ring that is disturbed: enough for sessions of many steps.
    static let memberCount = 5

    /// Hundredths of an undisturbed run, to crash at.
    static let crashPoints = Array(0..<100)

    @Test func `all members end in one state, and it is the one of exact sums`() throws {
        var network = try SmallNetwork.network(participants: 4, starts: 2)
        try network.run()
        #expect(network.finished.allSatisfy { $0 })
        #expect(network.faults.isEmpty)
        let hashes = network.members.map { $0?.status.stateHash }
        #expect(hashes.allSatisfy { $0 == hashes[0] })

        var exact = try (0..<4).map { member in
            try Trainer(
                rows: SmallNetwork.rows(member, columns: 3),
                settings: SmallNetwork.training(participants: 4, columns: 3, starts: 2))
        }
        try learnWithExactSums(&exact)
        let expected = try #require(exact[0].model?.snapshot())
        let found = try #require(network.members[0]?.trainer.model?.snapshot())
        for (left, right) in zip(expected.shared, found.shared) {
            for (a, b) in zip(left.values, right.values) {
                // Masked sums are off by 1e-9 of the range at most, and three rounds of EM amplify little.
                #expect(abs(a - b) <= 1e-5 * (1 + abs(a)), "\(left.name): \(a) against \(b)")
            }
        }
    }

    @Test(arguments: crashPoints, [true, false])
    func `a member killed at any directive comes back and all end in one state`(
        hundredth: Int, selfMasks: Bool
    ) throws {
        var undisturbed = try SmallNetwork.network(
            participants: Self.memberCount, rounds: 2, selfMasks: selfMasks)
        try undisturbed.run()
        var network = try SmallNetwork.network(
            participants: Self.memberCount, rounds: 2, selfMasks: selfMasks)
        network.killAt = (member: 1, directive: undisturbed.carriedOut[1] * hundredth / 100)
        try network.run()
        #expect(network.kills == 1)
        #expect(network.failures.allSatisfy { $0 == nil })
        #expect(network.faults.isEmpty)
        #expect(network.finished.allSatisfy { $0 })
        let hashes = network.members.map { $0?.status.stateHash }
        #expect(hashes.allSatisfy { $0 == hashes[0] })
    }

    @Test func `the exchange number never goes back over a crash`() throws {
        var undisturbed = try SmallNetwork.network(participants: Self.memberCount, rounds: 2)
        try undisturbed.run()
        var network = try SmallNetwork.network(participants: Self.memberCount, rounds: 2)
        network.killAt = (member: 1, directive: undisturbed.carriedOut[1] / 2)
        try network.run()
        #expect(network.kills == 1)
        for list in network.summaries {
            let exchanges = list.map(\.exchange)
            #expect(exchanges == exchanges.sorted())
            #expect(Set(exchanges).count == exchanges.count)
        }
    }

    @Test func `other rows of one member count from the next exchange, and all still agree`() throws {
        var undisturbed = try SmallNetwork.network(participants: 3)
        try undisturbed.run()
        var same = try SmallNetwork.network(participants: 3)
        same.inject(.rowsReplaced(TrainingRows(SmallNetwork.rows(0, columns: 3))), to: 0)
        try same.run()
        var other = try SmallNetwork.network(participants: 3)
        other.inject(.rowsReplaced(TrainingRows(SmallNetwork.rows(7, columns: 3))), to: 0)
        try other.run()
        let hashes = [undisturbed, same, other].map { network in
            network.members.map { $0?.status.stateHash }
        }
        #expect(hashes.allSatisfy { list in list.allSatisfy { $0 == list[0] } })
        #expect(hashes[0] == hashes[1])
        #expect(hashes[0] != hashes[2])
    }

    @Test func `a forged READY is named by its carrier and changes nothing`() throws {
        var network = try SmallNetwork.network(participants: 3)
        let forged = ReadyMessage(
            round: 0, attempt: 9, sender: 2, roster: .all(3), stateHash: [UInt8](repeating: 7, count: 32),
            steps: 1, vote: nil)
        network.inject(.received(.ready(forged), from: 1), to: 0)
        try network.run()
        #expect(network.finished.allSatisfy { $0 })
        #expect(network.faults.count == 1)
        #expect(network.faults.first?.of == 1)
        #expect(network.faults.first?.2 == .forgedSignature(claimed: 2))
    }

    @Test func `a member in another state than a quorum is named, left out, and the other two hold`() throws {
        var network = try SmallNetwork.network(participants: 3)
        var stranger = ReadyMessage(
            round: 0, attempt: 0, sender: 2, roster: .all(3), stateHash: [UInt8](repeating: 7, count: 32),
            steps: 1, vote: nil)
        let networkID = try SmallNetwork.learning(participants: 3).aggregation.networkID
        stranger.signature = KeyedAuthenticator(member: 2).sign(stranger.signedBytes(networkID: networkID))
        network.rewriteTo = { message, _ in
            if case .ready(let ready) = message, ready.sender == 2 { .ready(stranger) } else { message }
        }
        try network.run()
        #expect(network.faults.contains { $0.by == 0 && $0.of == 2 && $0.2 == .otherState })
        #expect(network.members[0]?.phase == .holding || network.members[0]?.phase == .calling)
        #expect(!network.finished[0])
    }

    private func learnWithExactSums(_ trainers: inout [Trainer]) throws {
        while trainers[0].stage != .finished {
            let updates = trainers.map { $0.localUpdate() }
            let layout = updates[0].shared.layout
            let isMaximum = trainers[0].stage.isMaximum
            let sum = (0..<layout.count).map { entry in
                let values = updates.map { $0.shared.values[entry] }
                return isMaximum ? values.max() ?? 0 : values.reduce(0, +)
            }
            for index in trainers.indices {
                try trainers[index].absorb(
                    SharedVector(layout: layout, values: sum), kept: updates[index].kept)
            }
        }
    }
}
