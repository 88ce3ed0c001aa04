package import Consensus
package import Sodium

/// What every member of the network knows alike before the first message.
package struct LearningSettings: Sendable {
    /// How one sum is made.
    package let aggregation: AggregationSettings
    /// The members' public keys in the order of the agreement; a member is its index here.
    package let roster: [PublicIdentity]
    /// Votes that decide a round: more than half of the roster at least.
    package let quorum: Int
    /// An attempt that makes no progress for so long is given up; doubled by every failure that names nobody.
    package let sessionDeadline: Duration
    /// How long answers are waited for; nil adapts to the measured round trips.
    package let stepDeadline: Duration?
    /// A connection that is gone for so long, or silent for longer, is lost.
    package let grace: Duration
    /// After a decision, members wait so long for a seed before they tell the shares that open it.
    package let revealDeadline: Duration
    /// What becomes of own sums that rest on too few rows; nil judges nothing.
    package var gate: PrivacyGate?
    /// Whether two members may make a sum although each learns the other's part.
    package let isPairAllowed: Bool
    /// Longer than a flood takes.
    package static let revealDeadlineDefault: Duration = .seconds(2)

    /// - Parameter quorum: nil for more than half.
    /// - Precondition: at least two members, all different.
    package init(
        aggregation: AggregationSettings, roster: [PublicIdentity], quorum: Int? = nil,
        sessionDeadline: Duration = .seconds(30), stepDeadline: Duration? = nil,
        grace: Duration = .seconds(5), revealDeadline: Duration? = nil, isPairAllowed: Bool = false,
        gate: PrivacyGate? = nil
    ) {
        precondition(roster.count >= 2, "a network of \(roster.count)")
        precondition(Set(roster).count == roster.count, "a key stands twice in the roster")
        let majority = roster.count / 2 + 1
        let quorum = quorum ?? majority
        precondition(quorum >= majority && quorum <= roster.count, "\(quorum) of \(roster.count) decide")
        self.aggregation = aggregation
        self.roster = roster
        self.quorum = quorum
        self.sessionDeadline = sessionDeadline
        self.stepDeadline = stepDeadline
        self.grace = grace
        self.isPairAllowed = isPairAllowed || roster.count == 2
        self.gate = gate
        self.revealDeadline = revealDeadline ?? stepDeadline ?? Self.revealDeadlineDefault
    }

    /// Members that a sum must have: of two, each learns the other's part.
    package var rosterMinimum: Int { Self.rosterMinimum(quorum: quorum, isPairAllowed: isPairAllowed) }

    /// The same of an agreement whose keys are not known yet.
    package static func rosterMinimum(quorum: Int, isPairAllowed: Bool) -> Int {
        isPairAllowed ? quorum : max(quorum, 3)
    }
}

/// Signs and checks flooded messages; the daemon's uses Ed25519, the simulator's world has no forgers.
package protocol FloodAuthenticator: Sendable {
    /// The own signature, 64 bytes.
    func sign(_ message: @autoclosure () -> [UInt8]) -> [UInt8]
    /// Whether `member` signed `message`, which is only made where it is looked at.
    func isValid(_ signature: [UInt8], over message: @autoclosure () -> [UInt8], by member: Int) -> Bool
}
