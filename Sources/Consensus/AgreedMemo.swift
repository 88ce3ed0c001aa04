/// What members of one process may take from each other: results of pure functions of agreed values.
package enum AgreedResult: String, Sendable, CaseIterable {
    /// The plan of an attempt.
    case plan
    /// The digest of a masked sum.
    case outcome
    /// The digest that members vote for.
    case vote
    /// The geometry of a smaller roster.
    case geometry
    /// A decided sum without its self masks.
    case opening
    /// A long value that all members hold alike: one copy serves them all.
    case copy
}

/// Remembers what members of one process compute alike.
///
/// A daemon has one member and computes everything, ``Unshared``. A simulator lends all its members one that keeps the
/// latest results. It compares the whole inputs and answers only where they are equal, so a member gets the very value
/// it would have computed, and no run can tell whether results were shared.
package protocol AgreedMemo: Sendable {
    /// The value of a pure function.
    ///
    /// - Parameters:
    ///   - result: which function; always the same one for the same types and purpose.
    ///   - inputs: everything that the value depends on.
    ///   - compute: the function.
    func value<Inputs: Equatable & Sendable, Value: Sendable>(
        _ result: AgreedResult, of inputs: Inputs, _ compute: (Inputs) -> Value
    ) -> Value

    /// One that is as generous and knows nothing yet, for another geometry.
    func another() -> any AgreedMemo
}

/// Shares nothing.
package struct Unshared: AgreedMemo {
    package init() {}

    package func value<Inputs: Equatable & Sendable, Value: Sendable>(
        _ result: AgreedResult, of inputs: Inputs, _ compute: (Inputs) -> Value
    ) -> Value {
        compute(inputs)
    }

    package func another() -> any AgreedMemo { Unshared() }
}
