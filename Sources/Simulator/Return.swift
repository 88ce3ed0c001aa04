/// A member that started again, and the first sum it was in.
package struct Return: Sendable, Equatable {
    package let participant: Int
    /// The exchange that was under way when it started.
    package let restarted: UInt64
    /// The exchange whose sum it was in.
    package let summed: UInt64
    /// Rounds that the others finished without it, once it was there.
    package var roundCount: UInt64 { summed - restarted }
}
