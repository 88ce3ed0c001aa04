import LinearAlgebra
import Sodium
import Wire

/// The masks that two members share: one adds it, the other subtracts it, and the sum does not see it.
///
/// Both expand it with portable arithmetic, so that it cancels to the bit.
enum EdgeMask {
    private static let pairLabel = Array("collabdict/pair-seed/v1".utf8)
    private static let chunkLabel = Array("collabdict/chunk-mask/v1".utf8)

    /// The seed of a pair for one attempt, from one half of each.
    ///
    /// - Parameters:
    ///   - lowHalf: 32 bytes drawn by the member with the smaller key.
    ///   - highHalf: 32 bytes drawn by the other.
    static func pairSeed(lowHalf: [UInt8], highHalf: [UInt8]) -> [UInt8] {
        BLAKE2b.keyed256(key: lowHalf, pairLabel + highHalf)
    }

    /// Adds `factor` times the mask of one chunk to `values`, entry by entry.
    ///
    /// - Parameter factor: plus or minus the standard deviation, a power of two, so that the product is
    ///   exact.
    static func add(to values: inout [Double], pairSeed: [UInt8], chunk: Int, factor: Double) {
        add(to: &values, key: chunkKey(pairSeed: pairSeed, chunk: chunk), factor: factor)
    }

    /// Adds `factor` times the normals that a 32-byte key expands to.
    static func add(to values: inout [Double], key: [UInt8], factor: Double) {
        let mask = normals(key: key, count: values.count)
        let source = mask.span
        var target = values.mutableSpan
        for index in source.indices { target[index] += factor * source[index] }
    }

    /// Adds the mask of one chunk to words over Z_2^64, or subtracts it.
    ///
    /// - Parameter isAdded: true at the member with the smaller key of the pair.
    static func apply(to words: inout [UInt64], pairSeed: [UInt8], chunk: Int, isAdded: Bool) {
        apply(to: &words, key: chunkKey(pairSeed: pairSeed, chunk: chunk), isAdded: isAdded)
    }

    /// Adds or subtracts the words that a 32-byte key expands to.
    static func apply(to words: inout [UInt64], key: [UInt8], isAdded: Bool) {
        let mask = uniformWords(key: key, count: words.count)
        if isAdded {
            WordArithmetic.add(mask, to: &words)
        } else {
            WordArithmetic.subtract(mask, from: &words)
        }
    }

    /// One key per pair, attempt and chunk.
    private static func chunkKey(pairSeed: [UInt8], chunk: Int) -> [UInt8] {
        var writer = ByteWriter(reservingCapacity: chunkLabel.count + 2)
        writer.write(bytes: chunkLabel)
        writer.write(UInt16(chunk))
        return BLAKE2b.keyed256(key: pairSeed, writer.bytes)
    }

    /// `count` words, uniform over Z_2^64, expanded from a 32-byte key that is used for nothing else.
    static func uniformWords(key: [UInt8], count: Int) -> [UInt64] {
        ChaCha20.keystream(key: key, wordCount: count)
    }

    /// `count` standard normals expanded from a 32-byte key that is used for nothing else.
    static func normals(key: [UInt8], count: Int) -> [Double] {
        let words = ChaCha20.keystream(key: key, wordCount: NormalSampler.wordCount(for: count))
        var values = [Double](repeating: 0, count: count)
        NormalSampler.fill(&values, from: words)
        return values
    }

    /// 32 bytes from a generator, in the order of its words.
    static func key(using generator: inout some RandomNumberGenerator) -> [UInt8] {
        var writer = ByteWriter(reservingCapacity: 32)
        for _ in 0..<4 { writer.write(generator.next()) }
        return writer.bytes
    }
}
