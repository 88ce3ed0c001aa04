import Testing

@testable import Privacy

@Suite struct PaperDiversityTests {
    @Test func `likelihoods far below the smallest double still compare`() {
        let paper = PaperDiversity(logLikelihoods: [[-5000, -5000, -9000]])
        #expect(isClose(paper.diversity, 2))
    }

    @Test func `no rows and no patterns have no diversity`() {
        #expect(PaperDiversity(logLikelihoods: []).diversity == nil)
        #expect(PaperDiversity(logLikelihoods: [[]]).entropies == [0])
        #expect(PaperDiversity(logLikelihoods: [[-.infinity, -.infinity]]).entropies == [0])
    }
}
