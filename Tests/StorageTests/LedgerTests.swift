import Foundation
import Testing

@testable import Storage

@Suite struct LedgerTests {
    let folder: TemporaryFolder
    let network = [UInt8](repeating: 7, count: 32)
    var path: String { folder.path + "/state" }
    var beside: String { folder.path + "/state.ledger" }

    init() throws {
        folder = try TemporaryFolder()
    }

    static func line(_ exchange: UInt64, _ byte: UInt8 = 1) -> LedgerLine {
        LedgerLine(exchange: exchange, kind: 1, digest: [UInt8](repeating: byte, count: 32))
    }

    private func store() throws -> CheckpointStore {
        try CheckpointStore(folder: path, networkID: network)
    }

    @Test func `a line is there after a restart, once, in the database and beside the folder`() throws {
        do {
            let store = try store()
            try store.saveCheckpoint(round: 0, payload: [1], journal: [2], ledger: [Self.line(0)])
            try store.saveJournal(round: 0, payload: [3])
            try store.saveCheckpoint(round: 1, payload: [1], journal: [2], ledger: [Self.line(1)])
            try store.close()
        }
        let store = try store()
        let (lines, forgottenCount) = try store.ledger()
        #expect(lines == [Self.line(0), Self.line(1)])
        #expect(forgottenCount == 0)
        #expect(try folder.mode(of: "state.ledger") == 0o600)
        let text = try String(contentsOfFile: beside, encoding: .utf8)
        #expect(text.split(separator: "\n").count == 2)
        #expect(
            text.hasPrefix(
                "collabdict-ledger-1 " + String(repeating: "07", count: 32) + " 00000000000000000000 001 "
                    + String(repeating: "01", count: 32) + "\n"))
    }

    @Test func `a folder put back from a backup cannot forget what was counted since`() throws {
        do {
            let store = try store()
            try store.saveCheckpoint(round: 0, payload: [1], journal: [2], ledger: [Self.line(0)])
            try store.close()
        }
        try FileManager.default.copyItem(atPath: path, toPath: folder.path + "/backup")
        do {
            let store = try store()
            for round in 1...3 {
                try store.saveCheckpoint(
                    round: UInt64(round), payload: [1], journal: [2], ledger: [Self.line(UInt64(round))])
            }
            try store.close()
        }
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.moveItem(atPath: folder.path + "/backup", toPath: path)
        let store = try store()
        let (lines, forgottenCount) = try store.ledger()
        #expect(lines == (0...3).map { Self.line(UInt64($0)) })
        #expect(forgottenCount == 3)
    }

    @Test func `a new folder in the place of a lost one knows all of it`() throws {
        do {
            let store = try store()
            try store.saveCheckpoint(round: 0, payload: [1], journal: [2], ledger: [Self.line(0)])
            try store.close()
        }
        try FileManager.default.removeItem(atPath: path)
        #expect(try store().ledger().lines == [Self.line(0)])
    }

    @Test func `a line that only the database got is added beside the folder before anything else`() throws {
        do {
            let store = try store()
            try store.saveCheckpoint(round: 0, payload: [1], journal: [2], ledger: [Self.line(0)])
            try store.close()
        }
        try FileManager.default.removeItem(atPath: beside)
        let store = try store()
        #expect(try store.ledger().lines == [Self.line(0)])
        #expect(try store.ledgerFile.read() == [Self.line(0)])
    }

    @Test func `a torn last line says nothing and is cut off by the next one`() throws {
        let file = LedgerFile(path: beside, networkID: network)
        try file.append([Self.line(0), Self.line(1)])
        let bytes = try Data(contentsOf: URL(fileURLWithPath: beside))
        try bytes.dropLast(5).write(to: URL(fileURLWithPath: beside))
        #expect(try file.read() == [Self.line(0)])
        try file.append([Self.line(2)])
        #expect(try file.read() == [Self.line(0), Self.line(2)])
    }

    @Test func `a damaged line is an error that names it`() throws {
        let file = LedgerFile(path: beside, networkID: network)
        try file.append([Self.line(0), Self.line(1)])
        var bytes = try Data(contentsOf: URL(fileURLWithPath: beside))
        bytes[bytes.count - 3] = UInt8(ascii: "x")
        try bytes.write(to: URL(fileURLWithPath: beside))
        #expect(throws: StorageError.ledgerMalformed(path: beside, line: 2)) { try file.read() }
    }

    @Test func `lines of another network count for nothing here and stay`() throws {
        let other = LedgerFile(path: beside, networkID: [UInt8](repeating: 8, count: 32))
        try other.append([Self.line(5)])
        let own = LedgerFile(path: beside, networkID: network)
        try own.append([Self.line(6)])
        #expect(try own.read() == [Self.line(6)])
        #expect(try other.read() == [Self.line(5)])
    }

    @Test func `a link in the ledger's place is not followed`() throws {
        try FileManager.default.createSymbolicLink(
            atPath: beside, withDestinationPath: folder.path + "/other")
        let file = LedgerFile(path: beside, networkID: network)
        #expect(throws: StorageError.self) { try file.append([Self.line(0)]) }
    }
}
