import LinearAlgebra
import Testing

@testable import Consensus

@Suite struct PrimeFieldTests {
    @Test func `products and inverses are those of Python's integers`() {
        // pow(a, p - 2, p) and a * b % p with p = 2**61 - 1.
        #expect(PrimeField.inverse(123_456_789_012_345_678) == 1_884_067_921_235_876_792)
        let product = PrimeField.product(123_456_789_012_345_678, 987_654_321_098_765_432)
        #expect(product == 1_974_130_249_480_659_620)
        let last = PrimeField.modulus - 1
        #expect(PrimeField.product(last, last) == 1)
        #expect(PrimeField.sum(last, last) == last - 1)
        #expect(PrimeField.difference(0, 1) == last)
    }

    @Test func `a word that is no residue is drawn again`() {
        var generator = FixedWords(words: [.max, .max << 3, 5 << 3])
        #expect(PrimeField.random(using: &generator) == 5)
    }

    private struct FixedWords: RandomNumberGenerator {
        var words: [UInt64]
        mutating func next() -> UInt64 { words.removeFirst() }
    }
}

@Suite struct ShamirSharesTests {
    private static let secret = (0..<32).map { UInt8(255 - 3 * $0) }

    private func shares(
        _ secret: [UInt8] = secret, threshold: Int, places: [Int], seed: UInt64 = 1
    ) -> [(place: Int, values: [UInt64])] {
        var generator = SeededGenerator(seed: seed, label: "shares")
        let values = ShamirShares.deal(secret, threshold: threshold, to: places, using: &generator)
        return zip(places, values).map { ($0, $1) }
    }

    @Test(arguments: 1...5) func `any threshold of shares opens the secret, and fewer do not`(
        threshold: Int
    ) {
        let dealt = shares(threshold: threshold, places: [0, 2, 3, 7, 4_000])
        for subset in 1..<(1 << dealt.count) {
            let chosen = dealt.indices.filter { subset >> $0 & 1 == 1 }.map { dealt[$0] }
            let isOpen = ShamirShares.open(chosen) == Self.secret
            #expect(isOpen == (chosen.count >= threshold), "\(subset)")
        }
    }

    @Test func `secrets of any bytes come back`() {
        for secret in [[UInt8](repeating: 0, count: 32), [UInt8](repeating: 255, count: 32)] {
            #expect(ShamirShares.open(shares(secret, threshold: 2, places: [5, 1])) == secret)
        }
    }

    /// Two shares of three leave every secret possible: for each there is a third share that opens it.
    @Test func `one share too few is consistent with every secret`() {
        let dealt = shares(threshold: 3, places: [0, 1, 2])
        for other in [UInt8(0), 77, 255] {
            let secret = [UInt8](repeating: other, count: 32)
            // The line of Lagrange through the secret at 0 and the shares at 1 and 2, taken at 3: s − 3a + 3b.
            let wanted = shares(secret, threshold: 1, places: [0])[0].values
            let third = (0..<ShamirShares.limbCount).map { limb in
                let (first, second) = (dealt[0].values[limb], dealt[1].values[limb])
                let sum = PrimeField.sum(wanted[limb], PrimeField.product(3, second))
                return PrimeField.difference(sum, PrimeField.product(3, first))
            }
            #expect(ShamirShares.open([dealt[0], dealt[1], (place: 2, values: third)]) == secret)
        }
    }

    @Test func `shares that lie on no secret of 32 bytes are known to be wrong`() {
        var dealt = shares(threshold: 2, places: [0, 1])
        dealt[1].values[4] = PrimeField.sum(dealt[1].values[4], 1 << 40)
        #expect(ShamirShares.open(dealt) == nil)
    }

    @Test func `the threshold is a majority on a complete mask graph and a third and one elsewhere`() throws {
        let complete = try samplePlan(members: 31, count: 1).geometry
        #expect((0..<31).allSatisfy { complete.shareThreshold(of: $0) == 16 })
        let sparse = try samplePlan(
            members: 31, count: 1, protection: ProtectionSettings(maskDegree: 10)
        ).geometry
        #expect((0..<31).allSatisfy { sparse.shareThreshold(of: $0) == 5 })
        #expect(try samplePlan(members: 2, count: 1).geometry.shareThreshold(of: 0) == 1)
        #expect(try samplePlan(members: 3, count: 1).geometry.shareThreshold(of: 0) == 2)
    }
}
