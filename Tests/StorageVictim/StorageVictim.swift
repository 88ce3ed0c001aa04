import Glibc
import Storage

/// A peer that does nothing but save checkpoints, to be killed and to be lied to by its disk (StorageTests).
///
/// It checks what it finds in the folder, says `loaded ROUND`, then saves rounds and says `stored ROUND` after each commit.
/// Payloads follow from their round, so that a record of another round, or half of one, shows.
///
/// usage: StorageVictim FOLDER ROUNDS      exit code 2: the store said no; 3: what it holds is wrong
@main enum StorageVictim {
    private static let networkID = [UInt8](repeating: 5, count: 32)

    static func main() {
        let arguments = CommandLine.arguments
        guard arguments.count == 3, let rounds = UInt64(arguments[2]) else { exit(64) }
        do throws(StorageError) {
            try run(folder: arguments[1], rounds: rounds)
        } catch {
            say("refused \(error)")
            exit(2)
        }
    }

    private static func run(folder: String, rounds: UInt64) throws(StorageError) {
        let store = try CheckpointStore(folder: folder, networkID: networkID)
        let state = try store.load()
        let newest = state.checkpoint?.round ?? 0
        if let checkpoint = state.checkpoint {
            guard checkpoint.payload == payload(checkpoint.round, count: 65_536) else { exit(3) }
        }
        if let journal = state.journal {
            // The journal of the round that begins is there with its checkpoint, or is a later one of the same round.
            let isFirst = journal.payload == payload(journal.round, count: 20_000)
            let isSecond = journal.payload == payload(journal.round + 1, count: 20_001)
            guard isFirst || isSecond, journal.round >= newest else { exit(3) }
        } else if newest > 0, !state.isJournalDamaged {
            exit(3)
        }
        say("loaded \(newest) damaged \(state.damagedCheckpoints.count + (state.isJournalDamaged ? 1 : 0))")
        for round in (newest + 1)...(newest + rounds) {
            try store.saveCheckpoint(
                round: round, payload: payload(round, count: 65_536), journal: payload(round, count: 20_000),
                history: RoundRecord(round: round, stage: "round", steps: 1, seconds: 1, stateHash: [1]))
            say("stored \(round)")
            try store.saveJournal(round: round, payload: payload(round + 1, count: 20_001))
        }
        try store.close()
        say("closed")
    }

    /// Bytes that only this round has.
    private static func payload(_ round: UInt64, count: Int) -> [UInt8] {
        var state = round &* 0x9e37_79b9_7f4a_7c15 | 1
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 56)
        }
    }

    /// One line, at once: a line that a reader has seen was written after the commit.
    private static func say(_ line: String) {
        let bytes = Array("\(line)\n".utf8)
        _ = unsafe write(1, bytes, bytes.count)
    }
}
