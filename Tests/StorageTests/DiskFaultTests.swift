import Foundation
import GRDB
import LinearAlgebra
import Testing

@testable import Storage

/// Disks that fail, processes that are killed, bits that flip: no acknowledged round is lost, nothing damaged is believed.
@Suite struct DiskFaultTests {
    let folder: TemporaryFolder
    private var path: String { folder.path + "/state" }

    init() throws {
        folder = try TemporaryFolder()
    }

    /// Kills in the suite; `COLLABDICT_KILLS=300` for the long check.
    private static let killCount =
        ProcessInfo.processInfo.environment["COLLABDICT_KILLS"].flatMap(Int.init) ?? 12
    /// Every so manieth call of a checkpoint is spoiled; `COLLABDICT_FAULT_STRIDE=1` for the long check.
    private static let stride =
        ProcessInfo.processInfo.environment["COLLABDICT_FAULT_STRIDE"].flatMap(Int.init) ?? 9
    /// More calls than two rounds make.
    private static let callLimit = 400

    @Test func `a writer killed at any moment has lost no round that it had acknowledged`() throws {
        var generator = SeededGenerator(seed: 6)
        var acknowledged: UInt64 = 0
        for number in 0..<Self.killCount {
            let lines = Int.random(in: 1...8, using: &generator)
            let victim = try Victim(folder: path, rounds: 1_000, killAfter: lines)
            #expect(victim.status == 137, "kill \(number): \(victim.lines.last ?? "")")
            let loaded = try #require(victim.loaded, "\(victim.lines)")
            #expect(loaded >= acknowledged && loaded <= acknowledged + 1)
            acknowledged = max(loaded, victim.acknowledged)
        }
        let store = try CheckpointStore(folder: path, networkID: [UInt8](repeating: 5, count: 32))
        let state = try store.load()
        #expect(state.damagedCheckpoints.isEmpty && !state.isJournalDamaged)
        #expect(try store.queue.read { try String.fetchAll($0, sql: "PRAGMA integrity_check") } == ["ok"])
    }

    /// Spoils every call of the second and third round in turn, and looks at what a sound disk finds afterwards.
    @Test(.enabled(if: DiskFaults.library != nil), arguments: ["eio", "enospc", "short", "torn", "fsync"])
    func `a call that fails stops the writer, and the last acknowledged round is there`(kind: String) throws {
        var faults = 0
        var call = 1
        while call < Self.callLimit {
            let state = folder.path + "/\(kind)-\(call)"
            let mark = state + ".mark"
            #expect(try Victim(folder: state, rounds: 1).status == 0)
            let victim = try Victim(
                folder: state, rounds: 2,
                environment: DiskFaults.environment(kind, call: call, mark: mark))
            guard FileManager.default.fileExists(atPath: mark) else { break }
            faults += 1
            // Refused with a reason, or dead at once: never on as if nothing had been.
            let isRefused = victim.status == 2 && victim.lines.last?.hasPrefix("refused ") == true
            let isUnharmed = victim.status == 0 && victim.acknowledged == 3
            #expect(
                isRefused || isUnharmed || kind == "torn" && victim.status == 137,
                "\(kind) \(call): \(victim.status) \(victim.lines)")
            if isRefused {
                let reason = victim.lines.last ?? ""
                let expected =
                    kind == "enospc" || kind == "short" ? ["diskFull", "inputOutput"] : ["inputOutput"]
                #expect(expected.contains { reason.contains($0) }, "\(kind) \(call): \(reason)")
            }
            let after = try Victim(folder: state, rounds: 1)
            #expect(after.status == 0, "\(kind) \(call): \(after.lines)")
            let loaded = try #require(after.loaded)
            #expect(loaded >= max(1, victim.acknowledged) && loaded <= 3, "\(kind) \(call): \(loaded)")
            try FileManager.default.removeItem(atPath: state)
            call += Self.stride
        }
        // Otherwise nothing was spoiled, or a round makes more calls than were tried.
        #expect(faults > 0 && call < Self.callLimit)
    }

    /// What a start finds in the folder; nil where it is refused.
    private func found(_ network: [UInt8]) -> StoredState? {
        guard let store = try? CheckpointStore(folder: path, networkID: network) else { return nil }
        let state = try? store.load()
        try? store.close()
        return state
    }

    @Test func `a flipped bit in any page is found, or changes nothing that is read`() throws {
        let network = [UInt8](repeating: 5, count: 32)
        #expect(try Victim(folder: path, rounds: 2).status == 0)
        let file = path + "/collabdict.sqlite"
        let sound = try Data(contentsOf: URL(fileURLWithPath: file))
        let pageSize = 4_096
        let bitCount = 8 * pageSize
        let whole = try #require(found(network))
        #expect(whole.checkpoint?.round == 2 && whole.journal != nil)
        var generator = SeededGenerator(seed: 8)
        var refused = 0
        var fellBack = 0
        for page in 0..<(sound.count / pageSize) {
            for _ in 0..<4 {
                var damaged = sound
                let bit = Int.random(in: 0..<bitCount, using: &generator)
                damaged[page * pageSize + bit / 8] ^= 1 << UInt8(bit % 8)
                for name in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file + name) }
                try damaged.write(to: URL(fileURLWithPath: file))
                guard let state = found(network) else {
                    refused += 1
                    continue
                }
                guard state != whole else { continue }
                fellBack += 1
                let place = "page \(page), bit \(bit)"
                #expect(state.isJournalDamaged || !state.damagedCheckpoints.isEmpty, "\(place)")
                #expect([2, 1, nil].contains(state.checkpoint?.round), "\(place)")
                #expect(state.checkpoint?.round != 2 || state.checkpoint == whole.checkpoint, "\(place)")
                #expect(state.journal == nil || state.journal == whole.journal, "\(place)")
            }
        }
        #expect(refused > 0 && fellBack > 0)
    }
}
