/// Linear equations over Z_2^64 with vectors on the right, solved exactly: what words tell about words.
///
/// A ring, no field: dividing by 2 loses the highest bit. Rows are kept so that nothing that follows from them is lost.
struct ModularSystem {
    struct Equation {
        var factors: [UInt64]
        var values: [UInt64]
    }

    let unknownCount: Int
    private(set) var equations: [Equation] = []

    init(unknownCount: Int) {
        self.unknownCount = unknownCount
    }

    mutating func add(_ factors: [UInt64], _ values: [UInt64]) {
        precondition(factors.count == unknownCount)
        equations.append(Equation(factors: factors, values: values))
    }

    /// Removes unknowns nobody asks for: keeps all that the equations say about the others alone.
    mutating func eliminate(_ unknowns: some Sequence<Int>) {
        for unknown in unknowns { eliminate(unknown) }
    }

    private mutating func eliminate(_ unknown: Int) {
        // The least even factor divides all others.
        let candidates = equations.indices.filter { equations[$0].factors[unknown] != 0 }
        guard
            let place = candidates.min(by: {
                equations[$0].factors[unknown].trailingZeroBitCount
                    < equations[$1].factors[unknown].trailingZeroBitCount
            })
        else { return }
        let pivot = equations.remove(at: place)
        let shift = pivot.factors[unknown].trailingZeroBitCount
        let unit = Self.inverse(pivot.factors[unknown] >> UInt64(shift))
        for index in equations.indices where equations[index].factors[unknown] != 0 {
            let factor = (equations[index].factors[unknown] >> UInt64(shift)) &* unit
            Self.subtract(pivot, times: factor, from: &equations[index])
        }
        // 2^(64 − shift) times the pivot has no such unknown either.
        if shift > 0 {
            var rest = Equation(
                factors: [UInt64](repeating: 0, count: unknownCount),
                values: [UInt64](repeating: 0, count: pivot.values.count))
            Self.subtract(pivot, times: 0 &- (1 << UInt64(64 - shift)), from: &rest)
            equations.append(rest)
        }
        equations.removeAll { $0.factors.allSatisfy { $0 == 0 } }
    }

    /// The values of one unknown if it can be told: as words of at most `bitCount` bits and a sign.
    ///
    /// - Parameter others: the unknowns left besides it.
    func solution(of unknown: Int, others: [Int], bitCount: Int) -> [UInt64]? {
        var rest = self
        rest.eliminate(others)
        let best = rest.equations.filter { $0.factors[unknown] != 0 }.min {
            $0.factors[unknown].trailingZeroBitCount < $1.factors[unknown].trailingZeroBitCount
        }
        guard let best else { return nil }
        let shift = best.factors[unknown].trailingZeroBitCount
        // 2^shift · x is known, so x up to multiples of 2^(64 − shift).
        guard bitCount + 1 < 64 - shift else { return nil }
        let unit = Self.inverse(best.factors[unknown] >> UInt64(shift))
        return best.values.map { value in
            UInt64(bitPattern: Int64(bitPattern: value &* unit) >> Int64(shift))
        }
    }

    /// 1/a modulo 2^64 for odd a, by Newton's iteration.
    private static func inverse(_ odd: UInt64) -> UInt64 {
        var result = odd
        for _ in 0..<6 { result = result &* (2 &- odd &* result) }
        return result
    }

    private static func subtract(_ source: Equation, times factor: UInt64, from target: inout Equation) {
        for index in source.factors.indices {
            target.factors[index] = target.factors[index] &- factor &* source.factors[index]
        }
        for index in source.values.indices {
            target.values[index] = target.values[index] &- factor &* source.values[index]
        }
    }
}
