import LinearAlgebra
import Sodium
import Testing
import Topology

@testable import Consensus

@Suite struct SelfMaskTests {
    private static let seed = (0..<32).map { UInt8($0) }

    private func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    @Test func `commitment and chunk keys are those of Python's BLAKE2b`() {
        // hashlib.blake2b(b"collabdict/self-seed-commitment/v1" + bytes(range(32)), digest_size=32), and with
        // key=bytes(range(32)) of b"collabdict/self-mask/v1" + bytes([1, 0]).
        #expect(
            hex(SelfMask.commitment(to: Self.seed))
                == "bfd3061beed92e082abf36f15a4c48e28d7d94dc20ca726723625026efdf8f77")
        #expect(
            hex(SelfMask.chunkKey(seed: Self.seed, chunk: 1))
                == "72a1098c0dbc2b5f7b550fd73388878050b1d92c60ae132ec73fd342d3c273aa")
    }

    @Test func `a masked sum is noise until the seeds of all take it off`() throws {
        let plan = try samplePlan(members: 7, count: 40)
        let vectors = sampleVectors(members: 7, count: 40)
        let network = TestNetwork.run(plan: plan, vectors: vectors)
        let masked = try #require(network.maskedSums[0])
        #expect(network.maskedSums.allSatisfy { $0 == masked })
        // Seven members, two chunks: a standard deviation of σ·√14 per entry; its mean square is within five
        // standard errors √(2/n).
        let meanSquare = try Self.values(masked).dropLast().reduce(0) { $0 + $1 * $1 } / 40
        let expected = 14 * RosterGeometry.maskDeviation * RosterGeometry.maskDeviation
        #expect((meanSquare / expected - 1).magnitude < 5 * (2.0 / 40).squareRoot())
        let sum = try #require(network.outcomes[0]).sum
        #expect(largestDifference(sum, exactSum(vectors)) < 7e-9)
    }

    @Test(arguments: [2, 3, 7, 8])
    func `self masks over words come off to the bit, and hide everything until then`(size: Int) throws {
        let plan = try samplePlan(members: size, count: 5, method: .exact)
        #expect(plan.hasSelfMasks)
        let vectors = sampleVectors(members: size, count: 5)
        let network = TestNetwork.run(plan: plan, vectors: vectors)
        let bare = TestNetwork.run(
            plan: try samplePlan(
                members: size, count: 5, protection: ProtectionSettings(selfMasks: false), method: .exact),
            vectors: vectors)
        let sum = try #require(network.outcomes[0]).sum
        #expect(sum == bare.outcomes[0]?.sum)
        let masked = try #require(network.maskedSums[0])
        #expect(network.maskedSums.allSatisfy { $0 == masked })
        #expect(masked != bare.maskedSums[0])
        var seeds = network.selfSeeds
        seeds[0][31] ^= 1
        #expect(throws: AggregationFailure.self) { try plan.opened(masked, selfSeeds: seeds) }
    }

    @Test func `a wrong seed fails the check instead of opening a wrong sum`() throws {
        let plan = try samplePlan(members: 4, count: 3)
        let network = TestNetwork.run(plan: plan, vectors: sampleVectors(members: 4, count: 3))
        var seeds = network.selfSeeds
        seeds[2][0] ^= 1
        let masked = try #require(network.maskedSums[0])
        #expect(throws: AggregationFailure.self) { try plan.opened(masked, selfSeeds: seeds) }
    }

    @Test func `the shares that neighbours hold open every seed`() throws {
        let plan = try samplePlan(members: 9, count: 2, protection: ProtectionSettings(maskDegree: 6))
        let network = TestNetwork.run(plan: plan, vectors: sampleVectors(members: 9, count: 2))
        for owner in 0..<9 {
            let held = try plan.maskNeighbours(of: owner).map { holder in
                let share = network.instances[holder].heldShares.first { $0.owner == owner }
                return (place: holder, values: try #require(share).share)
            }
            let threshold = plan.geometry.shareThreshold(of: owner)
            #expect(threshold == 3)
            #expect(ShamirShares.open(Array(held.suffix(threshold))) == network.selfSeeds[owner])
            #expect(ShamirShares.open(Array(held.prefix(threshold - 1))) != network.selfSeeds[owner])
            #expect(!network.instances[owner].heldShares.contains { $0.owner == owner })
        }
    }

    @Test(arguments: [true, false])
    func `31 members on the chords stay within the tolerance and within half the wire bound`(
        selfMasks: Bool
    ) throws {
        let plan = try samplePlan(
            members: 31, count: 200, topology: GraphRecipe(family: .cycleInverseChords),
            protection: ProtectionSettings(chunks: 2, selfMasks: selfMasks))
        #expect(plan.steps <= 90)
        let vectors = sampleVectors(members: 31, count: 200)
        let network = TestNetwork.run(plan: plan, vectors: vectors)
        let sum = try #require(network.outcomes[0]).sum
        #expect(largestDifference(sum, exactSum(vectors)) / 31 <= 1e-9)
        var largest = 0.0
        for envelope in network.sent {
            guard case .data(let message) = envelope.message else { continue }
            guard case .values(let values) = message.payload else { continue }
            for value in values { largest = max(largest, value.magnitude) }
        }
        #expect(largest < plan.valueBound / 2)
    }

    /// With real vectors: the masked sum of seven that was given up, against the opened sum of six.
    @Test(arguments: [true, false])
    func `the difference to a smaller roster tells of the lost member only without self masks`(
        selfMasks: Bool
    ) throws {
        let protection = ProtectionSettings(chunks: 2, selfMasks: selfMasks)
        let vectors = sampleVectors(members: 7, count: 20)
        let first = TestNetwork.run(
            plan: try samplePlan(members: 7, count: 20, protection: protection), vectors: vectors, seed: 1)
        let second = TestNetwork.run(
            plan: try samplePlan(members: 6, count: 20, protection: protection, attempt: 1),
            vectors: Array(vectors.dropLast()), seed: 2)
        let masked = try #require(first.maskedSums[0])
        let opened = try #require(second.outcomes[0]).sum
        let difference = zip(try Self.values(masked), opened).map { $0 - $1 }
        let error = largestDifference(difference, vectors[6])
        #expect(selfMasks ? error > RosterGeometry.maskDeviation : error < 2e-8)
    }

    private static func values(_ sum: MaskedSum) throws -> [Double] {
        guard case .values(let values) = sum else { throw WrongKind() }
        return values
    }

    private struct WrongKind: Error {}
}
