/// One noisy vector that a participant has made up its mind to send.
package struct PrivacyRelease: Sendable, Equatable {
    /// The exchange it is for.
    package let exchange: UInt64
    package let kind: ReleaseKind
    /// 32 bytes: a hash of the noisy vector. The same vector sent again shows nothing new.
    package let digest: [UInt8]

    /// - Precondition: 32 bytes.
    package init(exchange: UInt64, kind: ReleaseKind, digest: [UInt8]) {
        precondition(digest.count == 32, "a digest of \(digest.count) bytes")
        self.exchange = exchange
        self.kind = kind
        self.digest = digest
    }
}

/// Every release of a participant, counted before it leaves: what was counted may not have left, what left was counted.
///
/// A vector that is sent again (another attempt, a restart) has the digest of the first time and counts once; fresh noise
/// for an exchange that had some before counts again.
package struct PrivacyLedger: Sendable, Equatable {
    /// In the order of counting; no two alike.
    package private(set) var releases: [PrivacyRelease] = []

    package init(_ releases: [PrivacyRelease] = []) {
        for release in releases { add(release) }
    }

    /// Counts a release, unless it is there already.
    ///
    /// - Returns: whether it is new.
    @discardableResult
    package mutating func add(_ release: PrivacyRelease) -> Bool {
        guard !releases.contains(release) else { return false }
        releases.append(release)
        return true
    }

    /// ε spent so far.
    package func spent(under plan: PrivacyPlan) -> Double { plan.spent(counts: counts) }

    /// Whether the promise still holds after this release.
    package func affords(_ release: PrivacyRelease, under plan: PrivacyPlan) -> Bool {
        var next = self
        next.add(release)
        return next.spent(under: plan) <= plan.target.epsilon
    }

    private var counts: [Int] {
        ReleaseKind.allCases.map { kind in releases.count { $0.kind == kind } }
    }
}

/// What is promised and what of it has been used up.
package struct PrivacyBudget: Sendable, Equatable {
    package let epsilon: Double
    package let delta: Double
    /// ε of all releases so far at that δ.
    package let spent: Double
    /// What adding or removing changes: one row.
    package let unit = "row"

    package init(epsilon: Double, delta: Double, spent: Double) {
        self.epsilon = epsilon
        self.delta = delta
        self.spent = spent
    }
}
