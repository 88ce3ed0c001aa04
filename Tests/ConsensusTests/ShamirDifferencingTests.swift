import LinearAlgebra
import Privacy
import Testing
import Topology

@testable import Consensus

/// An attempt shared by Shamir's scheme that is given up at any step, then one without the lost member: what a coalition
/// can solve for. All it sees is linear in vectors and coefficients, so ranks over the field decide it.
@Suite struct ShamirDifferencingTests {
    /// A network, a coalition, the member that is lost after the first attempt.
    struct Case: Sendable, CustomTestStringConvertible {
        let size: Int
        let threshold: Int
        let coalition: [Int]
        let lost: Int
        var testDescription: String { "\(size), threshold \(threshold), \(coalition) lost \(lost)" }
    }

    /// Coalitions of one to three, thresholds from their size to the largest that the smaller roster allows.
    static let cases: [Case] = {
        var generator = SeededGenerator(seed: 19, label: "shamir-differencing")
        var cases: [Case] = []
        for size in [4, 5, 7, 11] {
            for colluders in 1...3 where colluders <= size - 3 {
                for threshold in colluders...(size - 3) {
                    let order = permutation(of: size, using: &generator)
                    cases.append(
                        Case(
                            size: size, threshold: threshold,
                            coalition: Array(order.prefix(colluders)).sorted(), lost: order[size - 1]))
                }
            }
        }
        return cases
    }()

    /// How far the first attempt came.
    enum Abort {
        /// So many members, in order, had dealt their shares.
        case dealt(Int)
        /// The shares of the sum had left: what a decision without votes would allow.
        case opened
    }

    /// What a coalition knows of the secrets.
    private func knowledge(_ sample: Case, abort: Abort) -> LinearKnowledge {
        let (size, threshold) = (sample.size, sample.threshold)
        var knowledge = LinearKnowledge(secretCount: size, nuisanceCount: 2 * size * threshold)
        let everybody = Array(0..<size)
        let rest = everybody.filter { $0 != sample.lost }
        var dealt = size
        var isOpened = true
        if case .dealt(let count) = abort { (dealt, isOpened) = (count, false) }
        observe(sample, roster: everybody, dealt: dealt, isOpened: isOpened, attempt: 0, &knowledge)
        observe(sample, roster: rest, dealt: size - 1, isOpened: true, attempt: 1, &knowledge)
        // A coalition knows its own vectors.
        for member in sample.coalition {
            knowledge.learn(
                secrets: everybody.map { $0 == member ? 1 : 0 },
                nuisances: [UInt64](repeating: 0, count: knowledge.nuisanceCount))
        }
        return knowledge
    }

    private func observe(
        _ sample: Case, roster: [Int], dealt: Int, isOpened: Bool, attempt: Int,
        _ knowledge: inout LinearKnowledge
    ) {
        // F_s(z) for the members of a roster, as coefficients of x_s and of the powers of z.
        func learn(_ members: ArraySlice<Int>, at place: Int) {
            var secrets = [UInt64](repeating: 0, count: sample.size)
            var nuisances = [UInt64](repeating: 0, count: knowledge.nuisanceCount)
            let powers = PrimeField.powers(of: UInt64(place + 1), count: sample.threshold + 1)
            for member in members {
                secrets[member] = 1
                let start = (attempt * sample.size + member) * sample.threshold
                for power in 1...sample.threshold { nuisances[start + power - 1] = powers[power] }
            }
            knowledge.learn(secrets: secrets, nuisances: nuisances)
        }
        for (place, member) in roster.enumerated() where sample.coalition.contains(member) {
            for dealer in 0..<dealt { learn(roster[dealer...dealer], at: place) }
        }
        if isOpened { for place in roster.indices { learn(roster[...], at: place) } }
    }

    @Test(arguments: cases)
    func `no abort at any step followed by a smaller roster tells more than the sum of that roster`(
        sample: Case
    ) {
        for dealt in 0...sample.size {
            let knowledge = knowledge(sample, abort: .dealt(dealt))
            // Its own vectors, and one sum.
            #expect(knowledge.rank == sample.coalition.count + 1, "aborted after \(dealt)")
            let alone = sample.size - 1 - sample.coalition.count == 1
            #expect(alone || knowledge.determined == sample.coalition)
            #expect(!knowledge.determined.contains(sample.lost))
        }
    }

    @Test(arguments: cases)
    func `if shares of the sum left before the decision, the same test would find the lost member`(
        sample: Case
    ) {
        #expect(knowledge(sample, abort: .opened).determined.contains(sample.lost))
    }

    @Test(arguments: cases.filter { $0.coalition.count == 3 })
    func `one colluder more than the threshold knows everybody, as the audit says`(sample: Case) {
        let weaker = Case(
            size: sample.size, threshold: sample.coalition.count - 1, coalition: sample.coalition,
            lost: sample.lost)
        for threshold in [weaker.threshold, sample.threshold] {
            let tried = Case(
                size: sample.size, threshold: threshold, coalition: sample.coalition, lost: sample.lost)
            let known = knowledge(tried, abort: .dealt(sample.size)).determined
            let verdict = CoalitionVerdict.shared(
                memberCount: sample.size, threshold: threshold, coalition: sample.coalition)
            let others = (0..<sample.size).filter { !sample.coalition.contains($0) }
            let isOver = sample.coalition.count > threshold
            #expect(verdict.exposed == (isOver ? others : []))
            #expect(known == (isOver ? Array(0..<sample.size) : sample.coalition))
        }
    }

    /// That the ranks above are those of the program: what members really deal.
    @Test(arguments: [(5, 2), (8, 5)])
    func `what is dealt lies on polynomials of the threshold's degree whose value at 0 is the entry`(
        size: Int, threshold: Int
    ) throws {
        let plan = try samplePlan(
            members: size, count: 3, protection: ProtectionSettings(shamirThreshold: threshold),
            method: .exact)
        let vectors = sampleVectors(members: size, count: 3)
        let network = TestNetwork.run(plan: plan, vectors: vectors)
        let encoding = FixedPoint(summands: size, in: .residues)
        for dealer in 0..<size {
            var points: [(point: UInt64, values: [UInt64])] = []
            for envelope in network.sent where envelope.from == dealer {
                if case .data(let message) = envelope.message, case .shares(let values) = message.payload {
                    points.append((point: UInt64(envelope.to + 1), values: values))
                }
            }
            #expect(points.count == size - 1)
            func value(_ count: Int, at point: UInt64) -> [UInt64] {
                let basis = points.prefix(count)
                return PrimeField.combination(
                    of: basis.map(\.values),
                    weights: PrimeField.interpolationWeights(at: point, points: basis.map(\.point)))
            }
            let entries = encoding.residues(vectors[dealer] + [1])
            #expect(value(threshold + 1, at: 0) == entries)
            for extra in points { #expect(value(threshold + 1, at: extra.point) == extra.values) }
            // One point fewer fits another polynomial through another entry.
            #expect(value(threshold, at: 0) != entries)
        }
    }
}
