import NIOCore

/// The pauses between dials of one member: exponential with full jitter, so that a network that comes back does
/// not dial in step.
struct BackOff {
    private let limits: TransportLimits
    private var failures = 0

    init(limits: TransportLimits) {
        self.limits = limits
    }

    /// The pause before the next dial: uniform below base · 2^failures, and below the cap.
    mutating func next(using generator: inout some RandomNumberGenerator) -> TimeAmount {
        let base = limits.backOffBase.nanoseconds
        let cap = limits.backOffCap.nanoseconds
        let ceiling = failures < 32 ? min(cap, base << Int64(failures)) : cap
        failures += 1
        let range = 0...max(1, ceiling)
        return .nanoseconds(Int64.random(in: range, using: &generator))
    }

    /// Forgets the failures, if the session that has just ended was long enough to count as a success.
    mutating func sessionEnded(after length: TimeAmount) {
        if length >= limits.backOffReset { failures = 0 }
    }
}
