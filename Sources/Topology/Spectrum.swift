import LinearAlgebra

/// The eigenvalues of a graph's Laplacian, and its ends rounded so that everybody gets the same step counts.
///
/// LAPACK may differ by a last bit from one processor to another; six digits never do, but for a value within
/// 1e-9 of a rounding edge, and those that the families produce exactly (2, S, 4) are snapped to themselves
/// first. Beyond ``denseLimit`` vertices only the ends are computed, and the interval between them is widened by 1 %.
package struct Spectrum: Sendable, Equatable {
    /// Largest graph all of whose eigenvalues are computed: the matrix is dense.
    package static let denseLimit = 4_096
    /// How far the ends of a larger graph are moved outward, relative to themselves.
    private static let widening = 0.01

    /// Vertices of the graph.
    package let vertexCount: Int
    /// All eigenvalues, ascending, the first 0 up to rounding; empty beyond ``denseLimit`` vertices.
    package let eigenvalues: [Double]
    /// The second smallest, the algebraic connectivity; 0 for a single vertex.
    package let lambda2: Double
    /// The largest; 0 for a single vertex.
    package let lambdaMax: Double
    /// A number of six digits below ``lambda2``.
    package let lambda2Lower: Double
    /// A number of six digits above ``lambdaMax``.
    package let lambdaMaxUpper: Double

    /// - Throws: ``TopologyError/disconnected(vertexCount:edgeCount:)``;
    ///   ``TopologyError/spectrumNotFound(vertexCount:)``.
    /// - Complexity: O(S³) up to ``denseLimit`` vertices, then some hundred times the edges of an expander.
    package init(of graph: Graph) throws(TopologyError) {
        guard graph.isConnected else {
            throw .disconnected(vertexCount: graph.vertexCount, edgeCount: graph.edges.count)
        }
        guard graph.vertexCount > 1 else {
            self.init(eigenvalues: [0])
            return
        }
        guard graph.vertexCount > Self.denseLimit else {
            self.init(eigenvalues: symmetricEigenvalues(graph.laplacian))
            return
        }
        try self.init(endsOf: graph)
    }

    /// The ends alone, whatever the size.
    ///
    /// - Parameter graph: connected, of at least three vertices.
    /// - Throws: ``TopologyError/spectrumNotFound(vertexCount:)``.
    init(endsOf graph: Graph) throws(TopologyError) {
        guard let ends = LanczosEnds(of: graph) else {
            throw .spectrumNotFound(vertexCount: graph.vertexCount)
        }
        vertexCount = graph.vertexCount
        eigenvalues = []
        lambda2 = ends.lambda2
        lambdaMax = ends.lambdaMax
        lambda2Lower = rounded(ends.lambda2 * (1 - Self.widening), digits: 6, .down)
        lambdaMaxUpper = rounded(ends.lambdaMax * (1 + Self.widening), digits: 6, .up)
    }

    private init(eigenvalues: [Double]) {
        vertexCount = eigenvalues.count
        self.eigenvalues = eigenvalues
        lambda2 = eigenvalues.count > 1 ? eigenvalues[1] : 0
        lambdaMax = eigenvalues.count > 1 ? eigenvalues[eigenvalues.count - 1] : 0
        lambda2Lower = rounded(lambda2, digits: 6, .down)
        lambdaMaxUpper = rounded(lambdaMax, digits: 6, .up)
    }

    /// Whether all eigenvalues are known, which `finite` needs.
    package var isComplete: Bool { !eigenvalues.isEmpty }

    /// The distinct nonzero eigenvalues to twelve digits, ascending: what `finite` runs through. Empty where not all
    /// are known.
    package var distinctNonzero: [Double] {
        var distinct: [Double] = []
        var last = 0.0
        for value in eigenvalues.dropFirst() where value - last > 1e-9 * lambdaMax {
            distinct.append(rounded(value, digits: 12, .toNearestOrEven))
            last = value
        }
        return distinct
    }
}

/// `value` to this many significant decimal digits, except that a value within 1e-9 of such a number becomes
/// it.
///
/// - Parameter value: 0 or at least 1e-9.
func rounded(_ value: Double, digits: Int, _ rule: FloatingPointRoundingRule) -> Double {
    guard value > 0 else { return 0 }
    // A power of ten by repeated multiplication: exact up to 10^22, and no libm.
    var scale = 1.0
    let lowest = power(of: 10, digits - 1)
    while value * scale < lowest { scale *= 10 }
    let scaled = value * scale
    let nearest = scaled.rounded(.toNearestOrEven)
    let isExact = (scaled - nearest).magnitude <= 1e-9 * scaled
    return (isExact ? nearest : scaled.rounded(rule)) / scale
}

private func power(of base: Double, _ exponent: Int) -> Double {
    (0..<exponent).reduce(1.0) { product, _ in product * base }
}
