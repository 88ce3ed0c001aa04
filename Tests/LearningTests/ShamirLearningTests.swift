import Consensus
import Learning
import LinearAlgebra
import Models
import Sodium
import Testing
import Topology

/// Learning with Shamir's shares of the values: five members, any three shares of the sum open it.
@Suite struct ShamirLearningTests {
    static let memberCount = 5

    /// Hundredths of an undisturbed run, to crash at.
    static let crashPoints = Array(0..<100)

    private func network(seed: UInt64 = 5) throws -> MemberNetwork {
        try SmallNetwork.network(
            participants: Self.memberCount, rounds: 2, seed: seed, method: .exact, shamirThreshold: 2)
    }

    private func commonHash(
        _ network: MemberNetwork, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> [UInt8] {
        #expect(network.failures.allSatisfy { $0 == nil }, sourceLocation: sourceLocation)
        #expect(network.faults.isEmpty, sourceLocation: sourceLocation)
        #expect(network.finished.allSatisfy { $0 }, sourceLocation: sourceLocation)
        let hashes = network.members.map { $0?.status.stateHash }
        #expect(hashes.allSatisfy { $0 == hashes[0] }, sourceLocation: sourceLocation)
        return try #require(hashes[0], sourceLocation: sourceLocation)
    }

    @Test func `polynomials leave no trace in the state, and four openers are enough`() throws {
        var hashes: [[UInt8]] = []
        for seed in [5, 6, 7] as [UInt64] {
            var network = try network(seed: seed)
            var senders: Set<UInt16> = []
            network.rewrite = { message in
                if case .sumShare(let share) = message, share.round == 1 { senders.insert(share.sender) }
                return message
            }
            try network.run()
            hashes.append(try commonHash(network))
            #expect(senders == [1, 2, 3, 4])
            let last = try #require(network.summaries[0].last)
            #expect(last.averagingSteps == 2 && last.agreementSteps == 0)
        }
        #expect(hashes.allSatisfy { $0 == hashes[0] })
    }

    @Test func `nothing that opens the sum leaves while votes are missing`() throws {
        var network = try network()
        network.isLost = { message in
            guard case .finished(let vote) = message else { return false }
            // Everybody knows its own vote and that of member 1: two, and three decide.
            return vote.round == 1 && vote.sender != 1
        }
        try network.run()
        #expect(network.sumShareCount == 0)
        #expect(!network.finished.contains(true))
        #expect(network.members.allSatisfy { $0?.exchange == 1 })
    }

    @Test(arguments: crashPoints)
    func `a member killed at any directive comes back, and the state is that of an undisturbed run`(
        hundredth: Int
    ) throws {
        var undisturbed = try network()
        try undisturbed.run()
        var network = try network()
        network.killAt = (member: 1, directive: undisturbed.carriedOut[1] * hundredth / 100)
        try network.run()
        #expect(network.kills == 1)
        #expect(try commonHash(network) == commonHash(undisturbed))
    }

    @Test(arguments: [[1], [4], [1, 2], [3, 0], [0, 1, 2], [1, 2, 3, 4], [0, 1, 2, 3, 4]])
    func `members that die as the shares leave cost no attempt`(victims: [Int]) throws {
        var network = try network()
        network.killAtFirstReveal = victims
        try network.run()
        #expect(network.kills == victims.count)
        _ = try commonHash(network)
        // Their shares are on disk with their votes, so even all of them may go.
        #expect(network.summaries.allSatisfy { list in list.allSatisfy { $0.attempts == 1 } })
    }

    /// One or two of five never tell their shares: the others are just enough. Two are neighbours on the ring, so that
    /// the others' floods need no help of theirs (they open with their own shares and are gone).
    @Test(arguments: [[0], [2], [1, 2], [0, 4]])
    func `with threshold + 1 shares the sum opens one deadline later, in the same attempt`(
        silent: [UInt16]
    ) throws {
        var undisturbed = try network()
        try undisturbed.run()
        var network = try network()
        network.isLost = { message in
            if case .sumShare(let share) = message { silent.contains(share.sender) } else { false }
        }
        try network.run()
        #expect(try commonHash(network) == commonHash(undisturbed))
        #expect(network.summaries[0].allSatisfy { $0.attempts == 1 })
    }

    @Test func `without threshold + 1 shares nothing opens`() throws {
        var network = try network()
        network.isLost = { message in
            guard case .sumShare(let share) = message else { return false }
            // Everybody else holds two, its own among them.
            return share.round == 1 && share.sender > 0
        }
        try network.run()
        #expect(network.members.allSatisfy { $0?.exchange == 1 && $0?.openedSum == nil })
    }

    @Test func `a share that its sender has not committed itself to is named and changes nothing`() throws {
        var undisturbed = try network()
        try undisturbed.run()
        var network = try network()
        let networkID = try SmallNetwork.learning(participants: 5).aggregation.networkID
        var isForged = false
        network.rewrite = { message in
            guard case .sumShare(let share) = message, share.sender == 2, !isForged else { return message }
            isForged = true
            var residues = share.share.residues
            residues[0] ^= 1
            var wrong = SumShareMessage(
                round: share.round, attempt: share.attempt, sender: 2,
                share: SumShare(salt: share.share.salt, residues: residues))
            wrong.signature = KeyedAuthenticator(member: 2).sign(wrong.signedBytes(networkID: networkID))
            return .sumShare(wrong)
        }
        try network.run()
        #expect(network.finished.allSatisfy { $0 })
        #expect(network.faults.map(\.of) == [2])
        #expect(network.faults.first?.2 == .wrongShare)
        #expect(network.members[0]?.status.stateHash == undisturbed.members[0]?.status.stateHash)
    }

    /// A member whose memory flips a bit of what it was dealt: its share is as committed to and wrong all the same.
    @Test func `a wrong share stops the network after two attempts and is named by all`() throws {
        var network = try network()
        network.rewriteTo = { message, receiver in
            guard receiver == 3, case .data(let data) = message, data.round == 1,
                case .shares(var residues) = data.payload
            else { return message }
            residues[0] = PrimeField.sum(residues[0], 1)
            return .data(
                DataMessage(
                    round: data.round, attempt: data.attempt, chunk: data.chunk, step: data.step,
                    payload: .shares(residues)))
        }
        try network.run()
        #expect(network.failures.allSatisfy { $0 == .aggregation(.sharesDisagree(count: 5, wrong: 3)) })
        #expect(network.members.allSatisfy { $0?.openedSum == nil })
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
        // One that had to fetch the state of the others has older weights of its own, so it need not be the undisturbed one.
        _ = try commonHash(network)
    }
}
