import LinearAlgebra
import Sodium
import Testing
import Topology

@testable import Consensus

/// An attempt that is given up at any step, then one without the lost member: what a coalition can solve for.
///
/// Everything a coalition sees is linear in the honest members' vectors, chunks and masks (mathematics.md §4.1), so
/// the lost member's entry is determined if and only if its unit vector lies in the span of what was seen. Ranks are
/// taken modulo 2^61 − 1.
@Suite struct DifferencingTests {
    /// A network, a coalition, the member that is lost after the first attempt.
    struct Case: Sendable, CustomTestStringConvertible {
        let size: Int
        let family: GraphFamily
        let chunks: Int
        let maskDegree: Int?
        let coalition: [Int]
        let lost: Int
        var testDescription: String { "\(size) \(family) \(chunks) \(coalition) lost \(lost)" }
    }

    static let cases: [Case] = {
        var generator = SeededGenerator(seed: 17, label: "differencing")
        var cases: [Case] = []
        for index in 0..<36 {
            let size = [7, 8, 11][index % 3]
            let order = permutation(of: size, using: &generator)
            cases.append(
                Case(
                    size: size, family: [.randomRegular, .ring, .complete][index / 3 % 3],
                    chunks: 1 + index % 2, maskDegree: size == 11 && index % 2 == 0 ? 8 : nil,
                    coalition: Array(order[0..<(1 + index / 12)]).sorted(), lost: order[size - 1]))
        }
        return cases
    }()

    @Test(arguments: cases)
    func `with self masks no abort at any step followed by a smaller roster tells of the lost member`(
        sample: Case
    ) throws {
        let (first, second) = try plans(sample, selfMasks: true)
        for member in 0..<sample.size {
            #expect(first.geometry.shareThreshold(of: member) > sample.coalition.count)
        }
        for steps in 0...sample.size {
            #expect(try !isDetermined(sample, first, second, steps: steps), "aborted after step \(steps)")
        }
    }

    @Test(arguments: cases)
    func `without self masks the same test finds the leak once the sessions have run`(
        sample: Case
    ) throws {
        let (first, second) = try plans(sample, selfMasks: false)
        #expect(try !isDetermined(sample, first, second, steps: -1))
        #expect(try isDetermined(sample, first, second, steps: sample.size))
    }

    private func plans(_ sample: Case, selfMasks: Bool) throws -> (AggregationPlan, AggregationPlan) {
        let settings = AggregationSettings(
            networkID: [UInt8](repeating: 3, count: 32), topology: GraphRecipe(family: sample.family),
            protection: ProtectionSettings(
                chunks: sample.chunks, selfMasks: selfMasks, maskDegree: sample.maskDegree))
        let roster = try sampleRoster(sample.size)
        var rest = roster
        rest.remove(at: sample.lost)
        func plan(_ members: [PublicIdentity], attempt: UInt32) throws -> AggregationPlan {
            try AggregationPlan(
                settings: settings, roster: members, round: 5, attempt: attempt,
                stateHash: [UInt8](repeating: 9, count: 32), operation: .sum, vectorCount: 1)
        }
        return (try plan(roster, attempt: 0), try plan(rest, attempt: 1))
    }

    /// Whether the lost member's entry can be solved for after `steps` steps of the first attempt and all of the second.
    private func isDetermined(
        _ sample: Case, _ first: AggregationPlan, _ second: AggregationPlan, steps: Int
    ) throws -> Bool {
        var system = MaskSystem(memberCount: sample.size, coalition: sample.coalition)
        let everybody = Array(0..<sample.size)
        system.observe(first, members: everybody, steps: steps, areSelfMasksHidden: first.hasSelfMasks)
        system.observe(
            second, members: everybody.filter { $0 != sample.lost }, steps: sample.size,
            areSelfMasksHidden: false)
        return system.determines(sample.lost)
    }
}

/// The unknowns of honest members, one entry of the vector each, and the equations that a coalition has.
struct MaskSystem {
    private let memberCount: Int
    private let isCurious: [Bool]
    /// Unknowns so far: the honest members' entries first.
    private var width: Int
    /// Each observation as pairs of an unknown and its coefficient.
    private var equations: [[(unknown: Int, factor: UInt64)]] = []

    init(memberCount: Int, coalition: [Int]) {
        self.memberCount = memberCount
        var isCurious = [Bool](repeating: false, count: memberCount)
        for member in coalition { isCurious[member] = true }
        self.isCurious = isCurious
        width = memberCount
    }

    /// What the coalition sees of an attempt in which steps `0 … steps` were sent; all of them tell the sum too.
    ///
    /// - Parameter members: numbers of the plan's roster in this system, in order.
    mutating func observe(
        _ plan: AggregationPlan, members: [Int], steps: Int, areSelfMasksHidden: Bool
    ) {
        var rests = members.indices.map { [(unknown: members[$0], factor: UInt64(1))] }
        for chunk in 0..<plan.chunkCount {
            var starts = rests
            if chunk < plan.chunkCount - 1 {
                starts = members.indices.map { [(unknown: width + $0, factor: UInt64(1))] }
            }
            if chunk < plan.chunkCount - 1 {
                for place in members.indices { rests[place].append((width + place, PrimeField.modulus - 1)) }
                width += members.count
            }
            for edge in plan.geometry.maskGraph?.edges ?? []
            where !isCurious[members[edge.low]] && !isCurious[members[edge.high]] {
                starts[edge.low].append((width, 1))
                starts[edge.high].append((width, PrimeField.modulus - 1))
                width += 1
            }
            if areSelfMasksHidden {
                for place in members.indices { starts[place].append((width + place, 1)) }
                width += members.count
            }
            for row in observations(of: plan.chunkGraphs[chunk], members: members, steps: steps) {
                var equation: [(unknown: Int, factor: UInt64)] = []
                for place in members.indices where row[place] != 0 && !isCurious[members[place]] {
                    for term in starts[place] {
                        equation.append((term.unknown, PrimeField.product(term.factor, row[place])))
                    }
                }
                equations.append(equation)
            }
        }
    }

    /// A basis of the functionals of one session's starts that the coalition sees: powers of the Laplacian, at the
    /// coalition and at its neighbours.
    private func observations(of graph: Graph, members: [Int], steps: Int) -> [[UInt64]] {
        guard steps >= 0 else { return [] }
        let size = members.count
        var basis = RowBasis(width: size)
        for place in 0..<size {
            let isSeen =
                isCurious[members[place]]
                || graph.neighbours(of: place).contains { isCurious[members[$0]] }
            guard isSeen else { continue }
            var row = [UInt64](repeating: 0, count: size)
            row[place] = 1
            for _ in 0...steps {
                basis.insert(row)
                var next = [UInt64](repeating: 0, count: size)
                for vertex in 0..<size {
                    for neighbour in graph.neighbours(of: vertex) {
                        next[vertex] = PrimeField.sum(
                            next[vertex], PrimeField.difference(row[vertex], row[neighbour]))
                    }
                }
                row = next
            }
        }
        if steps >= size { basis.insert([UInt64](repeating: 1, count: size)) }
        return basis.rows
    }

    /// Whether the unit vector of a member's entry lies in the span of the equations.
    func determines(_ member: Int) -> Bool {
        var basis = RowBasis(width: width)
        for equation in equations {
            var row = [UInt64](repeating: 0, count: width)
            for (unknown, factor) in equation { row[unknown] = PrimeField.sum(row[unknown], factor) }
            basis.insert(row)
        }
        var unit = [UInt64](repeating: 0, count: width)
        unit[member] = 1
        return !basis.insert(unit)
    }
}

/// Independent rows modulo 2^61 − 1, each with a pivot of 1 where all later rows have 0.
struct RowBasis {
    let width: Int
    private(set) var rows: [[UInt64]] = []
    private var pivots: [Int] = []

    init(width: Int) {
        self.width = width
    }

    /// Adds a row; whether it was independent of those before.
    @discardableResult
    mutating func insert(_ candidate: [UInt64]) -> Bool {
        var row = candidate
        for (known, pivot) in zip(rows, pivots) where row[pivot] != 0 {
            let factor = row[pivot]
            for column in 0..<width where known[column] != 0 {
                row[column] = PrimeField.difference(row[column], PrimeField.product(factor, known[column]))
            }
        }
        guard let pivot = row.firstIndex(where: { $0 != 0 }) else { return false }
        let scale = PrimeField.inverse(row[pivot])
        rows.append(row.map { PrimeField.product($0, scale) })
        pivots.append(pivot)
        return true
    }
}
