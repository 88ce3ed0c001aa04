import Consensus

/// When each member was last heard over its own link, and how long it took to answer the last PING, by the
/// monotonic clock.
///
/// Links keep order and a member answers every PING once, so the first PONG belongs to the oldest PING. What a member
/// answers unasked is nothing.
struct LinkTimes {
    typealias Instant = ContinuousClock.Instant

    /// PINGs that may wait for their PONG: a link silent for so many seconds has long been cut.
    private static let waitingLimit = 64

    /// By member; nil where nothing has come yet.
    private(set) var lastHeard: [Instant?]
    /// By member; nil before the first answer on the link that is up. Includes what the member did first.
    private(set) var roundTrip: [Duration?]
    private var waiting: [[Instant]]

    init(memberCount: Int) {
        lastHeard = Array(repeating: nil, count: memberCount)
        roundTrip = Array(repeating: nil, count: memberCount)
        waiting = Array(repeating: [], count: memberCount)
    }

    /// A new link: what was asked over the one before is not answered any more.
    mutating func linkUp(_ member: Int, now: Instant) {
        lastHeard[member] = now
        roundTrip[member] = nil
        waiting[member] = []
    }

    /// A PING leaves.
    mutating func pinged(_ member: Int, now: Instant) {
        guard waiting[member].count < Self.waitingLimit else { return }
        waiting[member].append(now)
    }

    /// A message has come.
    mutating func received(_ message: PeerMessage, from member: Int, now: Instant) {
        lastHeard[member] = now
        guard case .pong = message, let asked = waiting[member].first else { return }
        waiting[member].removeFirst()
        roundTrip[member] = now - asked
    }
}
