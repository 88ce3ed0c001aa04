import LinearAlgebra
import Testing
import Topology

@testable import Consensus

@Suite struct ShamirSumTests {
    /// A roster and a threshold.
    struct Sample: Sendable, CustomTestStringConvertible {
        let size: Int
        let threshold: Int
        var testDescription: String { "\(size) members, threshold \(threshold)" }
    }

    static let samples = [
        Sample(size: 3, threshold: 1), Sample(size: 4, threshold: 2), Sample(size: 5, threshold: 2),
        Sample(size: 7, threshold: 3), Sample(size: 8, threshold: 6), Sample(size: 16, threshold: 1),
        Sample(size: 31, threshold: 20), Sample(size: 101, threshold: 66),
    ]

    private func plan(_ sample: Sample, count: Int = 5, attempt: UInt32 = 0) throws -> AggregationPlan {
        try samplePlan(
            members: sample.size, count: count,
            protection: ProtectionSettings(shamirThreshold: sample.threshold), attempt: attempt,
            method: .exact)
    }

    /// Every member's share of the sum.
    private func shares(_ network: TestNetwork) throws -> [(member: Int, residues: [UInt64])] {
        try network.maskedSums.enumerated().map { member, closed in
            guard case .share(let share)? = closed else { throw Unfinished() }
            return (member: member, residues: share.residues)
        }
    }

    private struct Unfinished: Error {}

    @Test(arguments: samples, [TestNetwork.Order.firstInFirstOut, .shuffled(seed: 5)])
    func `any shares beyond the threshold open the exact sum, the same bits each time`(
        sample: Sample, order: TestNetwork.Order
    ) throws {
        let plan = try plan(sample)
        let vectors = sampleVectors(members: sample.size, count: 5)
        let network = TestNetwork.run(plan: plan, vectors: vectors, order: order)
        #expect(network.misbehaviours.isEmpty)
        #expect(Set(network.closed.map { $0?.digest }).count == 1)
        #expect(network.closed[0]?.steps == 2 && network.closed[0]?.agreementSteps == 0)
        let all = try shares(network)
        let opened = try plan.opened(all)
        #expect(opened.memberCount == sample.size)
        let encoding = FixedPoint(summands: sample.size, in: .residues)
        let scale = Double(1 << encoding.fractionBits)
        for entry in 0..<5 {
            let words = vectors.reduce(0 as UInt64) { $0 &+ encoding.word($1[entry]) }
            #expect(opened.sum[entry] == encoding.value(words))
            // What encoding took away, in units of 2^−f: S/2 at most. The differences are exact.
            let lost = vectors.map { $0[entry] * scale - Double(Int64(bitPattern: encoding.word($0[entry]))) }
            #expect(lost.reduce(0, +).magnitude <= Double(sample.size) / 2)
        }
        var generator = SeededGenerator(seed: 3, label: "subsets")
        for _ in 0..<8 {
            let chosen = permutation(of: sample.size, using: &generator).prefix(sample.threshold + 1)
            #expect(try plan.opened(chosen.map { all[$0] }) == opened)
        }
    }

    @Test(arguments: samples)
    func `every member sends every other one a share and a commitment`(sample: Sample) throws {
        let plan = try plan(sample)
        let network = TestNetwork.run(
            plan: plan, vectors: sampleVectors(members: sample.size, count: 5))
        #expect(network.sent.count == 2 * sample.size * (sample.size - 1))
        #expect(plan.sessionNeighbours(of: 1) == (0..<sample.size).filter { $0 != 1 })
        #expect(plan.maskNeighbours(of: 1).isEmpty && !plan.hasSelfMasks)
        for envelope in network.sent {
            guard case .data(let message) = envelope.message else {
                Issue.record("\(envelope.message)")
                continue
            }
            if case .shares = message.payload {
                #expect(message.step == 0)
            } else {
                #expect(message.step == 1)
            }
        }
    }

    @Test func `shares are uniform, and another attempt deals others`() throws {
        let sample = Sample(size: 5, threshold: 2)
        let vectors = [[Double]](repeating: [Double](repeating: 0, count: 400), count: 5)
        func dealt(seed: UInt64) throws -> [UInt64] {
            TestNetwork.run(plan: try plan(sample, count: 400), vectors: vectors, seed: seed).sent.flatMap {
                envelope -> [UInt64] in
                guard case .data(let message) = envelope.message, case .shares(let shares) = message.payload
                else { return [] }
                return shares
            }
        }
        let seen = try dealt(seed: 1)
        let ones = seen.reduce(0) { $0 + $1.nonzeroBitCount }
        // Five standard deviations of a fair coin, 61 bits a residue; shares of one polynomial are pairwise independent.
        let bits = Double(61 * seen.count)
        #expect((Double(ones) - bits / 2).magnitude < 2.5 * bits.squareRoot())
        #expect(try zip(seen, dealt(seed: 2)).allSatisfy { $0 != $1 })
    }

    @Test(arguments: 0..<40)
    func `a link that breaks after any message is made good by sending again`(delivered: Int) throws {
        let plan = try plan(Sample(size: 5, threshold: 2))
        let vectors = sampleVectors(members: 5, count: 5)
        var network = TestNetwork(plan: plan, vectors: vectors, seed: 1)
        network.start()
        network.deliver(limit: delivered)
        network.lose(between: 1, and: 3)
        network.carryOut(network.instances[1].resend(to: 3), of: 1)
        network.carryOut(network.instances[3].resend(to: 1), of: 3)
        network.deliver()
        #expect(network.misbehaviours.isEmpty)
        let opened = try plan.opened(try shares(network))
        let whole = TestNetwork.run(plan: plan, vectors: vectors)
        #expect(try opened == plan.opened(shares(whole)))
    }

    @Test func `a wrong share is seen with one share to spare and named with two`() throws {
        let sample = Sample(size: 7, threshold: 3)
        let plan = try plan(sample)
        var all = try shares(TestNetwork.run(plan: plan, vectors: sampleVectors(members: 7, count: 5)))
        all[4].residues[2] = PrimeField.sum(all[4].residues[2], 1)
        #expect(throws: AggregationFailure.sharesDisagree(count: 7, wrong: 4)) { try plan.opened(all) }
        #expect(throws: AggregationFailure.sharesDisagree(count: 6, wrong: 4)) {
            try plan.opened(Array(all[0..<2] + all[3...]))
        }
        #expect(throws: AggregationFailure.sharesDisagree(count: 5, wrong: nil)) {
            try plan.opened(Array(all[0..<5]))
        }
        #expect(try plan.opened(Array(all[0..<4])).memberCount == 7)
        // Two wrong ones: none of them is to blame alone.
        all[1].residues[0] = PrimeField.sum(all[1].residues[0], 9)
        #expect(throws: AggregationFailure.sharesDisagree(count: 7, wrong: nil)) { try plan.opened(all) }
    }

    @Test func `a sum that does not count the roster or leaves its range is refused`() throws {
        let plan = try plan(Sample(size: 4, threshold: 1), count: 1)
        let encoding = FixedPoint(summands: 4, in: .residues)
        // Constant polynomials: every share is the sum.
        func open(_ sum: Double, _ count: Double) throws -> OpenedSum {
            let one = PrimeField.element(1 << encoding.fractionBits)
            let residues = [sum, count].map {
                PrimeField.product(PrimeField.element(Int($0)), one)
            }
            return try plan.opened([(member: 0, residues: residues), (member: 2, residues: residues)])
        }
        #expect(try open(-4, 4).sum == [-4])
        #expect(throws: AggregationFailure.memberCount(opened: 3, roster: 4)) { try open(1, 3) }
        #expect(throws: AggregationFailure.entryOutOfRange(index: 0, value: 5, bound: 4)) { try open(5, 4) }
    }

    @Test func `what no honest member sends is named`() throws {
        let plan = try plan(Sample(size: 4, threshold: 1), count: 2)
        var network = TestNetwork(plan: plan, vectors: sampleVectors(members: 4, count: 2), seed: 1)
        func data(_ step: UInt32, _ payload: DataPayload) -> DataMessage {
            DataMessage(round: 5, attempt: 0, chunk: 0, step: step, payload: payload)
        }
        let hash = [UInt8](repeating: 1, count: 32)
        func faults(_ message: DataMessage, from peer: Int = 1) -> [AggregationDirective] {
            network.instances[0].handle(message, from: peer)
        }
        #expect(
            faults(data(1, .commitment(hash)))
                == [.misbehaved(peer: 1, .stepAhead(step: 1, current: 0))])
        _ = network.instances[0].start()
        let cases: [(DataMessage, Int, Misbehaviour)] = [
            (data(0, .shares([1, 2])), 1, .wrongCount(count: 2, expected: 3)),
            (data(0, .words([1, 2, 3])), 1, .wrongPayload), (data(1, .shares([1, 2, 3])), 1, .wrongPayload),
            (data(0, .commitment(hash)), 1, .wrongPayload),
            (data(2, .commitment(hash)), 1, .unknownStep(step: 2, stepCount: 2)),
            (data(0, .shares([1, 2, 3])), 0, .notNeighbour),
        ]
        for (message, peer, fault) in cases {
            #expect(faults(message, from: peer) == [.misbehaved(peer: peer, fault)])
        }
        #expect(faults(data(1, .commitment(hash))) == [])
        #expect(faults(data(1, .commitment(hash))) == [])
        #expect(
            faults(data(1, .commitment([UInt8](repeating: 2, count: 32))))
                == [.misbehaved(peer: 1, .contradiction)])
        #expect(network.instances[0].progress.waitingFor == [1, 2, 3])
    }

    @Test func `a commitment is Python's BLAKE2b, and the openers take turns`() throws {
        // hashlib.blake2b(b"collabdict/sum-share-commitment/v1" + bytes(range(32)) + struct.pack("<2Q", 1, 2**61 - 2),
        // digest_size=32)
        let share = SumShare(salt: (0..<32).map { UInt8($0) }, residues: [1, (1 << 61) - 2])
        #expect(
            share.commitment.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
                == "9d1845e452b6513d051f2aae7c8e69e47a073c53101d4184eaaf7ebe3f0acc1b")
        let geometry = try plan(Sample(size: 5, threshold: 2)).geometry
        #expect(geometry.openers(round: 4, attempt: 0) == [0, 1, 2, 4])
        #expect(geometry.openers(round: 4, attempt: 1) == [0, 1, 2, 3])
        #expect(geometry.openers(round: .max, attempt: 1).count == 4)
    }

    @Test(arguments: [(3, 0), (3, 2), (2, 1), (2, 0), (7, 6), (7, -1)])
    func `a threshold that leaves nobody to hide behind or nobody to spare is refused`(
        size: Int, threshold: Int
    ) {
        #expect(throws: ConsensusError.shamirThreshold(threshold: threshold, memberCount: size)) {
            try plan(Sample(size: size, threshold: threshold))
        }
    }

    @Test func `a maximum knows no shares`() throws {
        let plan = try samplePlan(
            members: 5, count: 2, protection: ProtectionSettings(shamirThreshold: 2), operation: .maximum,
            method: .exact)
        #expect(plan.shamirThreshold == nil)
        let vectors = sampleVectors(members: 5, count: 2)
        var network = TestNetwork(plan: plan, vectors: vectors, seed: 1)
        network.start()
        network.deliver()
        let expected = (0..<2).map { entry in vectors.map { $0[entry] }.reduce(-.infinity, max) }
        for outcome in network.outcomes { #expect(outcome?.sum == expected) }
    }
}
