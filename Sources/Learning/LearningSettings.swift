package import Consensus
package import Sodium

/// What every member of the network knows alike before the first message.
package struct LearningSettings: Sendable {
    /// How one sum is made.
    package let aggregation: AggregationSettings
    /// The members' public keys in the order of the agreement; a member is its index here.
    package let roster: [PublicIdentity]
    /// An attempt that makes no progress for so long, with all links up, is given up; doubled by every failure.
    package let sessionDeadline: Duration
    /// A link that is silent for so long is cut.
    package let linkDeadline: Duration
    /// After a decision, members wait so long for a seed before they tell the shares that open it.
    package let revealDeadline: Duration
    /// What becomes of own sums that rest on too few rows; nil judges nothing.
    package var gate: PrivacyGate?
    /// Longer than a flood takes.
    package static let revealDeadlineDefault: Duration = .seconds(2)

    /// - Precondition: at least two members, all different.
    package init(
        aggregation: AggregationSettings, roster: [PublicIdentity], sessionDeadline: Duration = .seconds(30),
        linkDeadline: Duration = .seconds(15),
        revealDeadline: Duration = revealDeadlineDefault
    ) {
        precondition(roster.count >= 2, "a network of \(roster.count)")
        precondition(Set(roster).count == roster.count, "a key stands twice in the roster")
        self.aggregation = aggregation
        self.roster = roster
        self.sessionDeadline = sessionDeadline
        self.linkDeadline = linkDeadline
        self.revealDeadline = revealDeadline
    }
}

/// Signs and checks flooded messages; the daemon's uses Ed25519, the simulator's world has no forgers.
package protocol FloodAuthenticator: Sendable {
    /// The own signature, 64 bytes.
    func sign(_ message: @autoclosure () -> [UInt8]) -> [UInt8]
    /// Whether `member` signed `message`, which is only made where it is looked at.
    func isValid(_ signature: [UInt8], over message: @autoclosure () -> [UInt8], by member: Int) -> Bool
}
