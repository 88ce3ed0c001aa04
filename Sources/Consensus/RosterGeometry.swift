import LinearAlgebra
package import Sodium
package import Topology
import Wire

/// What an agreement and a roster fix for all rounds: graphs, spectrum, mixing plan, bounds.
///
/// Relabelling a graph changes neither its spectrum nor its diameter, so this is built once per roster and
/// plans of rounds cost no eigenvalues.
package struct RosterGeometry: Sendable {
    /// The standard deviation of an edge mask, in units of the range of a block (protocol.md §2.3).
    package static let maskDeviation = 65_536.0
    /// The mask graph is complete up to this many members.
    package static let completeMaskLimit = 64
    /// Largest roster.
    package static let rosterLimit = 65_535
    /// Most steps of a session, so that a step fits its field and a run ends.
    package static let stepLimit = 100_000_000

    package let settings: AggregationSettings
    /// The members, in the agreement's order.
    package let roster: [PublicIdentity]
    /// The agreement's graph on this roster, not relabelled: links that stay open.
    package let controlGraph: Graph
    /// The family in force; `nil` for explicit edges.
    package let family: GraphFamily?
    /// Whether the agreement's family does not exist at this size.
    package let isSubstitute: Bool
    /// `nil` for exact sums, which do not average.
    package let spectrum: Spectrum?
    /// Who shares edge masks; `nil` without masks.
    package let maskGraph: Graph?
    /// The averaging steps and their coefficients; none for exact sums.
    package let mixing: MixingPlan
    /// Flooding steps after averaging: the diameter of the control graph and of every relabelling.
    package let agreementSteps: Int
    /// The largest magnitude that a value of a sum's session may have on the wire; exact sums carry words.
    package let valueBound: Double
    /// Where members of one process find what others of this very geometry have computed.
    package let memo: any AgreedMemo

    /// - Parameters:
    ///   - roster: in the agreement's order, each member once.
    ///   - memo: serves this geometry and no other.
    /// - Throws: ``ConsensusError``.
    package init(
        settings: AggregationSettings, roster: [PublicIdentity], memo: any AgreedMemo = Unshared()
    ) throws(ConsensusError) {
        self.memo = memo
        let protection = settings.protection
        guard roster.count >= 1, roster.count <= Self.rosterLimit else {
            throw .rosterSize(count: roster.count, limit: Self.rosterLimit)
        }
        var seen: Set<PublicIdentity> = []
        for (index, member) in roster.enumerated() where !seen.insert(member).inserted {
            throw .repeatedMember(index: index)
        }
        guard protection.chunks >= 1, protection.chunks <= ProtectionSettings.chunkLimit else {
            throw .chunkCount(count: protection.chunks, limit: ProtectionSettings.chunkLimit)
        }
        if let threshold = protection.shamirThreshold {
            guard threshold >= 1, threshold <= Self.largestShamirThreshold(memberCount: roster.count) else {
                throw .shamirThreshold(threshold: threshold, memberCount: roster.count)
            }
        }
        guard settings.tolerance > 0, settings.tolerance < 1 else { throw .tolerance(settings.tolerance) }
        self.settings = settings
        self.roster = roster
        do throws(TopologyError) {
            let built = try settings.topology.build(vertexCount: roster.count)
            controlGraph = built.graph
            family = built.family
            isSubstitute = built.isSubstitute
            spectrum = settings.method == .dynamical ? try Spectrum(of: built.graph) : nil
            if let spectrum, settings.weights == .finite, !spectrum.isComplete {
                throw TopologyError.tooManyVertices(
                    vertexCount: roster.count, limit: Spectrum.denseLimit)
            }
            maskGraph =
                protection.masks
                ? try Self.maskGraph(settings: settings, roster: roster, controlGraph: built.graph) : nil
        } catch {
            throw .topology(error)
        }
        let maskDegree = maskGraph?.largestDegree ?? 0
        let deviation = maskDegree > 0 ? Self.maskDeviation : 1
        mixing =
            spectrum.map { [controlGraph] spectrum in
                MixingPlan(
                    weights: settings.weights, graph: controlGraph, spectrum: spectrum,
                    tolerance: Self.sessionTolerance(settings.tolerance, maskDegree: maskDegree))
            } ?? .none
        guard mixing.steps <= Self.stepLimit else {
            throw .stepCount(steps: mixing.steps, limit: Self.stepLimit)
        }
        agreementSteps = controlGraph.diameter ?? 0
        valueBound = 64 * Double(maskDegree + protection.chunks + 1) * deviation * mixing.growth
    }

    /// What the agreement fixes for some of its participants: fresh graphs, in the agreement's family or the substitute
    /// for it; of explicit edges those among them.
    ///
    /// - Parameter members: of this geometry's roster, which is the whole agreement's.
    /// - Throws: ``ConsensusError`` where these alone cannot make a sum: explicit edges do not connect them, or there are
    ///   too few for Shamir's threshold.
    package func reduced(to members: MemberSet) throws(ConsensusError) -> RosterGeometry {
        precondition(
            members.participantCount == roster.count, "\(members.participantCount) of \(roster.count)")
        guard members.count < roster.count else { return self }
        return try memo.value(.geometry, of: members) { members in
            Result { () throws(ConsensusError) in
                let places = members.members
                return try RosterGeometry(
                    settings: settings.induced(on: places), roster: places.map { roster[$0] },
                    memo: memo.another())
            }
        }.get()
    }

    /// Whom a member turns to when its control neighbours are gone: those it shares masks with, or would, as they are
    /// many and anywhere. On explicit edges nobody else can be reached.
    package func emergencyNeighbours(of member: Int) -> [Int] {
        let graph = maskGraph ?? (try? Self.maskGraph(settings: settings, roster: roster))
        return (graph ?? controlGraph).neighbours(of: member)
    }

    /// ε of a session: what masks widen the start by, averaging has to take away again (protocol.md §2.1).
    ///
    /// - Parameter maskDegree: the largest number of masks of a member, 0 without masks.
    static func sessionTolerance(_ tolerance: Double, maskDegree: Int) -> Double {
        let deviation = maskDegree > 0 ? maskDeviation : 1
        return tolerance / (8 * deviation * Double(maskDegree + 1).squareRoot())
    }

    /// Steps of a sum before agreement: of averaging, or all of an exact sum.
    package var sumSteps: Int {
        switch settings.method {
        case .dynamical: mixing.steps
        case .exact:
            settings.protection.shamirThreshold == nil
                ? foldSchedule?.stepCount ?? agreementSteps : ShamirSession.stepCount
        }
    }

    /// Whose words meet at which step of an exact sum; `nil` on explicit edges, along which words are flooded, and with
    /// Shamir's shares.
    package var foldSchedule: FoldSchedule? {
        guard settings.method == .exact, !settings.topology.hasExplicitEdges,
            settings.protection.shamirThreshold == nil
        else { return nil }
        return FoldSchedule(size: roster.count)
    }

    /// S − 2: more colluders leave no two others to hide behind each other, and one member may be gone.
    package static func largestShamirThreshold(memberCount: Int) -> Int { memberCount - 2 }

    /// Who opens an attempt shared by Shamir's scheme: one more than it takes, so that a wrong share shows, and in turn,
    /// so that the load moves. The others tell their shares only where one of these is missing. Empty without.
    package func openers(round: UInt64, attempt: UInt32) -> [Int] {
        guard let threshold = settings.protection.shamirThreshold else { return [] }
        let start = Int((round &+ UInt64(attempt)) % UInt64(roster.count))
        return (0..<(threshold + 2)).map { (start + $0) % roster.count }.sorted()
    }

    /// Whether members add self masks: they do where the agreement says so and somebody can hold shares.
    package var hasSelfMasks: Bool {
        settings.protection.selfMasks && (maskGraph?.largestDegree ?? 0) > 0
    }

    /// Shares that open the seed of a member's self mask, of as many as it has mask neighbours (protocol.md §2.3).
    ///
    /// On a complete mask graph any majority has them, and no coalition of ``ProtectionSettings/colluders`` in a roster that
    /// is large enough. A lone neighbour never does: it would see through the masks of an attempt that was given up.
    package func shareThreshold(of member: Int) -> Int {
        let degree = maskGraph?.neighbours(of: member).count ?? 0
        let isComplete =
            degree == roster.count - 1 && maskGraph?.edges.count == degree * roster.count / 2
        guard isComplete else { return (degree + 2) / 3 + 1 }
        return max(degree / 2 + 1, min(settings.protection.colluders + 1, degree))
    }

    /// Who shares masks in a roster, whether or not the agreement has masks on.
    ///
    /// - Throws: ``ConsensusError`` where the roster has no graph.
    package static func maskGraph(
        settings: AggregationSettings, roster: [PublicIdentity]
    ) throws(ConsensusError) -> Graph {
        do throws(TopologyError) {
            let built = try settings.topology.build(vertexCount: roster.count)
            return try maskGraph(settings: settings, roster: roster, controlGraph: built.graph)
        } catch {
            throw .topology(error)
        }
    }

    /// One mask graph for all rounds, attempts and chunks: a new draw would give a coalition another chance.
    private static func maskGraph(
        settings: AggregationSettings, roster: [PublicIdentity], controlGraph: Graph
    ) throws(TopologyError) -> Graph {
        // Explicit edges: not every pair may connect, so masks stay on them.
        if settings.topology.hasExplicitEdges { return controlGraph }
        let degree: Int
        if let asked = settings.protection.maskDegree {
            degree = asked
        } else if roster.count <= completeMaskLimit || settings.protection.colluders > 0 {
            return .complete(vertexCount: roster.count)
        } else {
            // ⌈log2 S⌉: the bits of S − 1.
            degree = 3 * (Int.bitWidth - (roster.count - 1).leadingZeroBitCount)
        }
        let hash = agreedHash("mask-graph") { writer in
            writer.write(bytes: settings.networkID)
            for member in roster { writer.write(bytes: member.bytes) }
        }
        var stream = AgreedStream(seed: hash)
        return try .randomRegular(vertexCount: roster.count, degree: degree, seed: stream.next())
    }
}
