import Sodium
import Wire

/// What the agreed chunks add up to: the sum of the roster, checked, with its digest.
struct Opening {
    /// Slack of the checks beyond the tolerance, relative to the roster: masks cost up to 3e-10 (protocol.md
    /// §2.3).
    private static let slackMinimum = 1e-8

    let plan: AggregationPlan
    /// What each session agreed on; shape `(chunkCount, messageCount)`.
    let chunks: [[Double]]

    /// Completed, or failed where the sum cannot be right.
    var directive: AggregationDirective {
        switch plan.operation {
        case .maximum: .completed(outcome(of: chunks[0], entries: chunks[0], members: plan.roster.count))
        case .sum: checkedSum
        }
    }

    /// The same for an exact sum, where the checks need no slack.
    ///
    /// - Parameter total: the decoded sum over roster and chunks; shape `(plan.messageCount)`.
    static func exact(_ total: [Double], plan: AggregationPlan) -> AggregationDirective {
        let size = Double(plan.roster.count)
        let counted = total[total.count - 1]
        guard counted == size else {
            return .failed(.memberCount(opened: counted, roster: plan.roster.count))
        }
        let entries = Array(total.dropLast())
        if let index = AveragingKernel.firstOutside(entries, bound: size) {
            return .failed(.entryOutOfRange(index: index, value: entries[index], bound: size))
        }
        let opening = Opening(plan: plan, chunks: [])
        return .completed(opening.outcome(of: total, entries: entries, members: plan.roster.count))
    }

    private var checkedSum: AggregationDirective {
        let size = Double(plan.roster.count)
        var total = chunks[0]
        for chunk in chunks.dropFirst() {
            for index in total.indices { total[index] += chunk[index] }
        }
        for index in total.indices { total[index] *= size }
        let tolerance = 8 * plan.geometry.settings.tolerance
        let slack = size * (tolerance > Self.slackMinimum ? tolerance : Self.slackMinimum)
        let counted = total[total.count - 1]
        guard (counted - size).magnitude <= slack else {
            return .failed(.memberCount(opened: counted, roster: plan.roster.count))
        }
        let entries = Array(total.dropLast())
        if let index = AveragingKernel.firstOutside(entries, bound: size + slack) {
            return .failed(.entryOutOfRange(index: index, value: entries[index], bound: size + slack))
        }
        return .completed(outcome(of: total, entries: entries, members: Int(counted.rounded())))
    }

    private func outcome(of total: [Double], entries: [Double], members: Int) -> AggregationOutcome {
        let digest = agreedHash("sum") { writer in
            writer.write(plan.attempt)
            writer.write(UInt16(plan.roster.count))
            for member in plan.roster { writer.write(bytes: member.bytes) }
            writer.write(doubles: total)
        }
        return AggregationOutcome(
            sum: entries, memberCount: members, digest: digest, steps: plan.steps,
            agreementSteps: plan.agreementSteps)
    }
}
