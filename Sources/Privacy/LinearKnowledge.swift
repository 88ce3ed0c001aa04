import LinearAlgebra

/// Everything a coalition can compute of some secrets from linear functions of them and of unknowns that nobody asks for
/// (chunks, masks): exact, over GF(2⁶¹ − 1).
///
/// The unknowns stand in the first columns, so the rows of the echelon form that begin behind them are exactly the
/// functionals of the secrets alone.
package struct LinearKnowledge: Sendable {
    /// The values of interest.
    package let secretCount: Int
    /// The other unknowns.
    package let nuisanceCount: Int
    private var space: PrimeFieldEchelon

    package init(secretCount: Int, nuisanceCount: Int) {
        self.secretCount = secretCount
        self.nuisanceCount = nuisanceCount
        space = PrimeFieldEchelon(columnCount: nuisanceCount + secretCount)
    }

    /// Takes note of one value seen.
    ///
    /// - Parameters:
    ///   - secrets: coefficients, shape `(secretCount)`.
    ///   - nuisances: coefficients, shape `(nuisanceCount)`.
    package mutating func learn(secrets: [UInt64], nuisances: [UInt64]) {
        precondition(
            secrets.count == secretCount && nuisances.count == nuisanceCount,
            "\(secrets.count) and \(nuisances.count) coefficients, not \(secretCount) and \(nuisanceCount)")
        space.insert(nuisances + secrets)
    }

    /// The functionals of the secrets alone that are known.
    private var known: PrimeFieldEchelon {
        var secrets = PrimeFieldEchelon(columnCount: secretCount)
        for row in space.rows(fromColumn: nuisanceCount) { secrets.insert(Array(row[nuisanceCount...])) }
        return secrets
    }

    /// The secrets that are known, ascending.
    package var determined: [Int] { known.determinedColumns }

    /// Independent functionals of the secrets that are known.
    package var rank: Int { known.rank }
}
