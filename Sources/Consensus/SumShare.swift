import Sodium
import Wire

/// A member's share of the sum over the roster, by Shamir's scheme (mathematics.md §5.4): what the shares add up to that
/// all members dealt to it. `threshold + 1` of them open the sum, fewer say nothing about it.
package struct SumShare: Sendable, Equatable {
    private static let commitmentLabel = Array("collabdict/sum-share-commitment/v1".utf8)

    /// 32 random bytes, so that the commitment hides the share.
    package let salt: [UInt8]
    /// Residues modulo 2^61 − 1, the constant-1 channel last.
    package let residues: [UInt64]

    package init(salt: [UInt8], residues: [UInt64]) {
        precondition(salt.count == FieldLength.salt, "a salt of \(salt.count) bytes")
        self.salt = salt
        self.residues = residues
    }

    /// What is told before the decision, 32 bytes: it binds the member to its share and does not tell it.
    package var commitment: [UInt8] {
        var writer = ByteWriter(
            reservingCapacity: Self.commitmentLabel.count + salt.count + 8 * residues.count)
        writer.write(bytes: Self.commitmentLabel)
        writer.write(bytes: salt)
        writer.write(words: residues)
        return BLAKE2b.hash256(writer.bytes)
    }
}
