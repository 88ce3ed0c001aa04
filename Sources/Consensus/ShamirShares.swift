import LinearAlgebra

/// Shamir's secret sharing of 32 bytes over 2^61 − 1 (mathematics.md §5.4): `threshold` shares open the secret, fewer
/// say nothing about it.
///
/// The secret is cut into five limbs of 56 bits, little-endian, the last of 32; each is the value at 0 of a
/// polynomial of degree `threshold − 1` of its own. The holder at place h of a roster gets the values at h + 1.
package enum ShamirShares {
    /// Residues in a share.
    package static let limbCount = 5
    private static let limbBytes = 7
    private static let secretLength = 32

    /// Whether five words can be a share.
    static func isValid(_ share: [UInt64]) -> Bool {
        share.count == limbCount && share.allSatisfy { $0 < PrimeField.modulus }
    }

    /// The shares of a secret, in the order of `places`.
    ///
    /// - Parameters:
    ///   - secret: 32 bytes.
    ///   - threshold: at least 1; with more than there are places nobody can open the secret.
    ///   - places: the holders' places in the roster, each once.
    ///   - generator: cryptographic in a daemon. Drawn: the coefficients of each limb, lowest power first.
    package static func deal(
        _ secret: [UInt8], threshold: Int, to places: [Int],
        using generator: inout some RandomNumberGenerator
    ) -> [[UInt64]] {
        precondition(secret.count == secretLength, "a secret of \(secret.count) bytes")
        precondition(threshold >= 1, "a threshold of \(threshold)")
        var shares = [[UInt64]](repeating: [], count: places.count)
        for limb in limbs(of: secret) {
            var coefficients = [limb]
            for _ in 1..<threshold { coefficients.append(PrimeField.random(using: &generator)) }
            for (index, place) in places.enumerated() {
                var value: UInt64 = 0
                for coefficient in coefficients.reversed() {
                    value = PrimeField.sum(PrimeField.product(value, UInt64(place + 1)), coefficient)
                }
                shares[index].append(value)
            }
        }
        return shares
    }

    /// The secret that these shares lie on: the right one if they are right and as many as the threshold.
    ///
    /// - Parameter shares: at least one, from different places.
    /// - Returns: `nil` where the values at 0 are no limbs of 32 bytes, so that the shares cannot be right.
    package static func open(_ shares: [(place: Int, values: [UInt64])]) -> [UInt8]? {
        precondition(
            !shares.isEmpty && shares.allSatisfy { isValid($0.values) }, "shares of \(limbCount) limbs")
        let weights = PrimeField.interpolationWeights(at: 0, points: shares.map { UInt64($0.place + 1) })
        var secret: [UInt8] = []
        for limb in 0..<limbCount {
            var value: UInt64 = 0
            for (index, share) in shares.enumerated() {
                value = PrimeField.sum(value, PrimeField.product(weights[index], share.values[limb]))
            }
            let count = min(limbBytes, secretLength - limb * limbBytes)
            guard value >> UInt64(8 * count) == 0 else { return nil }
            for byte in 0..<count { secret.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * byte))) }
        }
        return secret
    }

    private static func limbs(of secret: [UInt8]) -> [UInt64] {
        (0..<limbCount).map { limb in
            var value: UInt64 = 0
            let end = min((limb + 1) * limbBytes, secretLength)
            for byte in (limb * limbBytes..<end).reversed() { value = value << 8 | UInt64(secret[byte]) }
            return value
        }
    }
}

/// A share of the seed of another member's self mask.
package struct HeldShare: Sendable, Equatable {
    /// The place of the member whose seed it is.
    package let owner: Int
    /// Five residues modulo 2^61 − 1; empty before it has come.
    package let share: [UInt64]
}
