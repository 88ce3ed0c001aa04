import LinearAlgebra
import Testing
import Topology

@testable import Consensus

@Suite struct ExactSumTests {
    /// Explicit edges to flood along.
    struct Sample: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let size: Int
        let edges: [(Int, Int)]

        init(_ name: String, size: Int, _ edges: [(Int, Int)]) {
            testDescription = name
            self.size = size
            self.edges = edges
        }

        static func ring(_ size: Int) -> [(Int, Int)] { (0..<size).map { ($0, ($0 + 1) % size) } }

        /// Three rows of four, with several shortest ways between corners.
        static var grid: [(Int, Int)] {
            var edges: [(Int, Int)] = []
            for at in 0..<12 {
                if at % 4 < 3 { edges.append((at, at + 1)) }
                if at < 8 { edges.append((at, at + 4)) }
            }
            return edges
        }
    }

    static let samples = [
        Sample("pair", size: 2, [(0, 1)]), Sample("ring", size: 9, Sample.ring(9)),
        Sample("even ring", size: 8, Sample.ring(8)),
        Sample("tree", size: 10, (1..<10).map { ($0, ($0 - 1) / 2) }),
        Sample("star", size: 7, (0..<6).map { (6, $0) }),
        Sample("path", size: 6, (1..<6).map { ($0 - 1, $0) }), Sample("grid", size: 12, Sample.grid),
    ]

    /// Runs one aggregation and checks everything that must hold of every exact one.
    @discardableResult
    private func check(
        _ plan: AggregationPlan, seed: UInt64 = 1, order: TestNetwork.Order = .firstInFirstOut
    ) throws -> TestNetwork {
        let size = plan.roster.count
        let vectors = sampleVectors(members: size, count: plan.vectorCount)
        let network = TestNetwork.run(plan: plan, vectors: vectors, seed: seed, order: order)
        #expect(network.misbehaviours.isEmpty)
        #expect(network.failures.allSatisfy { $0 == nil })
        let first = try #require(network.outcomes[0])
        for outcome in network.outcomes { #expect(outcome == first) }
        #expect(first.memberCount == size)
        #expect(first.steps == plan.steps)
        #expect(first.agreementSteps == 0)
        let encoding = FixedPoint(summands: size)
        let scale = Double(1 << encoding.fractionBits)
        for entry in 0..<plan.vectorCount {
            // The sum of the encoded entries, to the bit.
            let words = vectors.reduce(0 as UInt64) { $0 &+ encoding.word($1[entry]) }
            #expect(first.sum[entry] == encoding.value(words))
            // What encoding took away, in units of 2^−f: S/2 at most. The differences are exact.
            let lost = vectors.map { $0[entry] * scale - Double(Int64(bitPattern: encoding.word($0[entry]))) }
            #expect(lost.reduce(0, +).magnitude <= Double(size) / 2)
        }
        return network
    }

    @Test(arguments: Array(2...33) + [64, 65, 101])
    func `any number of members reaches the exact sum with the same bits everywhere`(size: Int) throws {
        let plan = try samplePlan(members: size, count: 5, method: .exact)
        #expect(plan.steps == FoldSchedule(size: size).stepCount)
        #expect(plan.stepCount == plan.steps)
        try check(plan)
    }

    @Test(arguments: [2, 3, 5, 8, 13], [true, false])
    func `chunks, masks and relabelling change no bit of the sum`(size: Int, relabel: Bool) throws {
        let vectors = sampleVectors(members: size, count: 7)
        var sums: [[Double]] = []
        for chunks in [1, 2, 4] {
            for masks in [true, false] {
                let plan = try samplePlan(
                    members: size, count: 7,
                    protection: ProtectionSettings(chunks: chunks, relabel: relabel, masks: masks),
                    method: .exact)
                sums.append(try #require(check(plan, seed: UInt64(chunks)).outcomes[0]).sum)
                #expect(plan.sessionNeighbours(of: 0).count <= chunks * (plan.steps + 1))
            }
        }
        #expect(sums.allSatisfy { $0 == sums[0] })
        #expect(vectors.count == size)
    }

    @Test(arguments: [3, 6, 11, 16, 21], [1, 2, 3] as [UInt64])
    func `messages may come in any order`(size: Int, seed: UInt64) throws {
        for masks in [true, false] {
            let plan = try samplePlan(
                members: size, count: 3, protection: ProtectionSettings(chunks: 2, masks: masks),
                method: .exact)
            try check(plan, order: .shuffled(seed: seed))
        }
    }

    @Test(arguments: samples)
    func `words are flooded along explicit edges, each once to each member`(sample: Sample) throws {
        let size = sample.size
        let plan = try samplePlan(
            members: size, count: 3, topology: GraphRecipe(edges: sample.edges),
            protection: ProtectionSettings(chunks: 1), method: .exact)
        #expect(plan.steps == plan.controlGraph.diameter)
        for order in [TestNetwork.Order.firstInFirstOut, .shuffled(seed: 3)] {
            let network = try check(plan, order: order)
            let data = network.sent.filter { if case .data = $0.message { true } else { false } }
            #expect(data.count == size * (size - 1))
            for envelope in data {
                #expect(plan.sessionNeighbours(of: envelope.from).contains(envelope.to))
            }
        }
    }

    @Test(arguments: [2, 7, 8, 31])
    func `a member sends one message to each partner of each step`(size: Int) throws {
        let plan = try samplePlan(
            members: size, count: 2, protection: ProtectionSettings(chunks: 2, masks: false), method: .exact)
        let network = try check(plan)
        let schedule = FoldSchedule(size: size)
        var expected = 0
        for rank in 0..<size { expected += schedule.exchanges(of: rank).filter(\.sends).count }
        #expect(network.sent.count == 2 * expected)
        for envelope in network.sent {
            #expect(plan.sessionNeighbours(of: envelope.from).contains(envelope.to))
        }
    }

    @Test func `what the network sees is uniform and another attempt shows other words`() throws {
        let plan = try samplePlan(members: 5, count: 400, method: .exact)
        let vectors = [[Double]](repeating: [Double](repeating: 0, count: 400), count: 5)
        func words(seed: UInt64) -> [UInt64] {
            TestNetwork.run(plan: plan, vectors: vectors, seed: seed).sent.flatMap { envelope -> [UInt64] in
                guard case .data(let message) = envelope.message, message.step == 0,
                    case .words(let words) = message.payload
                else { return [] }
                return words
            }
        }
        let seen = words(seed: 1)
        let ones = seen.reduce(0) { $0 + $1.nonzeroBitCount }
        // Five standard deviations of a fair coin.
        let bits = Double(64 * seen.count)
        #expect((Double(ones) - bits / 2).magnitude < 2.5 * bits.squareRoot())
        #expect(zip(seen, words(seed: 2)).allSatisfy { $0 != $1 })
    }

    @Test func `edge masks cancel to the bit and depend on pair and chunk`() {
        let seed = EdgeMask.pairSeed(
            lowHalf: [UInt8](repeating: 1, count: 32), highHalf: [UInt8](repeating: 2, count: 32))
        var words: [UInt64] = [1, 2, 3]
        EdgeMask.apply(to: &words, pairSeed: seed, chunk: 0, isAdded: true)
        let masked = words
        #expect(masked != [1, 2, 3])
        EdgeMask.apply(to: &words, pairSeed: seed, chunk: 1, isAdded: false)
        #expect(words != [1, 2, 3])
        words = masked
        EdgeMask.apply(to: &words, pairSeed: seed, chunk: 0, isAdded: false)
        #expect(words == [1, 2, 3])
    }

    @Test func `ranks differ by chunk and attempt, so that the load moves`() throws {
        let protection = ProtectionSettings(chunks: 2)
        let plan = try samplePlan(members: 31, count: 1, protection: protection, method: .exact)
        let later = try samplePlan(
            members: 31, count: 1, protection: protection, attempt: 1, method: .exact)
        #expect(plan.chunkRanks[0] != plan.chunkRanks[1])
        #expect(plan.chunkRanks[0] != later.chunkRanks[0])
        #expect(plan.chunkRanks[0].sorted() == Array(0..<31))
        let fixed = try samplePlan(
            members: 31, count: 1, protection: ProtectionSettings(relabel: false), method: .exact)
        #expect(fixed.chunkRanks[0] == Array(0..<31))
    }

    @Test func `a maximum is flooded as ever`() throws {
        let plan = try samplePlan(
            members: 9, count: 2, topology: GraphRecipe(family: .ring), operation: .maximum, method: .exact)
        #expect(plan.agreementSteps == 4)
        #expect(plan.steps == 0)
        let vectors = sampleVectors(members: 9, count: 2)
        let network = TestNetwork.run(plan: plan, vectors: vectors)
        let expected = (0..<2).map { entry in vectors.map { $0[entry] }.reduce(-.infinity, max) }
        for outcome in network.outcomes { #expect(outcome?.sum == expected) }
    }

    @Test func `one member alone is done at once`() throws {
        try check(samplePlan(members: 1, count: 3, method: .exact))
    }

    @Test func `a sum that does not count the roster is refused`() throws {
        let plan = try samplePlan(
            members: 4, count: 2, protection: ProtectionSettings(chunks: 1, masks: false), method: .exact)
        let one = FixedPoint(summands: 4).word(1)
        #expect(throws: AggregationFailure.memberCount(opened: 3, roster: 4)) {
            try plan.opened(.words([0, 0, 3 &* one]), selfSeeds: [])
        }
        #expect(throws: AggregationFailure.entryOutOfRange(index: 1, value: 5, bound: 4)) {
            try plan.opened(.words([0, 5 &* one, 4 &* one]), selfSeeds: [])
        }
        #expect(try plan.opened(.words([one, 4 &* one, 4 &* one]), selfSeeds: []).sum == [1, 4])
    }
}
