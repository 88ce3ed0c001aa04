import Sodium
import Wire

/// The mask that a member adds alone, from a seed of its own for one attempt, and reveals after the decision
/// (protocol.md §2.3).
///
/// Until then an attempt is noise even to those who hold all pair seeds, so that an attempt that was given up and
/// a later one without some member have no difference that tells of that member.
package enum SelfMask {
    private static let commitmentLabel = Array("collabdict/self-seed-commitment/v1".utf8)
    private static let chunkLabel = Array("collabdict/self-mask/v1".utf8)

    /// A fresh seed: 32 bytes from a generator, cryptographic in a daemon.
    package static func seed(using generator: inout some RandomNumberGenerator) -> [UInt8] {
        EdgeMask.key(using: &generator)
    }

    /// What READY says of a seed, 32 bytes: it binds the member to the seed and does not tell it.
    ///
    /// - Parameter seed: 32 random bytes.
    package static func commitment(to seed: [UInt8]) -> [UInt8] {
        BLAKE2b.hash256(commitmentLabel + seed)
    }

    /// The key that the mask of one chunk is expanded from.
    static func chunkKey(seed: [UInt8], chunk: Int) -> [UInt8] {
        var writer = ByteWriter(reservingCapacity: chunkLabel.count + 2)
        writer.write(bytes: chunkLabel)
        writer.write(UInt16(chunk))
        return BLAKE2b.keyed256(key: seed, writer.bytes)
    }

    /// Adds `factor` times the member's mask of one chunk to `values`, entry by entry.
    ///
    /// - Parameter factor: plus or minus the standard deviation, a power of two.
    static func add(to values: inout [Double], seed: [UInt8], chunk: Int, factor: Double) {
        EdgeMask.add(to: &values, key: chunkKey(seed: seed, chunk: chunk), factor: factor)
    }

    /// Adds the member's mask of one chunk to words over Z_2^64, or subtracts it.
    static func apply(to words: inout [UInt64], seed: [UInt8], chunk: Int, isAdded: Bool) {
        EdgeMask.apply(to: &words, key: chunkKey(seed: seed, chunk: chunk), isAdded: isAdded)
    }
}
