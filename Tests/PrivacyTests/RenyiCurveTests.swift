import Foundation
import Testing

@testable import Privacy

@Suite struct RenyiCurveTests {
    /// Of mathematics.md §6.5: by the same formulas in double precision with the C library's lgamma.
    struct Vector: Sendable, CustomTestStringConvertible {
        let rate: Double
        let multiplier: Double
        let steps: Int
        let delta: Double
        let epsilon: Double
        let order: Double
        let mironov: Double

        var testDescription: String { "q \(rate), z \(multiplier), \(steps) steps" }
    }

    static let vectors = [
        Vector(
            rate: 256.0 / 60_000, multiplier: 1.1, steps: 14_062, delta: 1e-5, epsilon: 2.5970, order: 8,
            mironov: 3.0091),
        Vector(
            rate: 0.01, multiplier: 1, steps: 1000, delta: 1e-5, epsilon: 2.1078, order: 8, mironov: 2.5383),
        Vector(rate: 1, multiplier: 5, steps: 20, delta: 1e-5, epsilon: 4.1619, order: 6, mironov: 4.7026),
        Vector(rate: 1, multiplier: 20, steps: 50, delta: 1e-5, epsilon: 1.4781, order: 13, mironov: 1.7599),
        Vector(
            rate: 0.1, multiplier: 2, steps: 200, delta: 1e-6, epsilon: 4.1397, order: 7, mironov: 4.6181),
    ]

    /// Half a unit of the last digit that the vectors print.
    static let printedDigits = 5e-5

    @Test(arguments: vectors)
    func `epsilon, its order and Mironov's bound are those of the vectors`(vector: Vector) {
        let curve = RenyiCurve.gaussian(multiplier: vector.multiplier, rate: vector.rate)
            .repeated(vector.steps)
        let found = curve.epsilon(delta: vector.delta)
        #expect(abs(found.epsilon - vector.epsilon) <= Self.printedDigits, "\(found.epsilon)")
        #expect(found.order == vector.order)
        let mironov = curve.mironovEpsilon(delta: vector.delta).epsilon
        #expect(abs(mironov - vector.mironov) <= Self.printedDigits, "\(mironov)")
    }

    @Test(arguments: [(2.0, 0.328991), (8, 1.38287), (32, 106_733)])
    func `Rényi totals of the first vector are those printed`(order: Double, expected: Double) throws {
        let curve = RenyiCurve.gaussian(multiplier: 1.1, rate: 256.0 / 60_000).repeated(14_062)
        let index = try #require(RenyiCurve.orders.firstIndex(of: order))
        // Six digits are printed.
        #expect(abs(curve.values[index] / expected - 1) <= 5e-6, "\(curve.values[index])")
    }

    struct Golden: Sendable {
        let rate: Double
        let multiplier: Double
        let steps: Int
        let delta: Double
        let epsilon: Double
    }

    /// `scripts/accountant-golden.py` made the file with Google's dp-accounting; its head names the versions.
    private static func golden() throws -> [Golden] {
        let url = try #require(Bundle.module.url(forResource: "Golden", withExtension: nil))
        let text = try String(contentsOf: url.appending(path: "accountant.csv"), encoding: .utf8)
        return try text.split(separator: "\n").dropFirst(2).map { line in
            let fields = line.split(separator: ",").map(String.init)
            try #require(fields.count == 5)
            return Golden(
                rate: try #require(Double(fields[0])), multiplier: try #require(Double(fields[1])),
                steps: try #require(Int(fields[2])), delta: try #require(Double(fields[3])),
                epsilon: try #require(Double(fields[4])))
        }
    }

    @Test func `a hundred random settings give the epsilon of dp-accounting`() throws {
        let golden = try Self.golden()
        #expect(golden.count == 100)
        for setting in golden {
            let found = RenyiCurve.gaussian(multiplier: setting.multiplier, rate: setting.rate)
                .repeated(setting.steps).epsilon(delta: setting.delta).epsilon
            #expect(abs(found - setting.epsilon) <= 1e-3 * max(1, setting.epsilon), "\(setting): \(found)")
        }
    }

    @Test func `a rate of nearly one gives nearly the curve of all rows`() {
        let all = RenyiCurve.gaussian(multiplier: 3)
        let sampled = RenyiCurve.gaussian(multiplier: 3, rate: 1 - 1e-12)
        for (left, right) in zip(all.values, sampled.values) where right.isFinite {
            // α steps of 1e-12 in the exponent's weights.
            #expect(abs(left - right) <= 1e-9 * left)
        }
    }

    @Test func `releases add up, and none costs nothing`() {
        let curve = RenyiCurve.gaussian(multiplier: 2, rate: 0.3)
        let sum = curve + curve + curve
        for (left, right) in zip(sum.values, curve.repeated(3).values) where right.isFinite {
            #expect(abs(left - right) <= 1e-12 * right)
        }
        #expect(RenyiCurve.nothing.epsilon(delta: 1e-5).epsilon == 0)
        #expect(curve.repeated(0) == .nothing)
    }
}

@Suite struct PrivacyPlanTests {
    @Test(arguments: [(0.5, 1, 1.0), (4, 3, 1), (4, 150, 0.1), (8, 20, 1), (1, 400, 0.02)])
    func `a plan keeps its promise and a little less noise would break it`(
        epsilon: Double, rounds: Int, rate: Double
    ) throws {
        let target = PrivacyTarget(epsilon: epsilon, delta: 1e-5)
        let plan = try #require(
            PrivacyPlan(target: target, roundCount: rounds, rate: rate, isCalibrated: true))
        let spent = plan.spent(counts: [1, rounds, 1])
        #expect(spent <= epsilon)
        // A step of 2⁻¹⁰ in the multiplier.
        #expect(spent >= epsilon * 0.99)
        #expect(plan.spent(counts: [1, rounds + 1, 1]) > epsilon)
        #expect(plan.spent(counts: [0, 0, 0]) == 0)
    }

    @Test func `a run without calibration leaves its part to the rounds`() throws {
        let target = PrivacyTarget(epsilon: 2, delta: 1e-6)
        let with = try #require(PrivacyPlan(target: target, roundCount: 5, isCalibrated: true))
        let without = try #require(PrivacyPlan(target: target, roundCount: 5, isCalibrated: false))
        #expect(without.round < with.round)
        #expect(without.spent(counts: [1, 5, 0]) <= 2)
    }

    @Test func `a vector sent again costs nothing and fresh noise costs again`() throws {
        let plan = try #require(
            PrivacyPlan(
                target: PrivacyTarget(epsilon: 3, delta: 1e-5), roundCount: 2, isCalibrated: false))
        func release(_ exchange: UInt64, _ kind: ReleaseKind, _ byte: UInt8) -> PrivacyRelease {
            PrivacyRelease(exchange: exchange, kind: kind, digest: [UInt8](repeating: byte, count: 32))
        }
        var ledger = PrivacyLedger([release(0, .moments, 0), release(1, .round, 1)])
        let before = ledger.spent(under: plan)
        let isNew = ledger.add(release(1, .round, 1))
        #expect(!isNew)
        #expect(ledger.spent(under: plan) == before)
        #expect(ledger.affords(release(2, .round, 2), under: plan))
        // Other noise for an exchange that had some is a third round, which the plan does not hold.
        ledger.add(release(1, .round, 3))
        #expect(ledger.spent(under: plan) > before)
        #expect(!ledger.affords(release(2, .round, 2), under: plan))
    }
}
