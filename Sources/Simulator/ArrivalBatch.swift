import Consensus

/// All messages that arrive at one moment of a network without jitter.
///
/// A member takes what has come for it from the smallest sender on, and from one sender in the order of sending. Members
/// do not hear of each other within a moment, so who goes first changes nothing.
struct ArrivalBatch: Sendable {
    /// One message for one member.
    fileprivate struct Letter: Sendable {
        let message: PeerMessage
        let order: UInt32
        let sender: UInt16
        let receiver: UInt16
    }

    /// One message for all control neighbours of its sender but one; `source` is the sender where all get it.
    ///
    /// Small and without references, as members times members of them may be on their way.
    fileprivate struct Flood: Sendable {
        /// The message's place in the ``FloodLedger``.
        let number: UInt32
        let order: UInt32
        let sender: UInt16
        let source: UInt16
    }

    /// What a member is handed.
    enum Piece {
        case letter(PeerMessage)
        /// By its place in the ``FloodLedger``.
        case flood(UInt32)
    }

    let at: Duration
    private var letters: [Letter] = []
    private var floods: [Flood] = []
    private var nextOrder: UInt32 = 0

    init(at moment: Duration) {
        at = moment
    }

    mutating func add(_ message: PeerMessage, from sender: Int, to receiver: Int) {
        letters.append(
            Letter(
                message: message, order: nextOrder, sender: UInt16(sender), receiver: UInt16(receiver)))
        nextOrder += 1
    }

    /// - Parameter number: of the flooded message in the ``FloodLedger``.
    mutating func add(number: UInt32, from sender: Int, except source: Int?) {
        floods.append(
            Flood(
                number: number, order: nextOrder, sender: UInt16(sender), source: UInt16(source ?? sender)))
        nextOrder += 1
    }

    /// Whether a flooded message is among these.
    var hasFloods: Bool { !floods.isEmpty }

    /// The messages of all members, put in order once.
    func sorted(memberCount: Int) -> Sorted {
        Sorted(self, memberCount: memberCount)
    }

    /// A batch in the order in which members take it.
    struct Sorted: Sendable {
        private let letters: [Letter]
        private let floods: [Flood]
        /// `letters[letterStarts[m] ..< letterStarts[m + 1]]` are for member m, by sender and order of sending.
        private let letterStarts: [Int]
        /// `floods[floodStarts[m] ..< floodStarts[m + 1]]` are from member m, in the order of sending.
        private let floodStarts: [Int]

        fileprivate init(_ batch: ArrivalBatch, memberCount: Int) {
            // Both come nearly sorted by sender: members take their turns in order.
            let bySender = { (left: UInt16, right: UInt16, first: UInt32, second: UInt32) -> Bool in
                (left, first) < (right, second)
            }
            var floods = batch.floods
            if zip(floods, floods.dropFirst()).contains(where: { $0.sender > $1.sender }) {
                floods.sort { bySender($0.sender, $1.sender, $0.order, $1.order) }
            }
            let sorted = batch.letters.sorted { left, right in
                left.receiver != right.receiver
                    ? left.receiver < right.receiver
                    : bySender(left.sender, right.sender, left.order, right.order)
            }
            self.floods = floods
            letters = sorted
            floodStarts = Self.starts(floods.lazy.map { Int($0.sender) }, memberCount)
            letterStarts = Self.starts(sorted.lazy.map { Int($0.receiver) }, memberCount)
        }

        private static func starts(_ members: some Sequence<Int>, _ memberCount: Int) -> [Int] {
            var starts = [Int](repeating: 0, count: memberCount + 1)
            for member in members { starts[member + 1] += 1 }
            for member in 0..<memberCount { starts[member + 1] += starts[member] }
            return starts
        }

        /// Hands a member its messages, one after the other.
        ///
        /// - Parameter neighbours: the control neighbours of the member, ascending.
        func forEach(
            to member: Int, neighbours: [Int],
            _ take: (Piece, _ sender: Int) throws(SimulationError) -> Void
        ) throws(SimulationError) {
            var letter = letterStarts[member]
            let letterEnd = letterStarts[member + 1]
            for neighbour in neighbours {
                for index in floodStarts[neighbour]..<floodStarts[neighbour + 1] {
                    let order = floods[index].order
                    while letter < letterEnd, letters[letter].precedes(neighbour, order) {
                        try take(.letter(letters[letter].message), Int(letters[letter].sender))
                        letter += 1
                    }
                    if Int(floods[index].source) != member {
                        try take(.flood(floods[index].number), neighbour)
                    }
                }
            }
            while letter < letterEnd {
                try take(.letter(letters[letter].message), Int(letters[letter].sender))
                letter += 1
            }
        }
    }
}

extension ArrivalBatch.Letter {
    /// Whether this comes before what `other` sent as number `number`.
    fileprivate func precedes(_ other: Int, _ number: UInt32) -> Bool {
        (Int(sender), order) < (other, number)
    }
}
