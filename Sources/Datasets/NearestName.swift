/// The name that was probably meant.
///
/// - Parameters:
///   - name: what was asked for.
///   - candidates: what there is.
/// - Returns: the candidate of least edit distance, letter case aside, the first of equals; nil when all are
///   further than a third of the name's length (at least one edit).
package func nearestName(to name: String, among candidates: [String]) -> String? {
    let wanted = Array(name.lowercased().unicodeScalars)
    var best: (name: String, distance: Int)?
    let limit = max(1, wanted.count / 3)
    for candidate in candidates {
        let letters = Array(candidate.lowercased().unicodeScalars)
        guard abs(letters.count - wanted.count) <= limit else { continue }
        let distance = editDistance(wanted, letters)
        if distance <= limit, distance < best?.distance ?? Int.max {
            best = (candidate, distance)
        }
    }
    return best?.name
}

/// Levenshtein's distance: insertions, deletions and replacements, each of cost 1.
///
/// - Complexity: O(|left| · |right|), one row of memory.
func editDistance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
    var costs = Array(0...right.count)
    for (row, letter) in left.enumerated() {
        var diagonal = costs[0]
        costs[0] = row + 1
        for (column, other) in right.enumerated() {
            let replaced = diagonal + (letter == other ? 0 : 1)
            diagonal = costs[column + 1]
            costs[column + 1] = min(replaced, diagonal + 1, costs[column] + 1)
        }
    }
    return costs[right.count]
}
