package import Topology

/// The arithmetic of one step: basic operations in a fixed order, so every member and processor gets the same
/// bits.
package enum AveragingKernel {
    /// `x + momentum · (x − before) + gain · Σ_j (x_j − x)`, the neighbours in the order given.
    ///
    /// Sums of differences round no more than the differences themselves, which vanish as the members agree.
    ///
    /// - Parameters:
    ///   - current: `x`, shape `(n)`.
    ///   - before: `x` one step earlier, shape `(n)`.
    ///   - neighbours: `x_j`, each of shape `(n)`, at least one.
    package static func averaged(
        current: [Double], before: [Double], neighbours: [[Double]], step: MixingStep
    ) -> [Double] {
        let count = current.count
        precondition(before.count == count, "\(before.count) values before \(count)")
        precondition(!neighbours.isEmpty, "a step without neighbours")
        for vector in neighbours {
            precondition(vector.count == count, "\(vector.count) values, not \(count)")
        }
        var result = [Double](repeating: 0, count: count)
        var index = 0
        while index + 1 < neighbours.count {
            accumulate(&result, current, neighbours[index], neighbours[index + 1])
            index += 2
        }
        if index < neighbours.count { accumulate(&result, current, neighbours[index]) }
        finish(&result, current, before, step)
        return result
    }

    /// The element-wise maximum of `current` and all `neighbours`.
    ///
    /// Without NaN and −0, which cannot enter, doubles compare like the sign-magnitude integers of their
    /// bits.
    package static func flooded(current: [Double], neighbours: [[Double]]) -> [Double] {
        var result = current
        for vector in neighbours {
            precondition(vector.count == current.count, "\(vector.count) values, not \(current.count)")
            raise(&result, to: vector)
        }
        return result
    }

    /// The index of the first value that is not within ±`bound`, NaN included; `nil` if all are.
    package static func firstOutside(_ values: [Double], bound: Double) -> Int? {
        let source = values.span
        var outside = 0
        for index in source.indices {
            let value = source[index]
            outside |= (value >= -bound ? 0 : 1) | (value <= bound ? 0 : 1)
        }
        guard outside != 0 else { return nil }
        return values.firstIndex { value in
            guard value >= -bound && value <= bound else { return true }
            return false
        }
    }

    /// Turns every −0 into +0: the sum of −0 and +0 is +0.
    package static func withoutNegativeZeros(_ values: [Double]) -> [Double] {
        values.map { $0 + 0 }
    }

    private static func accumulate(_ sum: inout [Double], _ x: [Double], _ a: [Double], _ b: [Double]) {
        let x = x.span
        let a = a.span
        let b = b.span
        var target = sum.mutableSpan
        precondition(a.count == x.count && b.count == x.count && target.count == x.count)
        for index in x.indices {
            let here = x[index]
            target[index] += (a[index] - here) + (b[index] - here)
        }
    }

    private static func accumulate(_ sum: inout [Double], _ x: [Double], _ a: [Double]) {
        let x = x.span
        let a = a.span
        var target = sum.mutableSpan
        precondition(a.count == x.count && target.count == x.count)
        for index in x.indices { target[index] += a[index] - x[index] }
    }

    private static func finish(_ sum: inout [Double], _ x: [Double], _ before: [Double], _ step: MixingStep) {
        let x = x.span
        let before = before.span
        let gain = step.gain
        let momentum = step.momentum
        var target = sum.mutableSpan
        precondition(before.count == x.count && target.count == x.count)
        for index in x.indices {
            let here = x[index]
            target[index] = here + (momentum * (here - before[index]) + gain * target[index])
        }
    }

    private static func raise(_ values: inout [Double], to vector: [Double]) {
        let source = vector.span
        var target = values.mutableSpan
        precondition(source.count == target.count)
        for index in source.indices {
            let value = source[index]
            let here = target[index]
            target[index] = value > here ? value : here
        }
    }
}
