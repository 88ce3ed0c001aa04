import LinearAlgebra

/// Which coalitions an audit tries.
package enum CoalitionChoice: Sendable, Equatable {
    /// This one.
    case given([Int])
    /// All of this size, or as many random ones as the audit has time for.
    case ofSize(Int)

    /// Most random coalitions of one size.
    package static let sampleLimit = 1_000

    /// The coalitions to try among `memberCount`, each ascending.
    ///
    /// - Parameters:
    ///   - limit: at most so many, at least 1; if there are more, random ones, which may repeat.
    ///   - seed: of the random ones.
    /// - Precondition: a size from 1 to `memberCount` − 1.
    package func coalitions(
        memberCount: Int, limit: Int, seed: UInt64
    ) -> (list: [[Int]], isExhaustive: Bool) {
        guard case .ofSize(let size) = self else {
            if case .given(let coalition) = self { return ([coalition.sorted()], true) }
            return ([], true)
        }
        precondition(
            size >= 1 && size < memberCount && limit >= 1, "\(size) of \(memberCount), limit \(limit)")
        var total = 1
        for index in 0..<size where total <= limit { total = total * (memberCount - index) / (index + 1) }
        if total <= limit { return (Self.combinations(of: memberCount, size: size), true) }
        var generator = SeededGenerator(seed: seed, label: "coalitions")
        let drawn = (0..<min(limit, Self.sampleLimit)).map { _ in
            Array(permutation(of: memberCount, using: &generator).prefix(size)).sorted()
        }
        return (drawn, false)
    }

    /// All subsets of `0..<count` of one size, in lexicographic order.
    private static func combinations(of count: Int, size: Int) -> [[Int]] {
        var result: [[Int]] = []
        var current = Array(0..<size)
        while true {
            result.append(current)
            guard let place = (0..<size).last(where: { current[$0] < count - size + $0 }) else {
                return result
            }
            current[place] += 1
            for later in (place + 1)..<max(size, place + 1) { current[later] = current[later - 1] + 1 }
        }
    }
}

/// What many coalitions of one choice learn, together.
package struct CoalitionSurvey: Sendable, Equatable {
    /// Coalitions tried.
    package let audited: Int
    /// Whether these are all there are.
    package let isExhaustive: Bool
    /// Those that learn somebody's own vector.
    package let exposing: Int
    /// Members exposed by a coalition, on average.
    package let meanExposed: Double
    /// One that exposes most members, and of these leaves the fewest combinations unknown; the first.
    package let worst: CoalitionVerdict

    /// - Precondition: at least one verdict.
    package init(verdicts: [CoalitionVerdict], isExhaustive: Bool) {
        precondition(!verdicts.isEmpty, "a survey of no coalition")
        audited = verdicts.count
        self.isExhaustive = isExhaustive
        exposing = verdicts.count { !$0.exposed.isEmpty }
        meanExposed = Double(verdicts.reduce(0) { $0 + $1.exposed.count }) / Double(verdicts.count)
        worst = verdicts.dropFirst().reduce(verdicts[0]) { worst, next in
            if next.exposed.count != worst.exposed.count {
                return next.exposed.count > worst.exposed.count ? next : worst
            }
            return next.rankDeficit < worst.rankDeficit ? next : worst
        }
    }
}
