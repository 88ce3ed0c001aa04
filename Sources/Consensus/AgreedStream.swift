import Sodium
import Wire

/// Words that everybody who knows the same public facts draws alike: ChaCha20 under a BLAKE2b hash of them.
///
/// For graphs only. It hides nothing, and nothing secret is drawn from it.
struct AgreedStream: RandomNumberGenerator {
    private static let blockWords = 256

    private var key: [UInt8]
    private var words: [UInt64] = []
    private var position = 0

    /// - Parameter seed: 32 bytes.
    init(seed: [UInt8]) {
        key = seed
    }

    mutating func next() -> UInt64 {
        if position == words.count {
            words = ChaCha20.keystream(key: key, wordCount: Self.blockWords)
            key = BLAKE2b.hash256(key)
            position = 0
        }
        defer { position += 1 }
        return words[position]
    }
}

/// BLAKE2b-256 over a label and public facts, which are of fixed length or come last.
func agreedHash(_ purpose: String, _ write: (inout ByteWriter) -> Void) -> [UInt8] {
    var writer = ByteWriter()
    writer.write(bytes: Array("collabdict/\(purpose)/v1".utf8))
    write(&writer)
    return BLAKE2b.hash256(writer.bytes)
}
