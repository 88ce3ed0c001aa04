import LinearAlgebra
import Privacy
import Testing
import Topology

@testable import Consensus

/// The attack on recorded words of exact sums, and the audit that says beforehand what it will find.
@Suite struct ExactLeakageTests {
    enum Route: CaseIterable { case doubling, flooding }

    /// Fig. 1 of the paper: 31 members on the cycle with inverse chords.
    private func plan31(
        _ route: Route, _ protection: ProtectionSettings, attempt: UInt32 = 0
    ) throws -> AggregationPlan {
        let chords = Graph.cycleInverseChords(vertexCount: 31)
        let topology =
            route == .doubling
            ? GraphRecipe(family: .cycleInverseChords)
            : try GraphRecipe(edges: chords.edges.map { ($0.low, $0.high) })
        return try samplePlan(
            members: 31, count: 1, topology: topology, protection: protection, attempt: attempt,
            method: .exact)
    }

    private func recording(_ plan: AggregationPlan, _ vectors: [[Double]]) -> ExactAttack.Recording {
        ExactAttack.Recording(
            network: TestNetwork.run(plan: plan, vectors: vectors, seed: UInt64(plan.attempt) + 3),
            members: Array(0..<plan.roster.count), messageSteps: plan.steps, isDecided: true)
    }

    /// With self masks on: all of them are revealed once the sum is decided.
    @Test(arguments: Route.allCases, [1, 3, 8])
    func `with masks one curious peer of 31 recovers nobody from the words of an exact sum`(
        route: Route, chunks: Int
    ) throws {
        let vectors = sampleVectors(members: 31, count: 1, seed: 3)
        let plan = try plan31(route, ProtectionSettings(chunks: chunks))
        #expect(plan.hasSelfMasks)
        let attack = ExactAttack(
            coalition: [4], memberCount: 31, recordings: [recording(plan, vectors)])
        #expect(attack.recovered(of: vectors) == [])
    }

    @Test(arguments: [1, 3, 8])
    func `one curious peer of 31 recovers 30 of 30 where chunks alone are flooded`(chunks: Int) throws {
        let vectors = sampleVectors(members: 31, count: 1, seed: 3)
        let plan = try plan31(.flooding, ProtectionSettings(chunks: chunks, masks: false))
        let attack = ExactAttack(
            coalition: [4], memberCount: 31, recordings: [recording(plan, vectors)])
        #expect(try #require(attack.recovered(of: vectors)).count == 30)
    }

    /// By recursive doubling a peer only sees five to seven sums: those of its block's neighbours, of 1, 2, 4, … members.
    /// So no attack finds all 30 in one session; with several chunks, one has to be alone in a sum of every one of them.
    @Test(arguments: [1, 3, 8])
    func `by doubling one curious peer recovers from chunks alone what the audit says`(chunks: Int) throws {
        let vectors = sampleVectors(members: 31, count: 1, seed: 3)
        let plan = try plan31(.doubling, ProtectionSettings(chunks: chunks, masks: false))
        for member in 0..<31 {
            let attack = ExactAttack(
                coalition: [member], memberCount: 31, recordings: [recording(plan, vectors)])
            let verdict = CoalitionVerdict.unmasked(
                sessions: plan.chunkRanks.map(WatchedSession.doubling), coalition: [member], steps: 31)
            let found = try #require(attack.recovered(of: vectors))
            #expect(found == verdict.exposed)
            // Of one chunk: a host takes its guest's words, and some partner comes without a guest.
            #expect(found.count <= (chunks == 1 ? 2 : 1))
        }
    }

    /// Every round draws other ranks, and another partner shows its own vector of that round.
    @Test func `over the rounds of a run doubling without masks shows everybody once`() throws {
        var isExposed = [Bool](repeating: false, count: 31)
        var roundsNeeded: Int?
        for round in 0..<400 {
            let plan = try plan31(
                .doubling, ProtectionSettings(chunks: 1, masks: false), attempt: UInt32(round))
            let verdict = CoalitionVerdict.unmasked(
                sessions: plan.chunkRanks.map(WatchedSession.doubling), coalition: [4], steps: 31)
            for member in verdict.exposed { isExposed[member] = true }
            if isExposed.count(where: { $0 }) == 30, roundsNeeded == nil { roundsNeeded = round + 1 }
        }
        #expect(try #require(roundsNeeded) > 30)
    }

    @Test func `audit and attack agree on random exact sums, coalitions, aborts and smaller rosters`() throws
    {
        #if DEBUG
            let cases = 60
        #else
            let cases = 1_000
        #endif
        var generator = SeededGenerator(seed: 23, label: "exact-audit-and-attack")
        // By route, and by whether somebody was exposed.
        var counts = [[Int]](repeating: [0, 0], count: 2)
        var sealed = 0
        for trial in 0..<cases {
            let sample = Sample(trial: trial, using: &generator)
            let vectors = sampleVectors(members: sample.size, count: 2, seed: UInt64(trial))
            let recordings = try sample.recordings(of: vectors)
            let attack = ExactAttack(
                coalition: sample.coalition, memberCount: sample.size, recordings: recordings)
            let audited = DifferencingAudit.exposed(
                by: sample.coalition, attempts: recordings.map(Self.observed), memberCount: sample.size)
            let found = try #require(attack.recovered(of: vectors), "case \(trial) claims wrong words")
            #expect(found == audited, "case \(trial): \(sample)")
            counts[sample.route == .doubling ? 0 : 1][found.isEmpty ? 0 : 1] += 1
            if recordings.count == 2, recordings[0].network.plan.hasSelfMasks { sealed += 1 }
        }
        // Both answers must occur on both routes, or nothing was compared; and attempts that were given up with self masks.
        #expect(counts.joined().allSatisfy { $0 > cases / 20 }, "\(counts)")
        #expect(sealed > cases / 20)
    }

    /// The audit's view of what was recorded.
    private static func observed(_ recording: ExactAttack.Recording) -> ObservedAttempt {
        let plan = recording.network.plan
        let thresholds = plan.roster.indices.map { plan.geometry.shareThreshold(of: $0) }
        let selfMasks: ObservedAttempt.SelfMasks =
            !plan.hasSelfMasks ? .none : recording.isDecided ? .opened : .sealed(shareThresholds: thresholds)
        return ObservedAttempt(
            roster: recording.members,
            sessions: plan.geometry.foldSchedule == nil
                ? plan.chunkGraphs.map(WatchedSession.flooding)
                : plan.chunkRanks.map(WatchedSession.doubling),
            maskGraph: plan.geometry.maskGraph, messageSteps: recording.messageSteps, selfMasks: selfMasks,
            isComplete: recording.isDecided)
    }

    /// A network, its protection, who is curious, and perhaps an attempt before that was given up.
    private struct Sample {
        let size: Int
        let route: Route
        let edges: [(Int, Int)]
        let protection: ProtectionSettings
        let coalition: [Int]
        /// DATA steps of the attempt that was given up, and who was lost after it; nil for none.
        let abort: (messageSteps: Int, lost: Int)?

        init(trial: Int, using generator: inout SeededGenerator) {
            // Sizes that encode with as many bits as one member less, so that words of both attempts compare.
            size = [4, 6, 7, 8, 12][trial % 5]
            route = trial % 2 == 0 ? .doubling : .flooding
            let order = permutation(of: size, using: &generator)
            // A ring and some chords: connected without any one member.
            let count = size
            let chords = (4..<max(count, 5)).filter { $0 < count - 1 }.map { (3, $0 + 1) }
            edges = (0..<count).map { ($0, ($0 + 1) % count) } + chords + [(order[0], order[1])]
            let hasMasks = uniform(below: 3, using: &generator) > 0
            protection = ProtectionSettings(
                chunks: 1 + Int(uniform(below: 3, using: &generator)), masks: hasMasks,
                selfMasks: uniform(below: 2, using: &generator) == 1,
                maskDegree: 2 + Int(uniform(below: 2, using: &generator)))
            let colluders = 1 + Int(uniform(below: UInt64(size / 2), using: &generator))
            coalition = Array(order.prefix(colluders)).sorted()
            let steps = Int(uniform(below: 7, using: &generator))
            abort = uniform(below: 2, using: &generator) == 1 ? (steps, order[size - 1]) : nil
        }

        func recordings(of vectors: [[Double]]) throws -> [ExactAttack.Recording] {
            let everybody = Array(0..<size)
            guard let abort else {
                return [try recording(everybody, vectors, attempt: 0, steps: nil)]
            }
            return [
                try recording(everybody, vectors, attempt: 0, steps: abort.messageSteps),
                try recording(everybody.filter { $0 != abort.lost }, vectors, attempt: 1, steps: nil),
            ]
        }

        private func recording(
            _ members: [Int], _ vectors: [[Double]], attempt: UInt32, steps: Int?
        ) throws -> ExactAttack.Recording {
            let kept = edges.compactMap { edge -> (Int, Int)? in
                guard let one = members.firstIndex(of: edge.0), let two = members.firstIndex(of: edge.1)
                else { return nil }
                return (one, two)
            }
            let topology =
                route == .doubling ? GraphRecipe(family: .ring) : try GraphRecipe(edges: kept)
            let plan = try samplePlan(
                members: members.count, count: 2, topology: topology, protection: protection,
                attempt: attempt,
                method: .exact)
            return ExactAttack.Recording(
                network: TestNetwork.run(
                    plan: plan, vectors: members.map { vectors[$0] }, seed: UInt64(attempt) + 1),
                members: members, messageSteps: steps ?? plan.steps, isDecided: steps == nil)
        }
    }
}
