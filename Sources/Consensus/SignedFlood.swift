package import Wire

/// A message that is flooded: signed by its origin, checked once and passed on once by everybody (protocol.md §3.1).
package protocol SignedFlood {
    /// Ed25519 over ``signedBytes(networkID:)``, 64 bytes.
    var signature: [UInt8] { get set }

    /// Every field before the signature, the type first.
    func writeUnsigned(to writer: inout ByteWriter)
}

extension SignedFlood {
    /// What the signature covers: a label, the network id, and every field before the signature.
    ///
    /// - Parameter networkID: 32 bytes.
    package func signedBytes(networkID: [UInt8]) -> [UInt8] {
        var writer = ByteWriter(reservingCapacity: 256)
        writer.write(bytes: floodLabel)
        writer.write(bytes: networkID)
        writeUnsigned(to: &writer)
        return writer.bytes
    }

    func write(to writer: inout ByteWriter) {
        writeUnsigned(to: &writer)
        writer.write(bytes: signature)
    }
}

private let floodLabel = Array("collabdict/flood/v1".utf8)
