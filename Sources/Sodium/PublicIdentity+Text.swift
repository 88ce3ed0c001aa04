extension PublicIdentity: CustomStringConvertible {
    /// What every text form starts with: the product and the version of the form.
    package static let textPrefix = "cd1"

    private static let alphabet: [UInt8] = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)
    private static let checksumLength = 3
    private static let checksumLabel: [UInt8] = Array("collabdict/identity-text/v1".utf8)

    /// `cd1` and 56 characters of lower-case base32 (RFC 4648): the 32 bytes of the key and three of checksum,
    /// the first of BLAKE2b-256 over `collabdict/identity-text/v1` ‖ key. 35 bytes leave no padding.
    package var text: String {
        var digits: [UInt8] = []
        var buffer: UInt32 = 0
        var bitCount = 0
        for byte in bytes + Self.checksum(of: bytes) {
            buffer = (buffer << 8) | UInt32(byte)
            bitCount += 8
            while bitCount >= 5 {
                bitCount -= 5
                digits.append(Self.alphabet[Int((buffer >> UInt32(bitCount)) & 31)])
            }
            buffer &= (1 << UInt32(bitCount)) - 1
        }
        return Self.textPrefix + String(decoding: digits, as: UTF8.self)
    }

    package var description: String { text }

    /// Reads the text form.
    ///
    /// Nil for another prefix, length, character or capital, for a wrong checksum (one wrong character is found
    /// but once in 16 million), and for bytes that are no key.
    package init?(text: String) {
        let characters = Array(text.utf8)
        let prefix = Array(Self.textPrefix.utf8)
        let byteCount = Self.length + Self.checksumLength
        guard characters.count == prefix.count + byteCount * 8 / 5, characters.starts(with: prefix) else {
            return nil
        }
        var decoded: [UInt8] = []
        var buffer: UInt32 = 0
        var bitCount = 0
        for character in characters.dropFirst(prefix.count) {
            guard let digit = Self.alphabet.firstIndex(of: character) else { return nil }
            buffer = (buffer << 5) | UInt32(digit)
            bitCount += 5
            if bitCount >= 8 {
                bitCount -= 8
                decoded.append(UInt8(truncatingIfNeeded: buffer >> UInt32(bitCount)))
                buffer &= (1 << UInt32(bitCount)) - 1
            }
        }
        let key = Array(decoded.prefix(Self.length))
        guard Array(decoded.suffix(Self.checksumLength)) == Self.checksum(of: key) else { return nil }
        guard let identity = try? PublicIdentity(bytes: key) else { return nil }
        self = identity
    }

    private static func checksum(of key: [UInt8]) -> [UInt8] {
        Array(BLAKE2b.hash256(checksumLabel + key).prefix(checksumLength))
    }
}
