import NIOCore

/// Grows by `rate` tokens a second up to `rate` tokens; each connection takes one.
struct TokenBucket {
    private let rate: Double
    private var tokens: Double
    private var filled: NIODeadline

    init(perSecond rate: Double, now: NIODeadline) {
        self.rate = rate
        tokens = rate
        filled = now
    }

    /// Takes a token, if one is there.
    mutating func take(now: NIODeadline) -> Bool {
        let nanoseconds = max(0, (now - filled).nanoseconds)
        tokens = min(rate, tokens + rate * Double(nanoseconds) * 1e-9)
        filled = now
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }
}

/// Who may begin a handshake. Addresses that the roster names have a budget of their own, so that strangers
/// elsewhere cannot use it up.
struct AdmissionBudget {
    /// Unfinished handshakes that all named addresses together may have.
    private static let namedMaximum = 256

    private let limits: TransportLimits
    /// How many members each named address stands for.
    private var named: [String: Int] = [:]
    private var unfinished: [String: Int] = [:]
    private var unfinishedStrangers = 0
    private var unfinishedNamed = 0
    private var strangers: TokenBucket
    private var neighbours: TokenBucket

    init(limits: TransportLimits, now: NIODeadline) {
        self.limits = limits
        strangers = TokenBucket(perSecond: limits.strangersPerSecond, now: now)
        neighbours = TokenBucket(perSecond: limits.namedPerSecond, now: now)
    }

    /// One more member may come from this address.
    mutating func name(_ address: String) {
        guard unfinished[address] == nil else { return }
        named[address, default: 0] += 1
    }

    /// Whether a connection from this address may begin; each that may has to be given back.
    mutating func admit(_ address: String, now: NIODeadline) -> Bool {
        let count = unfinished[address] ?? 0
        if let memberCount = named[address] {
            guard count < limits.unfinishedPerAddress * memberCount, unfinishedNamed < Self.namedMaximum,
                neighbours.take(now: now)
            else { return false }
            unfinishedNamed += 1
        } else {
            guard count < limits.unfinishedPerAddress, unfinishedStrangers < limits.unfinishedHandshakes,
                strangers.take(now: now)
            else { return false }
            unfinishedStrangers += 1
        }
        unfinished[address] = count + 1
        return true
    }

    /// The handshake of an admitted connection is over, one way or the other.
    mutating func giveBack(_ address: String) {
        guard let count = unfinished[address] else { return }
        unfinished[address] = count > 1 ? count - 1 : nil
        if named[address] != nil { unfinishedNamed -= 1 } else { unfinishedStrangers -= 1 }
    }
}
