import Consensus
import Sodium
import Testing

@testable import Learning

/// Who goes on after an attempt was given up (protocol.md §3.3).
@Suite struct RollCallTests {
    private static let count = 6

    private func keys() throws -> [PublicIdentity] {
        try SmallNetwork.learning(participants: Self.count).roster
    }

    /// The rest after these members have answered with these accusations.
    private func rest(_ answers: [Int: [Int]], keys: [PublicIdentity]) -> [Int] {
        var call = RollCall(attempt: 1, participantCount: Self.count, ends: .zero)
        for member in 0..<Self.count {
            guard let accused = answers[member] else { continue }
            let set = MemberSet(accused, participantCount: Self.count)
            call.put(
                .abort(AbortMessage(round: 0, attempt: 1, sender: UInt16(member), accused: set)), of: member)
        }
        return call.rest(of: .all(Self.count), keys: keys).members
    }

    @Test func `the silent leave, accused or not`() throws {
        #expect(rest([0: [], 1: [], 2: [5], 3: []], keys: try keys()) == [0, 1, 2, 3])
    }

    @Test func `a broken link costs the one of its ends with the larger key`() throws {
        let keys = try keys()
        let all = [0: [], 1: [4], 2: [], 3: [], 4: [1], 5: []]
        let larger = keys[1] < keys[4] ? 4 : 1
        #expect(rest(all, keys: keys) == (0..<Self.count).filter { $0 != larger })
    }

    @Test func `a member that accuses many removes itself`() throws {
        #expect(
            rest([0: [1, 2, 3, 4, 5], 1: [], 2: [], 3: [], 4: [], 5: []], keys: try keys()) == [
                1, 2, 3, 4, 5,
            ])
    }

    @Test func `a member that accuses itself leaves, and takes its accusations along`() throws {
        #expect(rest([0: [0, 3], 1: [], 2: [], 3: [], 4: [], 5: []], keys: try keys()) == [1, 2, 3, 4, 5])
    }

    @Test func `everybody proposes in the same order, which differs between attempts`() throws {
        let keys = try keys()
        let network = [UInt8](repeating: 1, count: 32)
        let orders = (0..<8).map {
            RollCall.order(
                of: .all(Self.count), keys: keys, networkID: network, round: 3, attempt: UInt32($0))
        }
        #expect(orders.allSatisfy { $0.sorted() == Array(0..<Self.count) })
        #expect(Set(orders.map { $0[0] }).count > 1)
        // Who is gone leaves the order of the others as it is.
        let fewer = RollCall.order(
            of: MemberSet([0, 2, 3, 5], participantCount: Self.count), keys: keys, networkID: network,
            round: 3, attempt: 0)
        #expect(fewer == orders[0].filter { ![1, 4].contains($0) })
    }
}
