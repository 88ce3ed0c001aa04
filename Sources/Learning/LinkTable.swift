/// What a member last said of itself in PING or PONG.
struct LinkReport: Sendable, Equatable {
    var round: UInt64 = 0
    var attempt: UInt32 = 0
    var phase: UInt8 = 0
    var step: UInt32 = 0
    var isWaiting = true
}

/// One link that a member keeps.
struct MemberLink: Sendable {
    /// The other end.
    let peer: Int
    var isUp = false
    /// Whether it has been up in this life.
    var wasUp = false
    var lastHeard: Duration
    /// Since when it is down.
    var downSince: Duration
    /// When the first PING was sent that nothing has followed; nil while the other end answers.
    var unansweredSince: Duration?
    /// When the latest PING was sent.
    var pinged: Duration?
    var report = LinkReport()
    /// Since when the report is the same.
    var reportSince: Duration
    /// When the other end was last told what it had missed.
    var toldAt: Duration?
}

/// The links that a member keeps; a member knows few of a large roster.
struct LinkTable: Sendable {
    /// By the other end, ascending.
    private(set) var links: [MemberLink] = []
    /// Round trips as PONGs show them: smoothed, and their mean deviation (RFC 6298); nil before the first.
    private(set) var roundTrip: (smoothed: Duration, deviation: Duration)?

    private func place(of peer: Int) -> (index: Int, isKnown: Bool) {
        var low = 0
        var high = links.count
        while low < high {
            let middle = (low + high) / 2
            if links[middle].peer < peer { low = middle + 1 } else { high = middle }
        }
        return (low, low < links.count && links[low].peer == peer)
    }

    /// Keeps a link from now on; it is down until it comes up.
    mutating func want(_ peer: Int, now: Duration) {
        let (index, isKnown) = place(of: peer)
        guard !isKnown else { return }
        links.insert(MemberLink(peer: peer, lastHeard: now, downSince: now, reportSince: now), at: index)
    }

    mutating func comesUp(_ peer: Int, now: Duration) {
        want(peer, now: now)
        let index = place(of: peer).index
        links[index].isUp = true
        links[index].wasUp = true
        links[index].lastHeard = now
        links[index].unansweredSince = nil
        links[index].reportSince = now
        links[index].toldAt = nil
    }

    mutating func goesDown(_ peer: Int, now: Duration) {
        let (index, isKnown) = place(of: peer)
        guard isKnown, links[index].isUp else { return }
        links[index].isUp = false
        links[index].downSince = now
    }

    mutating func heard(_ peer: Int, now: Duration) {
        let (index, isKnown) = place(of: peer)
        guard isKnown else { return }
        links[index].lastHeard = now
        links[index].unansweredSince = nil
    }

    mutating func sentPing(to peer: Int, now: Duration) {
        let (index, isKnown) = place(of: peer)
        guard isKnown else { return }
        links[index].pinged = now
        if links[index].unansweredSince == nil { links[index].unansweredSince = now }
    }

    /// Takes what a member says of itself.
    ///
    /// - Parameter isAnswer: whether it is a PONG.
    mutating func take(_ report: LinkReport, from peer: Int, isAnswer: Bool, now: Duration) {
        let (index, isKnown) = place(of: peer)
        guard isKnown else { return }
        if isAnswer, let sent = links[index].pinged {
            links[index].pinged = nil
            measure(now - sent)
        }
        guard links[index].report != report else { return }
        links[index].report = report
        links[index].reportSince = now
    }

    private mutating func measure(_ sample: Duration) {
        guard let (smoothed, deviation) = roundTrip else {
            roundTrip = (sample, sample / 2)
            return
        }
        let error = sample > smoothed ? sample - smoothed : smoothed - sample
        roundTrip = (smoothed + (sample - smoothed) / 8, deviation + (error - deviation) / 4)
    }

    /// Whether the other end may be told what it has missed: once in `pause`.
    mutating func mayTell(_ peer: Int, pause: Duration, now: Duration) -> Bool {
        let (index, isKnown) = place(of: peer)
        guard isKnown else { return false }
        if let told = links[index].toldAt, now - told < pause { return false }
        links[index].toldAt = now
        return true
    }

    /// Starts all times anew: this process was suspended, or its world has no silence.
    mutating func refresh(now: Duration) {
        for index in links.indices {
            links[index].lastHeard = now
            links[index].unansweredSince = nil
            links[index].reportSince = now
            if !links[index].isUp { links[index].downSince = now }
        }
    }

    /// The same for links that are up only.
    mutating func hearAll(now: Duration) {
        for index in links.indices where links[index].isUp {
            links[index].lastHeard = now
            links[index].unansweredSince = nil
            links[index].reportSince = now
        }
    }

    func isUp(_ peer: Int) -> Bool {
        let (index, isKnown) = place(of: peer)
        return isKnown && links[index].isUp
    }

    /// The ends of links that are up, ascending.
    var upPeers: [Int] { links.filter(\.isUp).map(\.peer) }

    /// Whether a link that was up is down.
    var hasLosses: Bool { links.contains { $0.wasUp && !$0.isUp } }
}
