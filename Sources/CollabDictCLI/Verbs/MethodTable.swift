import Agreement
import Consensus
import Topology

/// All methods for one agreement, side by side, in the keys of docs/interface.md and for people.
struct MethodTable {
    private let figures: [MethodFigures]
    private let vectorCount: Int
    private let memberCount: Int

    /// Operations that each of its audits may take: some tenths of a second.
    private static let effort = 100_000_000

    /// - Parameter vectorCount: entries of a round's vector.
    /// - Throws: `ConsensusError`.
    init(_ members: NetworkMembers, vectorCount: Int) throws {
        figures = try members.aggregation.methodFigures(
            roster: members.roster, vectorCount: vectorCount, effort: Self.effort)
        self.vectorCount = vectorCount
        memberCount = members.names.count
    }

    /// The JSON array `methods`.
    var value: CanonicalValue { .list(figures.map(value)) }

    private func value(_ figures: MethodFigures) -> CanonicalValue {
        .object([
            ("method", .text(figures.method.rawValue)),
            ("weights", figures.weights.map { .text($0.rawValue) } ?? .null),
            ("route", .text(figures.route.rawValue)), ("available", .bool(figures.isAvailable)),
            ("reason", figures.isAvailable ? .null : .text(reason(figures))),
            ("chunks", .integer(figures.chunks)), ("vectorLength", .integer(vectorCount)),
            ("errorBound", .finite(figures.errorBound)),
            ("withoutMasks", value(figures.plain, recovered: figures.recoveredPlain)),
            ("withMasks", value(figures.masked, recovered: figures.recoveredMasked)),
        ])
    }

    private func value(_ cost: SessionCost?, recovered: Int?) -> CanonicalValue {
        guard let cost else { return .null }
        return .object([
            ("steps", .integer(cost.steps)), ("agreementSteps", .integer(cost.agreementSteps)),
            ("messagesPerPeer", .finite(cost.messagesPerPeer)),
            ("bytesPerPeer", .finite(cost.bytesPerPeer)), ("recovered", .optional(recovered)),
        ])
    }

    private func reason(_ figures: MethodFigures) -> String {
        figures.weights == .finite
            ? "needs every eigenvalue of the graph, computed up to \(RosterGeometry.finiteMemberLimit) participants"
            : "takes more than \(RosterGeometry.stepLimit) steps"
    }

    /// The same for people; a star marks the method in force.
    func text(inForce settings: ConsensusSettings) -> String {
        var table = TextTable([
            ("method", .left), ("steps", .right), ("with masks", .right), ("messages", .right),
            ("bytes", .right), ("error", .right), ("one curious peer recovers", .left),
        ])
        for line in figures {
            let isInForce =
                line.method == settings.method && line.weights == settings.weightsInForce
                && (line.route == .sharing) == (settings.protection.shamirThreshold != nil)
            let name = (line.weights?.rawValue ?? "exact (\(line.route.rawValue))") + (isInForce ? " *" : "")
            guard let plain = line.plain, let masked = line.masked else {
                table.append([name, "–", "–", "–", "–", "–", "not available: \(reason(line))"])
                continue
            }
            table.append([
                name, steps(plain), steps(masked), Figure.decimal(masked.messagesPerPeer, places: 1),
                Figure.bytes(masked.bytesPerPeer), Figure.power(line.errorBound),
                "\(recovered(line.recoveredPlain)), with masks \(recovered(line.recoveredMasked))",
            ])
        }
        return """
            \(table.text)

            A session is one chunk of one sum, here of \(vectorCount) entries; messages and bytes are what a peer sends in \
            one with masks. \
            Steps of averaging + of agreement. The error is relative to participants times range.
            """
    }

    private func steps(_ cost: SessionCost) -> String {
        cost.agreementSteps == 0 ? "\(cost.steps)" : "\(cost.steps) + \(cost.agreementSteps)"
    }

    private func recovered(_ count: Int?) -> String {
        count.map { $0 == 0 ? "nobody" : "\($0) of \(memberCount - 1)" } ?? "not computed"
    }
}
