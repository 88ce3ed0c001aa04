import LinearAlgebra
import Testing
import Topology

@testable import Privacy

@Suite struct BreachProbabilityTests {
    private let degrees = Graph.cycleInverseChords(vertexCount: 31).degrees

    /// mathematics.md §4.4, two digits.
    @Test func `the first message breaches as the closed form says`() {
        let one = BreachProbability.byFirstMessage(degrees: degrees, coalitionSize: 1, chunks: 3)
        #expect(abs(one - 7.9e-4) < 0.1e-4)
        let three = BreachProbability.byFirstMessage(degrees: degrees, coalitionSize: 3, chunks: 3)
        #expect(abs(three - 1.8e-2) < 0.05e-2)
        let five = BreachProbability.byFirstMessage(degrees: degrees, coalitionSize: 3, chunks: 5)
        #expect(abs(five - 1.2e-3) < 0.1e-3)
    }

    @Test func `one chunk and one peer is the mean degree over the others`() {
        let mean = Double(degrees.reduce(0, +)) / 31
        let found = BreachProbability.byFirstMessage(degrees: degrees, coalitionSize: 1, chunks: 1)
        #expect(abs(found - mean / 30) < 1e-15)
    }

    /// mathematics.md §5.1.
    @Test func `a member is cut off as the closed form says`() {
        let small = BreachProbability.byIsolation(maskDegree: 10, memberCount: 31, coalitionSize: 10)
        #expect(small > 3e-8 && small < 4e-8)
        let large = BreachProbability.byIsolation(maskDegree: 20, memberCount: 101, coalitionSize: 33)
        #expect(large > 0.5e-12 && large < 1.5e-12)
        #expect(BreachProbability.byIsolation(maskDegree: 30, memberCount: 31, coalitionSize: 10) == 0)
        #expect(BreachProbability.byIsolation(maskDegree: 30, memberCount: 31, coalitionSize: 30) == 1)
    }
}

@Suite struct MaskStrengthTests {
    /// mathematics.md §5.2: posterior standard deviations on the chords of 31, one colluder.
    @Test func `strong masks leave the sum and nothing else`() throws {
        let chords = Graph.cycleInverseChords(vertexCount: 31)
        let strong = try #require(MaskStrength(maskGraph: chords, coalition: [0], deviation: 1_000))
        #expect(abs(strong.smallestPosteriorVariance.squareRoot() - 0.983191) < 2e-6)
        let limit = (1 - 1.0 / 30).squareRoot()
        #expect(abs(limit - 0.983192) < 1e-6)
        let defaults = try #require(MaskStrength(maskGraph: chords, coalition: [0], deviation: 65_536))
        #expect(abs(defaults.smallestPosteriorVariance.squareRoot() - limit) < 1e-9)
    }

    @Test func `resistances of a path and of a complete graph are the textbook's`() throws {
        let path = Graph(vertexCount: 4, edges: [Edge(0, 1), Edge(1, 2), Edge(2, 3)])
        let line = try #require(MaskStrength(maskGraph: path, coalition: [3], deviation: 2))
        #expect(abs(try #require(line.largestResistance) - 2) < 1e-12)
        // α Δ² R / (2 σ²)
        #expect(abs(line.renyiDivergence(order: 2) - 0.5) < 1e-12)
        let complete = try #require(
            MaskStrength(maskGraph: .complete(vertexCount: 31), coalition: [7], deviation: 65_536))
        #expect(abs(try #require(complete.largestResistance) - 2.0 / 30) < 1e-12)
        #expect(complete.renyiDivergence(order: 2) < 2e-11)
    }

    @Test func `a member cut off has no posterior left and no finite divergence`() throws {
        let ring = try #require(
            MaskStrength(maskGraph: .ring(vertexCount: 5), coalition: [0, 2], deviation: 9))
        #expect(ring.smallestPosteriorVariance == 0)
        #expect(ring.renyiDivergence(order: 2) == .infinity)
        #expect(ring.largestResistance != nil)
        #expect(MaskStrength(maskGraph: .ring(vertexCount: 3), coalition: [0, 1, 2], deviation: 9) == nil)
    }
}

@Suite struct PosteriorVarianceTests {
    private func plan(_ graph: Graph, _ weights: MixingWeights) throws -> MixingPlan {
        MixingPlan(weights: weights, graph: graph, spectrum: try Spectrum(of: graph), tolerance: 1e-9)
    }

    /// mathematics.md §4.3: three peers betray all 28 others, at the precision of doubles and of floats.
    @Test func `doubles and floats both betray 31 chords under chunks`() throws {
        let graph = Graph.cycleInverseChords(vertexCount: 31)
        var generator = SeededGenerator(seed: 2)
        let graphs = (0..<3).map { _ in graph.relabelled(by: permutation(of: 31, using: &generator)) }
        let mixing = try plan(graph, .chebyshev)
        for noise in [1e-15, 1e-7] {
            let variances = try #require(
                PosteriorVariance.ofUnmasked(
                    sessions: graphs.map(WatchedSession.averaging), mixing: mixing, coalition: [3, 9, 20],
                    messageDeviation: noise))
            #expect(variances.allSatisfy { $0.squareRoot() < 0.05 })
        }
    }

    @Test func `what cannot be computed exactly keeps its variance`() throws {
        let star = Graph(vertexCount: 5, edges: (1..<5).map { Edge(0, $0) })
        let variances = try #require(
            PosteriorVariance.ofUnmasked(
                sessions: [.averaging(star)], mixing: try plan(star, .optimal), coalition: [1]))
        #expect(variances[0] < 1e-12 && variances[1] < 1e-12)
        // Three leaves of which only the sum is known.
        for leaf in 2..<5 { #expect(abs(variances[leaf] - 2.0 / 3) < 1e-9) }
    }

    @Test func `too large a system is not tried`() throws {
        let graph = Graph.ring(vertexCount: 161)
        let mixing = try plan(graph, .optimal)
        #expect(
            PosteriorVariance.ofUnmasked(
                sessions: [.averaging(graph), .averaging(graph)], mixing: mixing, coalition: [0]) == nil)
    }
}

@Suite struct CoalitionSurveyTests {
    private func audit(masks: Graph?, size: Int = 31, chunks: Int = 2) throws -> LeakageAudit {
        let graph = Graph.cycleInverseChords(vertexCount: size)
        var generator = SeededGenerator(seed: 2)
        let graphs = (0..<chunks).map { _ in graph.relabelled(by: permutation(of: size, using: &generator)) }
        return LeakageAudit(
            rounds: [graphs.map(WatchedSession.averaging)],
            mixing: MixingPlan(
                weights: .chebyshev, graph: graph, spectrum: try Spectrum(of: graph), tolerance: 1e-9),
            maskGraph: masks, maskDeviation: 65_536)
    }

    @Test func `all pairs are tried in order and more coalitions than allowed are sampled`() {
        let (pairs, isExhaustive) = CoalitionChoice.ofSize(2).coalitions(memberCount: 5, limit: 10, seed: 1)
        #expect(isExhaustive && pairs.count == 10)
        #expect(pairs.first == [0, 1] && pairs.last == [3, 4] && Set(pairs).count == 10)
        let (sample, isWhole) = CoalitionChoice.ofSize(4).coalitions(memberCount: 40, limit: 7, seed: 1)
        #expect(!isWhole && sample.count == 7)
        #expect(sample.allSatisfy { $0.count == 4 && $0 == $0.sorted() && Set($0).count == 4 })
        #expect(sample == CoalitionChoice.ofSize(4).coalitions(memberCount: 40, limit: 7, seed: 1).list)
    }

    @Test func `31 chords with masks expose nobody to any pair, without masks everybody to any peer`() throws
    {
        let masked = try audit(masks: .complete(vertexCount: 31))
        let pairs = try #require(masked.survey(.ofSize(2)))
        #expect(pairs.audited == 465 && pairs.isExhaustive && pairs.exposing == 0)
        let singles = try #require(masked.unmaskedSurvey(.ofSize(1), effort: 10_000_000_000))
        #expect(singles.audited == 31 && singles.exposing == 31 && singles.meanExposed == 30)
        let open = try audit(masks: nil)
        #expect(open.verdict(of: [3])?.exposed.count == 30)
        #expect(try #require(open.posteriorVariance(against: [3])) < 0.0025)
        #expect(abs(try #require(masked.posteriorVariance(against: [3])) - 29.0 / 30) < 1e-6)
    }

    @Test func `the sentences say who learns what`() throws {
        let masked = LeakageStatement(audit: try audit(masks: .complete(vertexCount: 31)))
        #expect(
            masked.brief
                == "with masks nobody's own values, only the sum of the other 30; without masks 30 of 30")
        #expect(
            masked.sentences.contains("Without masks it could recover the values of 30 of the 30 others."))
        let open = LeakageStatement(audit: try audit(masks: nil))
        #expect(open.brief == "masks are off: 30 of 30")
        #expect(open.sentences.hasPrefix("Masks are off: one curious peer"))
        #expect(open.sentences.contains("not differential privacy"))
    }
}

@Suite struct DifferencingAuditTests {
    /// No coalition of these tests has as many shares.
    private let sealed = ObservedAttempt.SelfMasks.sealed(shareThresholds: [Int](repeating: 7, count: 7))

    /// Seven members with masks and chunks; member 6 is lost in the first attempt, at every possible step.
    private func exposed(
        selfMasks: ObservedAttempt.SelfMasks, steps: Int, coalition: [Int], chunks: Int, masks: Bool = true
    ) -> [Int] {
        var generator = SeededGenerator(seed: UInt64(steps))
        func attempt(_ size: Int, _ own: ObservedAttempt.SelfMasks, _ steps: Int, _ done: Bool)
            -> ObservedAttempt
        {
            let graphs = (0..<chunks).map { _ in
                Graph.ring(vertexCount: size).relabelled(by: permutation(of: size, using: &generator))
            }
            return ObservedAttempt(
                roster: Array(0..<size), sessions: graphs.map(WatchedSession.averaging),
                maskGraph: masks ? .complete(vertexCount: size) : nil, messageSteps: steps, selfMasks: own,
                isComplete: done)
        }
        return DifferencingAudit.exposed(
            by: coalition,
            attempts: [
                attempt(7, selfMasks, steps, false),
                attempt(6, selfMasks == .none ? .none : .opened, 7, true),
            ], memberCount: 7)
    }

    @Test(arguments: [[0], [1, 3], [0, 2, 4]], 0...7)
    func `a sealed attempt and a smaller roster expose nobody at any step`(coalition: [Int], steps: Int) {
        for chunks in 1...2 {
            #expect(exposed(selfMasks: sealed, steps: steps, coalition: coalition, chunks: chunks) == [])
        }
    }

    @Test(arguments: [[0], [1, 3], [0, 2, 4]])
    func `without self masks the lost member is exposed once enough steps were seen`(coalition: [Int]) {
        let leaks = (0...7).map { exposed(selfMasks: .none, steps: $0, coalition: coalition, chunks: 1) }
        #expect(leaks[0] == [])
        #expect(leaks[7] == [6])
        #expect(leaks.allSatisfy { $0 == [] || $0 == [6] })
    }

    @Test func `the same vectors in two attempts of one roster tell nothing new`() {
        let graph = Graph.ring(vertexCount: 6)
        let attempt = ObservedAttempt(
            roster: Array(0..<6), sessions: [.averaging(graph)], maskGraph: .complete(vertexCount: 6),
            messageSteps: 6,
            isComplete: true)
        #expect(DifferencingAudit.exposed(by: [1], attempts: [attempt, attempt], memberCount: 6) == [])
    }

    @Test func `a roster that changes by one exposes that one, by two only their sum`() {
        let all = Array(0..<6)
        #expect(DifferencingAudit.exposed(by: [0], rosters: [all, [0, 1, 2, 3, 4]], memberCount: 6) == [5])
        #expect(DifferencingAudit.exposed(by: [0], rosters: [all, [0, 1, 2, 3]], memberCount: 6) == [])
        #expect(DifferencingAudit.exposed(by: [0, 4], rosters: [all, [0, 1, 2, 3]], memberCount: 6) == [5])
        #expect(DifferencingAudit.exposed(by: [0, 1], rosters: [[0, 1, 2]], memberCount: 3) == [2])
    }
}
