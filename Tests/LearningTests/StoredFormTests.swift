import Consensus
import GraphicalMixture
import LinearAlgebra
import Models
import Testing
import Wire

@testable import Learning

/// The bytes of journal and checkpoint, written by hand from the fields: a restart after an update reads them.
@Suite struct StoredFormTests {
    private func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private func run(_ byte: String, _ count: Int) -> String { String(repeating: byte, count: count) }

    private func bytes(_ value: UInt8, _ count: Int) -> [UInt8] { [UInt8](repeating: value, count: count) }

    /// Attempt, clamped entries, inputs, kept bytes, no vote, no proof, no openings.
    @Test func `a journal before the vote has its golden bytes`() throws {
        let journal = Journal(
            attempt: 2, inputs: [1, -0.5], clippedCount: 3, kept: [0xaa], proof: [], openings: [])
        let fields = [
            "02000000", "03000000", "02000000", "000000000000f03f", "000000000000e0bf", "01000000", "aa",
            "00",
            "00000000", "00000000",
        ]
        #expect(hex(journal.encoded()) == fields.joined())
        #expect(
            try Journal(decoding: journal.encoded(), limits: MessageLimits(vectorCountMax: 3)) { _ in nil }
                == journal)
    }

    /// The vote: attempt; the value: attempt, roster, joiners, commitments, presence and masked sum (kind, count, entries);
    /// then the proof and the openings, each message with its u32 length.
    @Test func `a journal with a vote, its proof and openings has its golden bytes`() throws {
        let vote = FinishedMessage(
            round: 1, attempt: 2, sender: 3, digest: bytes(0x33, 32), signature: bytes(0x22, 64))
        let reveal = RevealMessage(
            round: 1, attempt: 2, sender: 3, seed: bytes(0x66, 32), signature: bytes(0x22, 64))
        let head = "0100000000000000" + "02000000" + "0300"
        let settings = try SmallNetwork.learning(participants: 5)
        let plan = try AggregationPlan(
            settings: settings.aggregation, roster: settings.roster, round: 1, attempt: 1,
            stateHash: bytes(0x11, 32), operation: .sum, vectorCount: 1)
        for (sum, text) in [
            (MaskedSum.words([5]), "01" + "01000000" + "0500000000000000"),
            (MaskedSum.values([2]), "00" + "01000000" + "0000000000000040"),
        ] {
            let value = RoundValue(
                plan: plan, roster: MemberSet([0, 1, 3], participantCount: 5),
                joiners: MemberSet([4], participantCount: 5), commitments: [bytes(0x55, 32)], maskedSum: sum)
            let journal = Journal(
                attempt: 2, inputs: [], clippedCount: 0, kept: [],
                vote: Journal.Ballot(attempt: 2, value: value),
                proof: [.finished(vote)], openings: [.reveal(reveal)])
            let fields = [
                "02000000", run("00", 12), "01", "02000000", "01000000", "05000b", "050010", "0100",
                run("55", 32), "01", text,
                "01000000", "6f000000", "04", head, run("33", 32), run("22", 64),
                "01000000", "6f000000", "07", head, run("66", 32), run("22", 64),
            ]
            #expect(hex(journal.encoded()) == fields.joined())
            let limits = MessageLimits(vectorCountMax: 3)
            #expect(try Journal(decoding: journal.encoded(), limits: limits) { $0.value(plan) } == journal)
        }
    }

    /// Stage and counters, converged, rounds, rows, row scale; then counted lists: column scales, cell counts, means,
    /// squares' scales, scales, spread within and between, views.
    @Test func `the agreed state of the first stages has its golden bytes`() throws {
        var trainer = try Trainer(
            rows: Matrix(rowCount: 2, columnCount: 1, elements: [1, -3]),
            settings: SmallNetwork.training(participants: 2, columns: 1, starts: 1))
        let none = run("00", 4)
        let zero = run("00", 8)
        let tail = run(none, 7)
        let first = ["00", zero, "00", none, zero, "000000000000f03f", none, tail]
        #expect(hex(trainer.agreedBytes()) == first.joined())
        #expect(hex(trainer.keptBytes()) == "00")
        let update = trainer.localUpdate()
        #expect(update.shared.values == [1, 2])
        try trainer.absorb(update.shared, kept: update.kept)
        let second = [
            "01", zero, "00", none, zero, "0000000000000040", "01000000", "0000000000001040", tail,
        ]
        #expect(hex(trainer.agreedBytes()) == second.joined())
    }
}
