/// Bytes kept under a round number. What they mean is the caller's business.
package struct StoredRecord: Sendable, Equatable {
    /// The round the bytes belong to.
    package let round: UInt64
    /// The bytes, as they were saved.
    package let payload: [UInt8]

    /// Bytes of one round.
    package init(round: UInt64, payload: [UInt8]) {
        self.round = round
        self.payload = payload
    }
}

/// What a restarted peer finds in its folder. Every record has passed its hash.
package struct StoredState: Sendable, Equatable {
    /// The newest whole checkpoint; `nil` in a new folder, or when all are damaged.
    package let checkpoint: StoredRecord?
    /// The record of a round that was under way; `nil` when there was none or it is damaged.
    package let journal: StoredRecord?
    /// Rounds whose checkpoint did not match its hash and was passed over, newest first.
    package let damagedCheckpoints: [UInt64]
    /// Whether a journal was there and did not match its hash.
    package let isJournalDamaged: Bool
}
