import Topology

/// One member's side of one chunk's session: averaging steps, then flooding of the maximum.
///
/// Step t waits for the step-t message of every neighbour. A neighbour waits for ours too, so it is at most
/// one step ahead, and one more message per neighbour is all that is ever kept.
struct ChunkSession: Sendable {
    /// A message that was sent: the last two are kept for a link that comes back.
    struct Sent: Sendable {
        let step: Int
        let values: [Double]
    }

    /// What came of a message.
    enum Reception: Equatable {
        case taken
        case repeated
        case refused(Misbehaviour)
    }

    /// Session neighbours by place in the roster, ascending.
    let neighbours: [Int]
    private let mixing: MixingPlan
    private let averagingSteps: Int
    /// Averaging and agreement steps.
    let stepCount: Int
    /// Values of a vector.
    private let count: Int
    private let bound: Double

    /// The step whose messages are awaited; −1 before the start, `stepCount` at the end.
    private(set) var step = -1
    /// The vector of this step; at the end, what all have agreed.
    private(set) var current: [Double] = []
    private var before: [Double] = []
    /// Vectors of this step and of the next by neighbour; empty where missing.
    private var arrived: [[Double]]
    private var ahead: [[Double]]
    private var missingCount: Int
    /// Distance of the constant-1 channel from the neighbours' mean at the last averaging step.
    private(set) var residual: Double?

    init(plan: AggregationPlan, chunk: Int, member: Int) {
        neighbours = plan.chunkGraphs[chunk].neighbours(of: member)
        mixing = plan.mixing
        averagingSteps = plan.steps
        stepCount = plan.stepCount
        count = plan.messageCount
        bound = plan.valueBound
        arrived = [[Double]](repeating: [], count: neighbours.count)
        ahead = arrived
        missingCount = neighbours.count
    }

    var isFinished: Bool { step == stepCount }

    /// Neighbours whose message for this step has not come.
    var waitingFor: [Int] {
        if isFinished { return [] }
        return neighbours.indices.filter { arrived[$0].isEmpty }.map { neighbours[$0] }
    }

    /// The last two messages, older first.
    var lastSent: [Sent] {
        var sent: [Sent] = []
        if step >= 1 { sent.append(Sent(step: step - 1, values: before)) }
        if step >= 0 && !isFinished { sent.append(Sent(step: step, values: current)) }
        return sent
    }

    /// Begins with this vector; the caller sends it and then calls ``advance()``.
    mutating func start(with vector: [Double]) {
        precondition(step == -1 && vector.count == count, "\(vector.count) values at step \(step)")
        step = 0
        current = averagingSteps == 0 ? AveragingKernel.withoutNegativeZeros(vector) : vector
        before = current
        takeAhead()
    }

    /// Keeps a neighbour's vector, or says why not; a refused one leaves everything as it was.
    mutating func receive(_ payload: DataPayload, step sent: Int, from peer: Int) -> Reception {
        guard let place = neighbours.firstIndex(of: peer) else { return .refused(.notNeighbour) }
        guard sent < stepCount else { return .refused(.unknownStep(step: sent, stepCount: stepCount)) }
        guard sent <= step + 1 else { return .refused(.stepAhead(step: sent, current: max(step, 0))) }
        guard case .values(let values) = payload else { return .refused(.wrongPayload) }
        guard values.count == count else {
            return .refused(.wrongCount(count: values.count, expected: count))
        }
        if let index = AveragingKernel.firstOutside(values, bound: bound) {
            return .refused(
                .valueOutOfBounds(index: index, bitPattern: values[index].bitPattern, bound: bound))
        }
        guard sent >= step else { return .repeated }
        let known = sent == step ? arrived[place] : ahead[place]
        guard known.isEmpty else { return known == values ? .repeated : .refused(.contradiction) }
        if sent == step {
            arrived[place] = values
            missingCount -= 1
        } else {
            ahead[place] = values
        }
        return .taken
    }

    /// Takes one step if all messages for it are there.
    ///
    /// - Returns: the vector to send next; `nil` if messages are missing or that was the last step.
    mutating func advance() -> Sent? {
        guard step >= 0, !isFinished, missingCount == 0 else { return nil }
        let next: [Double]
        if step < averagingSteps {
            let averaged = AveragingKernel.averaged(
                current: current, before: before, neighbours: arrived, step: mixing.step(at: step))
            residual = distance(at: count - 1)
            let isLast = step == averagingSteps - 1
            next = isLast ? AveragingKernel.withoutNegativeZeros(averaged) : averaged
        } else {
            next = AveragingKernel.flooded(current: current, neighbours: arrived)
        }
        before = current
        current = next
        step += 1
        takeAhead()
        return isFinished ? nil : Sent(step: step, values: current)
    }

    /// Makes the messages that were a step ahead those of this step.
    private mutating func takeAhead() {
        missingCount = 0
        for place in neighbours.indices {
            arrived[place] = ahead[place]
            ahead[place] = []
            if arrived[place].isEmpty { missingCount += 1 }
        }
    }

    /// How far one entry is from the mean of the neighbours'.
    private func distance(at index: Int) -> Double {
        var sum = 0.0
        for vector in arrived { sum += vector[index] - current[index] }
        return (sum / Double(neighbours.count)).magnitude
    }
}
