import Testing
import Topology

@testable import Privacy

@Suite struct ShamirLeakageTests {
    private func audit(members: Int, threshold: Int) -> LeakageAudit {
        LeakageAudit(
            rounds: [[.averaging(.complete(vertexCount: members))]], mixing: .none, maskGraph: nil,
            maskDeviation: 1,
            shamirThreshold: threshold)
    }

    @Test func `up to the threshold a coalition learns one sum, beyond it everybody`() throws {
        let audit = audit(members: 7, threshold: 3)
        let below = try #require(audit.verdict(of: [5, 0, 2]))
        #expect(below.exposed == [] && below.coalition == [0, 2, 5])
        #expect(below.groups == [[1, 3, 4, 6]] && below.rankDeficit == 3)
        let beyond = try #require(audit.verdict(of: [0, 2, 5, 6]))
        #expect(beyond.exposed == [1, 3, 4] && beyond.rankDeficit == 0)
        #expect(audit.breachProbability(coalitionSize: 3) == 0)
        #expect(audit.breachProbability(coalitionSize: 4) == 1)
        #expect(audit.posteriorVariance(against: [0, 2, 5]) == 0.75)
        #expect(audit.posteriorVariance(against: [0, 2, 5, 6]) == 0)
        #expect(audit.maskStrength(against: [0]) == nil)
    }

    @Test func `a survey finds the turn between threshold and one more`() throws {
        let audit = audit(members: 7, threshold: 3)
        let below = try #require(audit.survey(.ofSize(3)))
        #expect(below.audited == 35 && below.isExhaustive && below.exposing == 0)
        let beyond = try #require(audit.survey(.ofSize(4)))
        #expect(beyond.exposing == 35 && beyond.meanExposed == 3)
        #expect(try #require(audit.unmaskedSurvey(.ofSize(1))).meanExposed == 6)
    }

    @Test func `the sentences say what a coalition of which size learns`() {
        let statement = LeakageStatement(audit: audit(members: 7, threshold: 3))
        #expect(
            statement.brief
                == "with Shamir's shares nobody's own values, only the sum of the other 6, up to 3 together likewise, "
                + "4 together everybody's own values; without shares 6 of 6")
        #expect(
            statement.sentences
                == "Up to 3 curious peers together learn nobody's own values, only the sum of the others; 4 or more "
                + "together recover everybody's own values, from an attempt that was given up as well. Without shares "
                + "one could recover the values of 6 of the 6 others. Sums repeated over rounds are not differential "
                + "privacy.")
    }
}
