import Testing

@testable import Datasets

@Suite struct NearestNameTests {
    @Test func `the edit distance counts insertions, deletions and replacements`() {
        func distance(_ left: String, _ right: String) -> Int {
            editDistance(Array(left.unicodeScalars), Array(right.unicodeScalars))
        }
        #expect(distance("kitten", "sitting") == 3)
        #expect(distance("", "abc") == 3)
        #expect(distance("abc", "") == 3)
        #expect(distance("flaw", "lawn") == 2)
        #expect(distance("same", "same") == 0)
    }

    @Test func `the nearest name within a third of the letters is suggested`() {
        #expect(nearestName(to: "mean_radius", among: ["mean radius", "mean_texture"]) == "mean radius")
        #expect(nearestName(to: "RADIUS", among: ["texture", "radius"]) == "radius")
        #expect(nearestName(to: "radius", among: ["texture", "label"]) == nil)
        #expect(nearestName(to: "x1", among: ["x2", "x3"]) == "x2")
        #expect(nearestName(to: "x", among: []) == nil)
    }
}
