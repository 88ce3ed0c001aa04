package import Learning

/// A member of a network that has come to a stop, and where it stands.
package struct WaitingMember: Sendable, Equatable {
    package let name: String
    /// Nil where its process is away.
    package let phase: LearningPhase?
    package let exchange: UInt64
    package let attempt: UInt32
    package let hold: HoldReason?

    /// - Parameter status: nil where its process is away.
    init(name: String, status: LearningStatus?) {
        self.name = name
        phase = status?.phase
        exchange = status?.exchange ?? 0
        attempt = status?.attempt ?? 0
        hold = status?.hold
    }
}
