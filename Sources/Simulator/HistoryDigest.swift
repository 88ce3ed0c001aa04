import Consensus

/// A digest of all that happens in a network, event by event.
///
/// FNV-1a over words: no defence against forgers, only a sign that two runs are one.
struct HistoryDigest: Sendable {
    private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func add(_ word: UInt64) {
        value = (value ^ word) &* 0x0000_0100_0000_01b3
        value ^= value >> 32
    }

    mutating func add(_ message: PeerMessage, from sender: Int, to receiver: Int) {
        add(UInt64(sender) << 48 | UInt64(receiver) << 32 | UInt64(message.encodedByteCount))
    }
}
