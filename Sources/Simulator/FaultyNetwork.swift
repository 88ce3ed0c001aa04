import Consensus
import HeapModule
import LinearAlgebra

/// What is due at a moment of a network in which things go wrong.
enum FaultyEvent: Sendable {
    /// A message of one connection; lost if that has ended meanwhile.
    case deliver(PeerMessage, from: Int, to: Int, connection: Int)
    case timer(Int, life: Int, wish: Int)
    case restart(Int)
    case connect(Int, Int)
    case begin(fault: Int)
    case end(fault: Int)
    /// One more fault stops both directions between two members, or one fewer.
    case stop(Int, Int, by: Int)
}

/// When an event is due, and where it lies; ties are broken by the order in which events were scheduled.
///
/// Three plain words: the heap moves them many times for every message.
struct FaultyMoment: Comparable, Sendable {
    /// In nanoseconds.
    let at: Int64
    let order: UInt64
    /// The event's place in ``FaultyNetwork``.
    let place: Int

    static func < (left: FaultyMoment, right: FaultyMoment) -> Bool {
        left.at == right.at ? left.order < right.order : left.at < right.at
    }

    static func == (left: FaultyMoment, right: FaultyMoment) -> Bool { left.order == right.order }
}

/// A virtual clock and connections that keep the order of their messages, like TCP, and may be slow, stall, or break.
struct FaultyNetwork: Sendable {
    private(set) var now: Duration = .zero
    private var heap = Heap<FaultyMoment>()
    /// The events of the heap, and places that are free.
    private var events: [FaultyEvent?] = []
    private var freePlaces: [Int] = []
    private var nextOrder: UInt64 = 0
    private let count: Int
    /// In nanoseconds, like all times inside.
    private let latency: Double
    private let jitter: Double
    private(set) var nanoseconds: Int64 = 0
    private let loss: Double
    var generator: SeededGenerator
    /// The number of the connection between two members, by pair; 0 where there is none.
    private var connections: [Int]
    private var connectionCount = 0
    /// The latest arrival over each direction.
    private var lastArrival: [Int64]
    /// How many faults stop a direction; what is sent meanwhile waits.
    private var stops: [Int]
    private var waiting: [Int: [(message: PeerMessage, connection: Int)]] = [:]
    /// Faults of members, by kind.
    var slowness: [Int]
    var lossiness: [Int]
    var disorder: [Int]
    var repetition: [Int]
    private(set) var messageCount = 0
    private(set) var byteCount = 0

    init(memberCount: Int, latency: Duration, jitter: Duration, loss: Double, seed: UInt64) {
        count = memberCount
        self.latency = Double(latency.nanoseconds)
        self.jitter = Double(jitter.nanoseconds)
        self.loss = loss
        generator = SeededGenerator(seed: seed, label: "network")
        connections = Array(repeating: 0, count: memberCount * memberCount)
        lastArrival = Array(repeating: 0, count: memberCount * memberCount)
        stops = Array(repeating: 0, count: memberCount * memberCount)
        slowness = Array(repeating: 0, count: memberCount)
        lossiness = slowness
        disorder = slowness
        repetition = slowness
    }

    private func place(_ one: Int, _ other: Int) -> Int { one * count + other }

    func isConnected(_ one: Int, _ other: Int) -> Bool { connections[place(one, other)] != 0 }

    func connection(_ one: Int, _ other: Int) -> Int { connections[place(one, other)] }

    /// Whether a new connection can be made: both directions are open.
    func mayConnect(_ one: Int, _ other: Int) -> Bool {
        stops[place(one, other)] == 0 && stops[place(other, one)] == 0
    }

    mutating func connect(_ one: Int, _ other: Int) {
        connectionCount += 1
        connections[place(one, other)] = connectionCount
        connections[place(other, one)] = connectionCount
    }

    mutating func disconnect(_ one: Int, _ other: Int) {
        connections[place(one, other)] = 0
        connections[place(other, one)] = 0
        waiting[place(one, other)] = nil
        waiting[place(other, one)] = nil
    }

    /// Stops a direction, or lets it go on; what has waited is sent then.
    mutating func stop(from one: Int, to other: Int, by change: Int) {
        let place = place(one, other)
        stops[place] += change
        guard stops[place] == 0, let messages = waiting.removeValue(forKey: place) else { return }
        for (message, connection) in messages where connections[place] == connection {
            transmit(message, from: one, to: other, connection: connection)
        }
    }

    /// - Returns: whether the connection breaks with this message.
    mutating func send(_ message: PeerMessage, from sender: Int, to receiver: Int) -> Bool {
        let place = place(sender, receiver)
        let connection = connections[place]
        guard connection != 0 else { return false }
        if !message.isHeartbeat {
            messageCount += 1
            byteCount += message.encodedByteCount
        }
        if stops[place] > 0 {
            waiting[place, default: []].append((message, connection))
            return false
        }
        let risk = loss + (lossiness[sender] + lossiness[receiver] > 0 ? 0.002 : 0)
        if risk > 0, draw() < risk { return true }
        transmit(message, from: sender, to: receiver, connection: connection)
        if repetition[sender] > 0 { transmit(message, from: sender, to: receiver, connection: connection) }
        return false
    }

    private mutating func transmit(
        _ message: PeerMessage, from sender: Int, to receiver: Int, connection: Int
    ) {
        var delay = latency + jitter * draw()
        if slowness[sender] + slowness[receiver] > 0 { delay *= 10 }
        if disorder[sender] > 0 { delay += latency * 20 * draw() }
        let place = place(sender, receiver)
        let arrival = max(nanoseconds + Int64(delay), lastArrival[place])
        lastArrival[place] = arrival
        schedule(.deliver(message, from: sender, to: receiver, connection: connection), at: arrival)
    }

    /// Uniform in [0, 1).
    mutating func draw() -> Double { Double(generator.next() >> 11) * 0x1p-53 }

    mutating func schedule(_ event: FaultyEvent, at moment: Duration) {
        schedule(event, at: moment.nanoseconds)
    }

    private mutating func schedule(_ event: FaultyEvent, at moment: Int64) {
        let place = freePlaces.popLast() ?? events.count
        if place == events.count { events.append(event) } else { events[place] = event }
        heap.insert(FaultyMoment(at: moment, order: nextOrder, place: place))
        nextOrder += 1
    }

    /// Moves the clock to what is due next.
    mutating func next() -> FaultyEvent? {
        guard let first = heap.popMin() else { return nil }
        if first.at > nanoseconds {
            nanoseconds = first.at
            now = .nanoseconds(first.at)
        }
        freePlaces.append(first.place)
        return events[first.place].take()
    }
}

extension Duration {
    /// Whole nanoseconds, rounded down.
    fileprivate var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
