/// One named run of entries of a shared vector, with the agreed scale that brings it into [−1, 1].
package struct VectorBlock: Sendable, Equatable {
    /// The name reports and errors use, such as `N`, `m`, `C`.
    package let name: String
    /// Entries in the block.
    package let count: Int
    /// An agreed power of two ≥ the largest magnitude one participant's entry can have.
    package let scale: Double

    /// - Precondition: `count ≥ 0`; `scale` is a power of two.
    package init(name: String, count: Int, scale: Double) {
        precondition(count >= 0, "block \(name) has \(count) entries")
        precondition(
            scale.isNormal && scale > 0 && scale.significand == 1,
            "the scale of block \(name) is \(scale), not a power of two")
        self.name = name
        self.count = count
        self.scale = scale
    }
}

/// The blocks of a shared vector, in order: the same at every participant, and a function of agreed values only.
package struct VectorLayout: Sendable, Equatable {
    /// The blocks, in the order of the flat vector.
    package let blocks: [VectorBlock]
    /// Entries of the flat vector.
    package let count: Int

    package init(_ blocks: [VectorBlock]) {
        self.blocks = blocks
        self.count = blocks.reduce(0) { $0 + $1.count }
    }

    /// `values` divided block by block by its scale (exact, as scales are powers of two), clamped to [−1, 1].
    ///
    /// - Parameters:
    ///   - values: shape `(count)`, finite.
    ///   - clippedCount: raised by the entries that had to be clamped, so that it can be reported.
    /// - Returns: shape `(count)`, every entry in [−1, 1].
    package func normalised(_ values: [Double], clippedCount: inout Int) -> [Double] {
        precondition(values.count == count, "\(values.count) values for a layout of \(count)")
        var result = values
        var index = 0
        for block in blocks {
            for _ in 0..<block.count {
                precondition(values[index].isFinite, "entry \(index) (\(block.name)) is \(values[index])")
                let scaled = values[index] / block.scale
                let clamped = min(max(scaled, -1), 1)
                if clamped != scaled { clippedCount += 1 }
                result[index] = clamped
                index += 1
            }
        }
        return result
    }

    /// The inverse of `normalised` for a sum of normalised vectors.
    ///
    /// - Parameter values: shape `(count)`.
    /// - Returns: shape `(count)`, in the units of the model.
    package func denormalised(_ values: [Double]) -> [Double] {
        precondition(values.count == count, "\(values.count) values for a layout of \(count)")
        var result = values
        var index = 0
        for block in blocks {
            for _ in 0..<block.count {
                result[index] = values[index] * block.scale
                index += 1
            }
        }
        return result
    }
}

/// The smallest power of two ≥ `value`.
///
/// - Parameter value: finite, ≥ 0; 0 gives the smallest scale used, 2⁻¹⁰⁰.
package func powerOfTwo(atLeast value: Double) -> Double {
    precondition(value.isFinite && value >= 0, "no power of two covers \(value)")
    guard value > 0x1p-100 else { return 0x1p-100 }
    let floor = value.binade
    return floor == value ? floor : floor * 2
}
