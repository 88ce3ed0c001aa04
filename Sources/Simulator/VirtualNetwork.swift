import Consensus
import HeapModule
import Learning
import LinearAlgebra

/// What is due at a virtual moment.
enum VirtualEvent: Sendable {
    case deliver(PeerMessage, from: Int, to: Int, life: Int)
    case timer(Int, life: Int)
    case restart(Int)
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

/// A virtual clock and links with latency and jitter; messages between two members keep their order, as over TCP.
struct VirtualNetwork: Sendable {
    private(set) var now: Duration = .zero
    private var heap = Heap<ScheduledEvent>()
    private var nextOrder: UInt64 = 0
    private var lastArrival: [Duration]
    private var generator: SeededGenerator
    private let latency: Duration
    private let jitter: Duration
    private let memberCount: Int
    /// Sums, seeds, READYs and votes that were sent, without heartbeats.
    private(set) var messageCount = 0
    private(set) var byteCount = 0

    init(memberCount: Int, latency: Duration, jitter: Duration, seed: UInt64) {
        self.memberCount = memberCount
        self.latency = latency
        self.jitter = jitter
        lastArrival = Array(repeating: .zero, count: memberCount * memberCount)
        generator = SeededGenerator(seed: seed, label: "network")
    }

    mutating func send(_ message: PeerMessage, from sender: Int, to receiver: Int, life: Int) {
        if !message.isHeartbeat {
            messageCount += 1
            byteCount += message.encodedByteCount
        }
        var arrival = now + latency
        if jitter > .zero {
            arrival += jitter * (Double(generator.next() >> 11) * 0x1p-53)
        }
        let link = sender * memberCount + receiver
        arrival = max(arrival, lastArrival[link])
        lastArrival[link] = arrival
        schedule(.deliver(message, from: sender, to: receiver, life: life), at: arrival)
    }

    mutating func schedule(_ event: VirtualEvent, at moment: Duration) {
        heap.insert(ScheduledEvent(at: moment, order: nextOrder, event: event))
        nextOrder += 1
    }

    mutating func next() -> VirtualEvent? {
        guard let first = heap.popMin() else { return nil }
        now = first.at
        return first.event
    }
}

extension PeerMessage {
    var isHeartbeat: Bool {
        switch self {
        case .ping, .pong: true
        case .ready, .seed, .data, .finished, .reveal, .share, .sumShare: false
        }
    }
}
