import CKernels

/// Components as the kernels read them.
struct PackedComponents: Sendable {
    let patternCount: Int
    let dimension: Int
    /// `dimension` up to whole tiles.
    let width: Int
    /// Entries of one component's tiles.
    let stride: Int
    let tiles: [Double]
    let centres: [Double]
    let constants: [Double]

    /// - Parameter components: at least one, of equal dimension.
    init(_ components: [GaussianComponent]) {
        let tile = Int(CK_TILE)
        let d = components[0].centre.count
        let width = (d + tile - 1) / tile * tile
        var tiles: [Double] = []
        var centres: [Double] = []
        for component in components {
            for first in Swift.stride(from: 0, to: d, by: tile) {
                for column in first..<max(d, first + tile) {
                    for row in first..<first + tile {
                        tiles.append(row < d && column < d ? component.factor[row, column] : 0)
                    }
                }
            }
            centres += component.centre + [Double](repeating: 0, count: width - d)
        }
        patternCount = components.count
        dimension = d
        self.width = width
        stride = tiles.count / components.count
        self.tiles = tiles
        self.centres = centres
        constants = components.map(\.constant)
    }
}

/// Doubles at a multiple of 64 bytes, zero at first.
@safe private struct AlignedDoubles: ~Copyable {
    let base: UnsafeMutablePointer<Double>

    init(count: Int) {
        let bytes = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1) * 8, alignment: 64)
        unsafe base = bytes.initializeMemory(as: Double.self, repeating: 0, count: max(count, 1))
    }

    deinit { unsafe base.deallocate() }
}

/// One worker's buffers for the C kernels.
struct KernelScratch: ~Copyable {
    private let packed: PackedComponents
    private let level: Int32
    private let panels: AlignedDoubles
    private let densities: AlignedDoubles
    private let powers: AlignedDoubles
    private let logSums: AlignedDoubles
    private let reciprocals: AlignedDoubles
    private let totals: AlignedDoubles
    private let stores: AlignedDoubles
    private let storeWeights: AlignedDoubles
    private let means: AlignedDoubles
    private let scatters: AlignedDoubles

    private static let capacity = Int(CK_ROWS)
    private static let leading = Int(CK_LEADING)

    /// - Parameter keepsMoments: whether ``sums(_:in:)`` will be called.
    init(_ packed: PackedComponents, arithmetic: KernelLevel, keepsMoments: Bool) {
        precondition(
            arithmetic != .portable && arithmetic.rawValue <= ck_level(), "no kernels for \(arithmetic)")
        precondition(Self.capacity == RowPartition.superblock, "runs are not whole superblocks")
        let (k, w) = (packed.patternCount, packed.width)
        let kept = keepsMoments ? k : 0
        self.packed = packed
        level = arithmetic.rawValue
        panels = AlignedDoubles(count: w * Self.capacity)
        densities = AlignedDoubles(count: k * Self.leading)
        powers = AlignedDoubles(count: k * Self.leading)
        logSums = AlignedDoubles(count: Self.leading)
        reciprocals = AlignedDoubles(count: Self.leading)
        totals = AlignedDoubles(count: 4 * kept)
        stores = AlignedDoubles(count: kept * w * Self.capacity)
        storeWeights = AlignedDoubles(count: kept * Self.capacity)
        means = AlignedDoubles(count: kept * w)
        scatters = AlignedDoubles(count: kept * w * w)
    }

    /// See ``MixturePass/sums(_:in:)``.
    consuming func sums(_ rows: any RowSource, in range: Range<Int>) -> MixtureSums {
        let (k, d) = (packed.patternCount, packed.dimension)
        var storeCounts = [Int](repeating: 0, count: k)
        var result = MixtureSums(patternCount: k, dimension: d)
        for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.capacity) {
            let count = min(Self.capacity, range.upperBound - start)
            let block = rows.block(start..<start + count)
            result.logLikelihood += load(block.matrix, from: block.range.lowerBound, count: count)
            // SAFETY: shapes as in `init`, which are those of CKernels.h; `count` ≤ CK_ROWS; nothing is kept.
            unsafe ck_responsibilities(
                level, densities.base, count, k, logSums.base, reciprocals.base, powers.base, totals.base)
            unsafe ck_moments(
                level, panels.base, count, d, k, powers.base, stores.base, storeWeights.base, &storeCounts,
                means.base, scatters.base)
        }
        // SAFETY: as above.
        unsafe ck_flush(
            level, d, k, stores.base, storeWeights.base, &storeCounts, means.base, scatters.base)
        for pattern in 0..<k { result.patterns[pattern] = patternSums(pattern) }
        return result
    }

    /// See ``MixturePass/logSums(_:in:)``.
    consuming func logSums(_ rows: Matrix, in range: Range<Int>) -> [Double] {
        var result = [Double](repeating: 0, count: range.count)
        for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.capacity) {
            let count = min(Self.capacity, range.upperBound - start)
            _ = load(rows, from: start, count: count)
            // SAFETY: `logSums` holds CK_LEADING ≥ `count` doubles.
            for row in 0..<count { result[start - range.lowerBound + row] = unsafe logSums.base[row] }
        }
        return result
    }

    /// See ``MixturePass/posteriorLosses(_:in:logWeights:)``.
    consuming func posteriorLosses(
        _ rows: Matrix, in range: Range<Int>, logWeights: [Double]
    ) -> [Double] {
        var result = [Double](repeating: 0, count: range.count)
        for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.capacity) {
            let count = min(Self.capacity, range.upperBound - start)
            _ = load(rows, from: start, count: count)
            for pattern in 0..<packed.patternCount {
                let offset = pattern * Self.leading
                // SAFETY: offset + row lies inside pattern · CK_LEADING doubles, as `count` ≤ CK_ROWS.
                for row in 0..<count {
                    let r = unsafe powers.base[offset + row] * reciprocals.base[row]
                    let loss = unsafe densities.base[offset + row] - logWeights[pattern]
                    result[start - range.lowerBound + row] -= r * loss
                }
            }
        }
        return result
    }

    /// Panels, log densities and log sums of `count` rows; returns the sum of these.
    private func load(_ rows: Matrix, from start: Int, count: Int) -> Double {
        let d = packed.dimension
        precondition(
            count > 0 && count <= Self.capacity && start >= 0 && start + count <= rows.rowCount
                && rows.columnCount == d, "rows \(start) + \(count) of \(rows.rowCount) × \(rows.columnCount)"
        )
        let panelCount = (count + Int(CK_PANEL) - 1) / Int(CK_PANEL)
        return unsafe rows.elements.withUnsafeBufferPointer { elements in
            // SAFETY: `elements` holds (start + count)·d doubles; the buffers have the shapes of CKernels.h for up to
            // CK_ROWS rows; nothing is kept.
            guard let first = elements.baseAddress else { return 0 }
            unsafe ck_panels(level, first + start * d, count, d, panels.base)
            unsafe ck_densities(
                level, panels.base, panelCount, d, packed.patternCount, packed.tiles, packed.stride,
                packed.centres, packed.constants, densities.base)
            return unsafe ck_log_sums(
                level, densities.base, count, packed.patternCount, powers.base, logSums.base,
                reciprocals.base)
        }
    }

    private func patternSums(_ pattern: Int) -> PatternSums {
        let (d, width) = (packed.dimension, packed.width)
        var sums = PatternSums(dimension: d)
        // SAFETY: 4 totals, `width` ≥ d means and width² scatters a pattern.
        let totals = unsafe totals.base + 4 * pattern
        sums.responsibilities.count = unsafe totals[0]
        sums.responsibilities.squares = unsafe totals[1]
        sums.responsibilities.logWeighted = unsafe totals[2]
        sums.responsibilities.largest = unsafe totals[3]
        var index = 0
        for row in 0..<d {
            sums.mean[row] = unsafe means.base[pattern * width + row]
            for column in row..<d {
                sums.scatter[index] = unsafe scatters.base[(pattern * width + row) * width + column]
                index += 1
            }
        }
        return sums
    }
}
