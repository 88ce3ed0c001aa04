import Privacy
import Sodium
import Wire

/// The ledger of a private run: every noisy vector is counted in the record that makes it durable, before it leaves.
///
/// The journal holds the vector, noise included, for all attempts of its exchange and over a restart, so nothing is drawn anew
/// for what may have left. Whatever the disk lost and is drawn anew counts again.
extension LearningInstance {
    /// The vector in the journal as a line of the ledger; nil where nothing is private or nothing is to be sent.
    var release: PrivacyRelease? {
        guard let journal, !journal.inputs.isEmpty, trainer.settings.privacy != nil,
            let kind = trainer.stage.releaseKind
        else { return nil }
        var writer = ByteWriter(reservingCapacity: 8 * journal.inputs.count)
        writer.write(doubles: journal.inputs)
        return PrivacyRelease(exchange: exchange, kind: kind, digest: BLAKE2b.hash256(writer.bytes))
    }

    /// Counts the vector in the journal, for the next record to hold; or stops where it would break the promise.
    ///
    /// - Returns: whether the member goes on.
    mutating func count(_ directives: inout [LearningDirective]) -> Bool {
        guard let privacy = trainer.settings.privacy, let release else { return true }
        guard ledger.affords(release, under: privacy.plan) else {
            journal = nil
            fail(.budgetSpent(privacy.budget(of: ledger)), &directives)
            return false
        }
        if ledger.add(release) { uncountedRelease = release }
        return true
    }
}
