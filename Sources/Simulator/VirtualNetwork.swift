import Consensus
import HeapModule
import Learning
import LinearAlgebra

/// What is due at a virtual moment.
enum VirtualEvent: Sendable {
    case deliver(PeerMessage, from: Int, to: Int)
    case timer(Int)
}

/// An event with its moment; ties are broken by the order in which events were scheduled, never by chance.
struct ScheduledEvent: Comparable, Sendable {
    let at: Duration
    let order: UInt64
    let event: VirtualEvent

    static func < (left: ScheduledEvent, right: ScheduledEvent) -> Bool {
        (left.at, left.order) < (right.at, right.order)
    }

    static func == (left: ScheduledEvent, right: ScheduledEvent) -> Bool {
        left.order == right.order
    }
}

/// What comes next.
enum VirtualMoment: Sendable {
    case event(VirtualEvent)
    case arrivals(ArrivalBatch)
}

/// A virtual clock and links with latency and jitter; messages between two members keep their order, as over TCP.
///
/// Without jitter all that is sent at one moment arrives at one moment, and is kept as an ``ArrivalBatch``: a flooded
/// message then costs a few words a member that passes it on. Links of this world never fall silent, so heartbeats are
/// not carried.
struct VirtualNetwork: Sendable {
    private(set) var now: Duration = .zero
    private var heap = Heap<ScheduledEvent>()
    private var nextOrder: UInt64 = 0
    /// Without jitter: what is on its way, the earliest first.
    private var batches: [ArrivalBatch] = []
    private var ledger: FloodLedger
    /// With jitter: the latest arrival over each link that was used.
    private var lastArrival: [Int: Duration] = [:]
    private var generator: SeededGenerator
    private let latency: Duration
    private let jitter: Duration
    /// Control neighbours of every member, ascending.
    let neighbours: [[Int]]
    /// Sums, seeds, READYs and votes that were sent.
    private(set) var messageCount = 0
    private(set) var byteCount = 0

    /// Whether copies of a flooded message that a member has already had are counted and not delivered.
    private let skipsRepeats: Bool

    /// - Parameter skipsRepeats: only where nobody starts again, see ``FloodLedger``; with jitter it is of no effect.
    init(
        neighbours: [[Int]], latency: Duration, jitter: Duration, seed: UInt64, skipsRepeats: Bool = false
    ) {
        self.neighbours = neighbours
        self.skipsRepeats = skipsRepeats
        ledger = FloodLedger(memberCount: neighbours.count)
        self.latency = latency
        self.jitter = jitter
        generator = SeededGenerator(seed: seed, label: "network")
    }

    mutating func send(_ message: PeerMessage, from sender: Int, to receiver: Int) {
        guard !message.isHeartbeat else { return }
        messageCount += 1
        byteCount += message.encodedByteCount
        if jitter == .zero {
            openBatch()
            batches[batches.count - 1].add(message, from: sender, to: receiver)
        } else {
            delay(message, from: sender, to: receiver)
        }
    }

    /// Sends a message to all control neighbours but one.
    ///
    /// - Parameter number: of a message that is passed on as it came; nil of another.
    mutating func flood(_ message: PeerMessage, from sender: Int, except source: Int?, number: UInt32?) {
        let bytes = message.encodedByteCount
        for receiver in neighbours[sender] where receiver != source {
            messageCount += 1
            byteCount += bytes
            if jitter > .zero { delay(message, from: sender, to: receiver) }
        }
        if jitter == .zero {
            openBatch()
            batches[batches.count - 1].add(
                number: number ?? ledger.enter(message, of: sender), from: sender, except: source)
        }
    }

    /// A flooded message as it reaches a member; nil where it is one copy more and nothing can follow from it.
    mutating func flooded(_ number: UInt32, to member: Int) -> PeerMessage? {
        guard ledger.takes(number, member) || !skipsRepeats else { return nil }
        return ledger.messages[Int(number)]
    }

    private mutating func openBatch() {
        let moment = now + latency
        if batches.last?.at != moment { batches.append(ArrivalBatch(at: moment)) }
    }

    private mutating func delay(_ message: PeerMessage, from sender: Int, to receiver: Int) {
        let drawn = now + latency + jitter * (Double(generator.next() >> 11) * 0x1p-53)
        let link = sender * neighbours.count + receiver
        let arrival = max(drawn, lastArrival[link] ?? .zero)
        lastArrival[link] = arrival
        schedule(.deliver(message, from: sender, to: receiver), at: arrival)
    }

    mutating func schedule(_ event: VirtualEvent, at moment: Duration) {
        heap.insert(ScheduledEvent(at: moment, order: nextOrder, event: event))
        nextOrder += 1
    }

    /// Moves the clock to what is due next; arrivals come before timers of the same moment.
    mutating func next() -> VirtualMoment? {
        if let batch = batches.first, heap.min.map({ batch.at <= $0.at }) ?? true {
            batches.removeFirst()
            if batches.isEmpty, !batch.hasFloods { ledger.clear() }
            now = batch.at
            return .arrivals(batch)
        }
        guard let first = heap.popMin() else { return nil }
        now = first.at
        return .event(first.event)
    }
}

extension PeerMessage {
    var isHeartbeat: Bool {
        switch self {
        case .ping, .pong: true
        default: false
        }
    }
}
