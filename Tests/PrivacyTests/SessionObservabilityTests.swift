import LinearAlgebra
import Testing
import Topology

@testable import Privacy

/// The exact vectors of mathematics.md §4.2.
@Suite struct SessionObservabilityTests {
    private func chords(_ prime: Int, label: Int) -> SessionObservability {
        SessionObservability(
            session: .averaging(.cycleInverseChords(vertexCount: prime)), coalition: [label], steps: prime - 1
        )
    }

    @Test(arguments: [0, 1, 2, 5, 15])
    func `on 31 chords a single peer recovers all 30 others`(label: Int) {
        let view = chords(31, label: label)
        #expect(view.rank == 31)
        #expect(view.determined == Array(0..<31))
        #expect(view.unseen == [])
    }

    @Test func `label 1 of 31 chords knows everything after step 14`() {
        #expect(chords(31, label: 1).fullRankStep == 14)
        let graph = Graph.cycleInverseChords(vertexCount: 31)
        let early = SessionObservability(session: .averaging(graph), coalition: [1], steps: 12)
        #expect(early.rank < 31)
    }

    @Test(arguments: [0, 1, 2, 5, 30])
    func `on 61 chords a single peer recovers all 60 others`(label: Int) {
        #expect(chords(61, label: label).determined.count == 61)
    }

    @Test(arguments: 0..<13) func `on 13 chords a single peer recovers all 12 others`(label: Int) {
        #expect(chords(13, label: label).rank == 13)
    }

    @Test func `on 11 and 7 chords the mirror symmetry hides some`() {
        let eleven = (0..<11).map { chords(11, label: $0) }
        #expect(
            eleven.allSatisfy {
                ($0.rank, $0.determined.count) == (10, 7) || ($0.rank, $0.determined.count) == (11, 11)
            })
        let ranks = (0..<11).map { eleven[$0].rank }
        #expect(ranks.contains(10) && ranks.contains(11))
        let seven = (0..<7).map { chords(7, label: $0) }
        #expect(
            seven.allSatisfy {
                ($0.rank, $0.determined.count) == (6, 5) || ($0.rank, $0.determined.count) == (7, 7)
            })
        let few = (0..<7).map { seven[$0].rank }
        #expect(few.contains(6) && few.contains(7))
    }

    @Test func `without a step the coalition knows its neighbours and the sum`() {
        let view = SessionObservability(session: .averaging(.ring(vertexCount: 6)), coalition: [2], steps: 0)
        #expect(view.rank == 4)
        #expect(view.determined == [1, 2, 3])
        #expect(view.fullRankStep == nil)
    }

    @Test func `the sum tells the last unknown`() {
        let view = SessionObservability(session: .averaging(.ring(vertexCount: 4)), coalition: [2], steps: 0)
        #expect(view.determined == [0, 1, 2, 3])
    }
}

@Suite struct CoalitionVerdictTests {
    /// A connected random graph: a random tree and some more edges.
    private func graph(_ count: Int, using generator: inout SeededGenerator) -> Graph {
        var edges = (1..<count).map { Edge($0, Int(uniform(below: UInt64($0), using: &generator))) }
        for _ in 0..<Int(uniform(below: UInt64(count), using: &generator)) {
            let order = permutation(of: count, using: &generator)
            edges.append(Edge(order[0], order[1]))
        }
        return Graph(vertexCount: count, edges: edges)
    }

    @Test func `the intersection of chunks is the rank criterion on all unknowns together`() {
        var generator = SeededGenerator(seed: 4)
        for trial in 0..<300 {
            let count = 3 + trial % 5
            let chunks = 1 + trial % 3
            let graphs = (0..<chunks).map { _ in graph(count, using: &generator) }
            let size = 1 + Int(uniform(below: UInt64(min(2, count - 1)), using: &generator))
            let coalition = Array(permutation(of: count, using: &generator).prefix(size))
            let steps = Int(uniform(below: UInt64(count), using: &generator))
            let verdict = CoalitionVerdict.unmasked(
                sessions: graphs.map(WatchedSession.averaging), coalition: coalition, steps: steps)
            let attempt = ObservedAttempt(
                roster: Array(0..<count), sessions: graphs.map(WatchedSession.averaging), maskGraph: nil,
                messageSteps: steps + 1,
                isComplete: true)
            let together = DifferencingAudit.exposed(by: coalition, attempts: [attempt], memberCount: count)
            #expect(verdict.exposed == together)
            #expect((verdict.rankDeficit == 0) == (verdict.exposed.count == count - size))
        }
    }

    @Test func `chunks and relabelling hide nothing where every session is observable`() {
        var generator = SeededGenerator(seed: 9)
        let chords = Graph.cycleInverseChords(vertexCount: 31)
        for chunks in [1, 3, 8] {
            let graphs = (0..<chunks).map { _ in
                chords.relabelled(by: permutation(of: 31, using: &generator))
            }
            let verdict = CoalitionVerdict.unmasked(
                sessions: graphs.map(WatchedSession.averaging), coalition: [4], steps: 30)
            #expect(verdict.exposed.count == 30)
            #expect(verdict.rankDeficit == 0)
        }
    }

    @Test func `symmetric members are hidden in their sum`() {
        // A star seen from its centre after no step but the sum: leaves known; seen from a leaf: the other leaves alike.
        let star = Graph(vertexCount: 5, edges: (1..<5).map { Edge(0, $0) })
        let verdict = CoalitionVerdict.unmasked(sessions: [.averaging(star)], coalition: [1], steps: 4)
        #expect(verdict.exposed == [0])
        #expect(verdict.rankDeficit == 2)
        #expect(
            CoalitionVerdict.unmasked(sessions: [.averaging(star)], coalition: [0], steps: 4).exposed == [
                1, 2, 3, 4,
            ])
    }

    @Test func `with masks a coalition learns the sums of the honest components`() {
        let ring = Graph.ring(vertexCount: 8)
        let apart = CoalitionVerdict.masked(maskGraph: ring, coalition: [5, 3])
        #expect(apart.coalition == [3, 5])
        #expect(apart.groups == [[0, 1, 2, 6, 7], [4]])
        #expect(apart.exposed == [4])
        #expect(apart.rankDeficit == 4)
        let complete = CoalitionVerdict.masked(maskGraph: .complete(vertexCount: 31), coalition: [0])
        #expect(complete.exposed == [] && complete.groups.count == 1 && complete.rankDeficit == 29)
        let two = CoalitionVerdict.masked(maskGraph: .complete(vertexCount: 2), coalition: [0])
        #expect(two.exposed == [1])
    }

    @Test func `mask components are the rank criterion with masks among the unknowns`() {
        var generator = SeededGenerator(seed: 6)
        for trial in 0..<100 {
            let count = 3 + trial % 4
            let masks = graph(count, using: &generator)
            let coalition = Array(permutation(of: count, using: &generator).prefix(1 + trial % 2))
            let attempt = ObservedAttempt(
                roster: Array(0..<count), sessions: [.averaging(.complete(vertexCount: count))],
                maskGraph: masks,
                messageSteps: 1, isComplete: true)
            let verdict = CoalitionVerdict.masked(maskGraph: masks, coalition: coalition)
            #expect(
                DifferencingAudit.exposed(by: coalition, attempts: [attempt], memberCount: count)
                    == verdict.exposed)
        }
    }
}
