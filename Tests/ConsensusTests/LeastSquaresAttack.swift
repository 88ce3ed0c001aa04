import LinearAlgebra
import Sodium
import Topology

@testable import Consensus

/// What a curious coalition does that keeps every message it sends or receives and solves for everybody's vector
/// (mathematics.md §4.3). It knows the agreement, hence all graphs and coefficients, and no more than its own secrets.
struct LeastSquaresAttack {
    let plan: AggregationPlan
    let coalition: [Int]
    /// The messages that the coalition sent or received.
    let traffic: [TestNetwork.Envelope]
    /// Singular values below this fraction of the largest count as 0.
    var relativeThreshold = 1e-13

    init(network: TestNetwork, coalition: [Int]) {
        plan = network.plan
        self.coalition = coalition
        traffic = network.sent.filter { coalition.contains($0.from) || coalition.contains($0.to) }
    }

    /// The best guess of every member's vector, by member; the chunks solved one by one and added.
    func estimates() -> [[Double]] {
        var total = [[Double]](
            repeating: [Double](repeating: 0, count: plan.messageCount), count: plan.roster.count)
        for chunk in plan.chunkGraphs.indices {
            let solution = solved(chunk)
            for member in total.indices {
                for entry in total[member].indices { total[member][entry] += solution[member, entry] }
            }
        }
        return total
    }

    /// The members outside the coalition whose every entry is guessed within `tolerance`, ascending.
    func recovered(of vectors: [[Double]], tolerance: Double) -> [Int] {
        let guesses = estimates()
        return vectors.indices.filter { member in
            !coalition.contains(member)
                && zip(vectors[member], guesses[member]).allSatisfy { ($0 - $1).magnitude < tolerance }
        }
    }

    /// Starting vectors of a chunk (rows 0 ..< S) and masks between honest members behind them.
    private func solved(_ chunk: Int) -> Matrix {
        let graph = plan.chunkGraphs[chunk]
        let size = plan.roster.count
        let pairs = (plan.geometry.maskGraph?.edges ?? []).filter {
            !coalition.contains($0.low) && !coalition.contains($0.high)
        }
        let known = knownMasks(chunk)
        let states = propagators(graph)
        var rows: [Double] = []
        var right: [Double] = []
        for envelope in traffic {
            guard case .data(let message) = envelope.message, Int(message.chunk) == chunk,
                Int(message.step) <= plan.steps, case .values(let values) = message.payload
            else { continue }
            let row = states[Int(message.step)][envelope.from]
            rows += row
            for pair in pairs { rows.append(RosterGeometry.maskDeviation * (row[pair.low] - row[pair.high])) }
            right += values.indices.map { entry in
                var rest: Double = values[entry]
                for member in 0..<size { rest -= row[member] * known[member][entry] }
                return rest
            }
        }
        let width = size + pairs.count
        return leastSquares(
            Matrix(rowCount: rows.count / width, columnCount: width, elements: rows),
            Matrix(rowCount: rows.count / width, columnCount: plan.messageCount, elements: right),
            relativeThreshold: relativeThreshold)
    }

    /// `[t][v]`: member v's value at step t as a function of all starting values, by the kernel that members run.
    private func propagators(_ graph: Graph) -> [[[Double]]] {
        let size = plan.roster.count
        var states = [
            (0..<size).map { member in
                var row = [Double](repeating: 0, count: size)
                row[member] = 1
                return row
            }
        ]
        for index in 0..<plan.steps {
            let current = states[index]
            let before = states[max(index - 1, 0)]
            states.append(
                (0..<size).map { member in
                    AveragingKernel.averaged(
                        current: current[member], before: before[member],
                        neighbours: graph.neighbours(of: member).map { current[$0] },
                        step: plan.mixing.step(at: index))
                })
        }
        return states
    }

    /// What each honest member added to a chunk by masks that it shares with the coalition, from the recorded SEEDs.
    private func knownMasks(_ chunk: Int) -> [[Double]] {
        var masks = [[Double]](
            repeating: [Double](repeating: 0, count: plan.messageCount), count: plan.roster.count)
        for envelope in traffic {
            guard case .seed(let own) = envelope.message, coalition.contains(envelope.to),
                !coalition.contains(envelope.from)
            else { continue }
            for answer in traffic where answer.from == envelope.to && answer.to == envelope.from {
                guard case .seed(let other) = answer.message else { continue }
                let isLow = plan.roster[envelope.from] < plan.roster[envelope.to]
                let seed = EdgeMask.pairSeed(
                    lowHalf: isLow ? own.half : other.half, highHalf: isLow ? other.half : own.half)
                EdgeMask.add(
                    to: &masks[envelope.from], pairSeed: seed, chunk: chunk,
                    factor: isLow ? RosterGeometry.maskDeviation : -RosterGeometry.maskDeviation)
            }
        }
        return masks
    }
}
