import LinearAlgebra
package import Topology

/// How well Gaussian edge masks hide the members of the honest part of the mask graph (mathematics.md §5.2).
///
/// Given all that is on the wire, the honest vectors are known up to noise N(0, σ²·L_H), L_H the Laplacian of that part.
/// Figures are per entry, for one session's masks: cutting into chunks adds noise and is not counted.
package struct MaskStrength: Sendable, Equatable {
    /// Largest honest part that is computed; the matrices are dense.
    package static let memberLimit = 1_100

    /// The largest effective resistance between two members of one component; nil if all components are single.
    package let largestResistance: Double?
    /// The smallest variance of a member's value given all that is seen, its variance before being 1; 0 for a component
    /// of one.
    package let smallestPosteriorVariance: Double
    /// σ, in units of the range of an entry.
    package let deviation: Double

    /// - Parameter deviation: σ > 0.
    /// - Returns: nil if the honest part is empty or exceeds ``memberLimit``.
    /// - Complexity: O(S³).
    package init?(maskGraph: Graph, coalition: [Int], deviation: Double) {
        precondition(deviation > 0, "masks of deviation \(deviation)")
        let components = honestComponents(of: maskGraph, without: coalition)
        let honest = components.reduce(0) { $0 + $1.count }
        guard honest > 0, honest <= Self.memberLimit else { return nil }
        var resistance: Double?
        var variance = 1.0
        for component in components {
            guard component.count > 1 else {
                variance = 0
                continue
            }
            let eigen = SymmetricEigen(Self.part(of: maskGraph, component).laplacian)
            variance = min(variance, Self.smallestVariance(eigen, deviation: deviation))
            resistance = max(resistance ?? 0, Self.largestResistance(eigen))
        }
        largestResistance = resistance
        smallestPosteriorVariance = variance
        self.deviation = deviation
    }

    /// The Rényi divergence of order α between what is seen before and after a change that moves `change` from one member
    /// of a component to another and keeps the sum: α·Δ²·R/(2σ²) at the largest R. Infinite for a component of one.
    ///
    /// - Parameter change: Δ, in units of the range of an entry.
    package func renyiDivergence(order: Double, change: Double = 1) -> Double {
        guard let largestResistance, smallestPosteriorVariance > 0 else { return .infinity }
        return order * change * change * largestResistance / (2 * deviation * deviation)
    }

    /// The subgraph of a component, its members renamed 0, 1, … in order.
    private static func part(of graph: Graph, _ component: [Int]) -> Graph {
        var place = [Int](repeating: -1, count: graph.vertexCount)
        for (index, member) in component.enumerated() { place[member] = index }
        return Graph(
            vertexCount: component.count,
            edges: graph.edges.compactMap { edge in
                place[edge.low] < 0 || place[edge.high] < 0 ? nil : Edge(place[edge.low], place[edge.high])
            })
    }

    /// min_s of [I − (I + σ²L)⁻¹]_ss, the eigenvalue of the constant vector being 0 exactly.
    private static func smallestVariance(_ eigen: SymmetricEigen, deviation: Double) -> Double {
        let count = eigen.values.count
        var smallest = 1.0
        for member in 0..<count {
            var known = 1 / Double(count)
            for index in 1..<count {
                let entry = eigen.vectors[member, index]
                known += entry * entry / (1 + deviation * deviation * eigen.values[index])
            }
            smallest = min(smallest, 1 - known)
        }
        return smallest
    }

    /// max_{i<j} of (e_i − e_j)ᵀL⁺(e_i − e_j).
    private static func largestResistance(_ eigen: SymmetricEigen) -> Double {
        let count = eigen.values.count
        var scaled = Matrix(rowCount: count, columnCount: count)
        for member in 0..<count {
            for index in 1..<count {
                scaled[member, index] = eigen.vectors[member, index] / eigen.values[index].squareRoot()
            }
        }
        var largest = 0.0
        for first in 0..<count {
            for second in (first + 1)..<max(count, first + 1) {
                var sum = 0.0
                for index in 1..<count {
                    let difference =
                        scaled.elements[first * count + index] - scaled.elements[second * count + index]
                    sum += difference * difference
                }
                largest = max(largest, sum)
            }
        }
        return largest
    }
}
