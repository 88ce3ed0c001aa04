import Consensus
import Learning
import LinearAlgebra
import Models
import Sodium
import Testing

/// From the decision to the opened sum, on a ring of five whose mask graph is complete: three shares open a seed.
@Suite struct RevealTests {
    private func network() throws -> MemberNetwork {
        try SmallNetwork.network(participants: 5, rounds: 2)
    }

    private func expectOneState(
        _ network: MemberNetwork, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(network.failures.allSatisfy { $0 == nil }, sourceLocation: sourceLocation)
        #expect(network.faults.isEmpty, sourceLocation: sourceLocation)
        #expect(network.finished.allSatisfy { $0 }, sourceLocation: sourceLocation)
        let hashes = network.members.map { $0?.status.stateHash }
        #expect(hashes.allSatisfy { $0 == hashes[0] }, sourceLocation: sourceLocation)
    }

    @Test func `nothing that opens a seed leaves while votes are missing`() throws {
        var network = try network()
        network.isLost = { message in
            guard case .finished(let vote) = message else { return false }
            // Everybody knows its own vote and that of member 1: two, and three decide.
            return vote.round == 1 && vote.sender != 1
        }
        try network.run()
        #expect(network.revealCount == 0)
        #expect(network.shareCount == 0)
        #expect(!network.finished.contains(true))
        #expect(network.members.allSatisfy { $0?.exchange == 1 })
    }

    @Test func `an undisturbed run needs no share`() throws {
        var network = try network()
        try network.run()
        expectOneState(network)
        #expect(network.revealCount > 0)
        #expect(network.shareCount == 0)
    }

    @Test func `a REVEAL that is lost for good is replaced by shares`() throws {
        var network = try network()
        network.isLost = { message in
            guard case .reveal(let reveal) = message else { return false }
            return reveal.sender == 3
        }
        try network.run()
        expectOneState(network)
        #expect(network.shareCount > 0)
        #expect(network.summaries[0].allSatisfy { $0.attempts == 1 })
    }

    @Test(arguments: [[0], [3], [1, 2], [0, 3]])
    func `members that forget their seeds after the decision are opened by shares`(
        victims: [Int]
    ) throws {
        var network = try network()
        network.killAtFirstReveal = victims
        try network.run()
        #expect(network.kills == victims.count)
        expectOneState(network)
        #expect(network.shareCount > 0)
        #expect(network.summaries[4].allSatisfy { $0.attempts == 1 })
    }

    @Test(arguments: [[0, 1, 2], [1, 2, 4], [0, 1, 2, 3], [0, 1, 2, 3, 4]])
    func `when too many seeds are lost the same roster makes the sums anew`(victims: [Int]) throws {
        var network = try network()
        network.killAtFirstReveal = victims
        try network.run()
        #expect(network.kills == victims.count)
        expectOneState(network)
        #expect(network.summaries.contains { list in list.contains { $0.attempts > 1 } })
    }

    @Test func `a seed that READY does not commit to is named and changes nothing`() throws {
        var network = try network()
        let networkID = try SmallNetwork.learning(participants: 5).aggregation.networkID
        var isForged = false
        network.rewrite = { message in
            guard case .reveal(let reveal) = message, reveal.sender == 2, !isForged else { return message }
            isForged = true
            var wrong = RevealMessage(
                round: reveal.round, attempt: reveal.attempt, sender: 2,
                seed: [UInt8](repeating: 1, count: 32))
            wrong.signature = KeyedAuthenticator(member: 2).sign(wrong.signedBytes(networkID: networkID))
            return .reveal(wrong)
        }
        try network.run()
        #expect(network.finished.allSatisfy { $0 })
        #expect(network.faults.count == 1)
        #expect(network.faults.first?.of == 2)
        #expect(network.faults.first?.2 == .wrongSeed)
    }

    @Test func `a share from a member that holds none is named`() throws {
        var network = try network()
        let networkID = try SmallNetwork.learning(participants: 5).aggregation.networkID
        network.rewrite = { message in
            guard case .reveal(let reveal) = message, reveal.sender == 2 else { return message }
            var share = ShareMessage(
                round: reveal.round, attempt: reveal.attempt, sender: 2, owner: 2, share: [1, 2, 3, 4, 5])
            share.signature = KeyedAuthenticator(member: 2).sign(share.signedBytes(networkID: networkID))
            return .share(share)
        }
        try network.run()
        #expect(network.finished.allSatisfy { $0 })
        #expect(!network.faults.isEmpty)
        for fault in network.faults {
            #expect(fault.of == 2)
            #expect(fault.2 == .aggregation(.notNeighbour))
        }
    }

    @Test(arguments: 0..<60)
    func `members killed one after the other come back and all end in one state`(seed: UInt64) throws {
        var undisturbed = try network()
        try undisturbed.run()
        var generator = SeededGenerator(seed: seed, label: "kills")
        var network = try network()
        network.laterKills = (0..<4).map { _ in
            let member = Int(generator.next() % 5)
            return (member, Int(generator.next() % UInt64(undisturbed.carriedOut[member])))
        }.sorted { $0.1 < $1.1 }
        network.killAt = network.laterKills.removeFirst()
        network.killAtFirstReveal = seed % 2 == 0 ? [] : [Int(seed / 2 % 5), Int(seed / 10 % 5)]
        try network.run()
        expectOneState(network)
    }
}
