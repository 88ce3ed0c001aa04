import Consensus
import Learning
import LinearAlgebra
import Models
import Privacy
import Testing

/// Learning with a budget: what is counted, when, and what stops.
@Suite struct PrivateLearningTests {
    static let memberCount = 4

    /// Every exchange of a run: moments, two sizes (the second in rounds), calibration.
    static let exchanges = 1 + 1 + PrivateNetwork.rounds + 1

    @Test func `all members end in one state and have spent what was promised`() throws {
        let plan = try #require(PrivateNetwork.plan)
        var network = try PrivateNetwork.network(participants: Self.memberCount, plan: plan)
        try network.run()
        #expect(network.failures.allSatisfy { $0 == nil })
        #expect(network.finished.allSatisfy { $0 })
        let hashes = network.members.map { $0?.status.stateHash }
        #expect(hashes.allSatisfy { $0 == hashes[0] })
        for member in network.members {
            let member = try #require(member)
            #expect(member.ledger.releases.map(\.exchange) == (0..<UInt64(Self.exchanges)).map { $0 })
            let budget = try #require(member.status.budget)
            #expect(budget.spent <= budget.epsilon)
            // The multiplier is a multiple of 2⁻¹⁰.
            #expect(budget.spent > 0.99 * budget.epsilon)
            #expect(member.trainer.budget == budget)
            #expect(member.status.objective == nil)
            // What it learnt alone may have more patterns than the network's model, and is read back all the same.
            var again = member.trainer
            try again.restore(agreed: member.trainer.agreedBytes(), kept: member.trainer.keptBytes())
            #expect(again.keptBytes() == member.trainer.keptBytes())
        }
    }

    /// Members draw their noise from the generator that is lent, so other streams give another model.
    @Test func `the model depends on the noise`() throws {
        let plan = try #require(PrivateNetwork.plan)
        let hashes = try [5, 5, 6].map { seed -> [UInt8]? in
            var network = try PrivateNetwork.network(
                participants: Self.memberCount, plan: plan, seed: UInt64(seed))
            try network.run()
            return network.members[0]?.status.stateHash
        }
        #expect(hashes[0] == hashes[1])
        #expect(hashes[0] != hashes[2])
    }

    /// A member is killed before each of its directives in turn; two of the points are struck again on the way back.
    @Test func `the ledger on disk holds every vector that left, whatever directive a crash comes before`()
        throws
    {
        let plan = try #require(PrivateNetwork.plan)
        var undisturbed = try PrivateNetwork.network(participants: 3, plan: plan)
        try undisturbed.run()
        for directive in 0..<undisturbed.carriedOut[1] {
            var network = try PrivateNetwork.network(participants: 3, plan: plan)
            network.killAt = (member: 1, directive: directive)
            network.laterKills = [
                (member: 1, directive: directive + 3), (member: 1, directive: directive + 9),
            ]
            let seen = Seen()
            network.rewriteTo = { message, receiver in
                // Whatever the member floods or sends of its exchange comes after its vector of it.
                if case .ready(let ready) = message, ready.sender == 1 { seen.exchanges.insert(ready.round) }
                _ = receiver
                return message
            }
            try network.run()
            #expect(network.failures.allSatisfy { $0 == nil }, "directive \(directive)")
            #expect(network.finished.allSatisfy { $0 }, "directive \(directive)")
            let member = try #require(network.members[1])
            let counted = PrivacyLedger(network.records[1]?.releases ?? [])
            // On disk and in memory alike, one line an exchange: nothing forgotten, nothing twice.
            #expect(counted == member.ledger, "directive \(directive)")
            #expect(counted.releases.count == Self.exchanges, "directive \(directive)")
            let exchanges = Set(counted.releases.map(\.exchange))
            #expect(seen.exchanges.subtracting([UInt64(Self.exchanges)]).isSubset(of: exchanges))
        }
    }

    /// Where a closure notes what it sees.
    private final class Seen {
        var exchanges: Set<UInt64> = []
    }

    /// Every vector that a session or READY is for is that of the ledger, over all restarts.
    @Test func `a restart sends the vector again that it had counted`() throws {
        let plan = try #require(PrivateNetwork.plan)
        var undisturbed = try PrivateNetwork.network(participants: 3, plan: plan)
        try undisturbed.run()
        for part in 1..<20 {
            var network = try PrivateNetwork.network(participants: 3, plan: plan)
            network.killAt = (member: 1, directive: undisturbed.carriedOut[1] * part / 20)
            try network.run()
            #expect(network.kills == 1)
            let expected = undisturbed.members[0]?.ledger
            // The others were not killed: their streams, hence their vectors of the first exchange, are the same.
            #expect(network.members[0]?.ledger.releases.first == expected?.releases.first)
        }
    }

    @Test func `fresh noise for an exchange that had some stops the member that forgot it`() throws {
        let plan = try #require(PrivateNetwork.plan)
        // The state folder of member 1 was lost, the ledger beside it was not.
        let before = PrivacyLedger(
            (0..<Self.exchanges).map { exchange in
                PrivacyRelease(
                    exchange: UInt64(exchange),
                    kind: exchange == 0 ? .moments : exchange == 4 ? .calibration : .round,
                    digest: [UInt8](repeating: 9, count: 32))
            })
        var network = try PrivateNetwork.network(
            participants: 3, plan: plan, ledgers: [PrivacyLedger(), before, PrivacyLedger()])
        try network.run()
        guard case .budgetSpent(let budget) = network.failures[1] else {
            Issue.record("\(String(describing: network.failures[1]))")
            return
        }
        #expect(budget.epsilon == PrivateNetwork.target.epsilon)
        #expect(network.members[1]?.ownInputs == nil)
        #expect(network.records[1] == nil)
        #expect(!network.finished[0] && !network.finished[2])
    }

    /// A vector on the disk without its line, as an older version might have left it.
    @Test func `a vector in the journal is counted even where its line is missing`() throws {
        let plan = try #require(PrivateNetwork.plan)
        var network = try PrivateNetwork.network(participants: 3, plan: plan)
        network.isLost = { message in if case .ready(let ready) = message { ready.sender == 2 } else { false }
        }
        for member in 0..<3 { network.inject(.started, to: member) }
        try network.drain()
        let record = try #require(network.records[0])
        let bare = LearningRecord(
            round: record.round, checkpoint: record.checkpoint, journal: record.journal)
        let instance = try LearningInstance(
            settings: SmallNetwork.learning(participants: 3), member: 0,
            trainer: Trainer(
                rows: SmallNetwork.rows(0, columns: PrivateNetwork.columns),
                settings: PrivateNetwork.training(participants: 3, plan: plan)),
            authenticator: KeyedAuthenticator(member: 0), recovered: bare)
        #expect(instance.ledger.releases == record.releases)
        #expect(instance.ledger.releases.count == 1)
    }
}
