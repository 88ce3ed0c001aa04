import Testing

@testable import Privacy

@Suite struct DiversityRequirementTests {
    @Test func `auto asks for two rows more than columns and never fewer than five`() {
        #expect(DiversityRequirement.auto.level(columnCount: 1) == 5)
        #expect(DiversityRequirement.auto.level(columnCount: 3) == 5)
        #expect(DiversityRequirement.auto.level(columnCount: 30) == 32)
        #expect(DiversityRequirement.atLeast(7.5).level(columnCount: 30) == 7.5)
    }
}
