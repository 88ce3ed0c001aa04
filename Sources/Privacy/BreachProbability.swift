/// Closed forms for a coalition of c among S members, chosen without looking (mathematics.md §4.4, §5.1).
package enum BreachProbability {
    /// The probability that in every one of `chunks` independently relabelled sessions a given member has a colluder
    /// among its neighbours: what the coalition gets **by the first message alone**. A lower bound on the breach of
    /// unmasked chunks, as it forgets all later messages.
    ///
    /// - Parameter degrees: of the session graph's vertices.
    package static func byFirstMessage(degrees: [Int], coalitionSize: Int, chunks: Int) -> Double {
        let count = degrees.count
        precondition(count >= 2 && chunks >= 1, "\(count) members, \(chunks) chunks")
        var sum = 0.0
        for degree in degrees {
            sum += 1 - absenceProbability(draws: coalitionSize, marked: degree, of: count - 1)
        }
        let perChunk = sum / Double(count)
        return (0..<chunks).reduce(1) { product, _ in product * perChunk }
    }

    /// The probability that a given honest member shares masks with colluders only: C(c, k)/C(S − 1, k).
    ///
    /// - Parameter maskDegree: k.
    package static func byIsolation(maskDegree: Int, memberCount: Int, coalitionSize: Int) -> Double {
        absenceProbability(
            draws: maskDegree, marked: memberCount - 1 - coalitionSize, of: memberCount - 1)
    }

    /// C(n − marked, draws)/C(n, draws): none of the marked is among the draws.
    private static func absenceProbability(draws: Int, marked: Int, of count: Int) -> Double {
        precondition(
            draws >= 0 && marked >= 0 && marked <= count, "\(draws) draws, \(marked) marked of \(count)")
        guard draws <= count - marked else { return 0 }
        return (0..<draws).reduce(1) { product, draw in
            product * Double(count - marked - draw) / Double(count - draw)
        }
    }
}
