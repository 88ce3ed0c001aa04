import Consensus

/// The flooded messages on their way, each once, and which members have had them.
///
/// A member passes a message on as it came, so a copy is a number. Of the copies that reach a member only the first
/// can tell it anything, wherever links keep their order and nobody starts again: a neighbour's copy then comes before
/// everything that the neighbour says later, and a member leaves an exchange only with such later words of all its
/// neighbours, so it still holds the message when the copy comes and does nothing.
struct FloodLedger: Sendable {
    private(set) var messages: [PeerMessage] = []
    /// A bit a message, by member; short rows are zero further on.
    private var isTaken: [[UInt64]]

    init(memberCount: Int) {
        isTaken = Array(repeating: [], count: memberCount)
    }

    /// Enters a message that its sender has by itself.
    ///
    /// - Returns: its number.
    mutating func enter(_ message: PeerMessage, of sender: Int) -> UInt32 {
        let number = UInt32(messages.count)
        messages.append(message)
        _ = takes(number, sender)
        return number
    }

    /// Notes that a member has a message.
    ///
    /// - Returns: whether it comes for the first time.
    mutating func takes(_ number: UInt32, _ member: Int) -> Bool {
        let (word, bit) = (Int(number / 64), UInt64(1) << UInt64(number % 64))
        let missing = word + 1 - isTaken[member].count
        if missing > 0 { isTaken[member].append(contentsOf: repeatElement(0, count: missing)) }
        guard isTaken[member][word] & bit == 0 else { return false }
        isTaken[member][word] |= bit
        return true
    }

    /// Forgets all messages; none may be on its way.
    mutating func clear() {
        messages.removeAll(keepingCapacity: true)
        for member in isTaken.indices { isTaken[member].removeAll(keepingCapacity: true) }
    }
}
