import Foundation
import Sodium
import Testing

@testable import Storage

/// Files and folders of a peer that are not what they should be: refused with the call, the path and the code, and left alone.
@Suite struct RefusedFileTests {
    let folder: TemporaryFolder
    let network = [UInt8](repeating: 7, count: 32)
    private var key: String { folder.path + "/north.key" }
    private var ledger: LedgerFile { LedgerFile(path: folder.path + "/state.ledger", networkID: network) }
    private let line = LedgerLine(exchange: 1, kind: 1, digest: [UInt8](repeating: 1, count: 32))

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test func `a key for a folder that does not exist is not made`() {
        let path = folder.path + "/missing/north.key"
        #expect(throws: StorageError.system(call: .open, path: path + ".new-\(getpid())", code: ENOENT)) {
            try KeyFile.create(at: path, SecretIdentity.generate())
        }
        #expect(throws: StorageError.keyMissing(path: path)) { try KeyFile.load(at: path) }
    }

    @Test func `what another run left under the temporary name of a key is not written over`() throws {
        let temporary = key + ".new-\(getpid())"
        try Data("theirs".utf8).write(to: URL(fileURLWithPath: temporary))
        #expect(throws: StorageError.system(call: .open, path: temporary, code: EEXIST)) {
            try KeyFile.create(at: key, SecretIdentity.generate())
        }
        #expect(FileManager.default.contents(atPath: temporary) == Data("theirs".utf8))
    }

    @Test func `a folder and a pipe in the place of a key are refused without waiting`() throws {
        try FileManager.default.createDirectory(atPath: key, withIntermediateDirectories: false)
        #expect(throws: StorageError.keyNotRegularFile(path: key)) { try KeyFile.load(at: key) }
        let pipe = folder.path + "/pipe.key"
        #expect(unsafe mkfifo(pipe, 0o600) == 0)
        #expect(throws: StorageError.keyNotRegularFile(path: pipe)) { try KeyFile.load(at: pipe) }
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give a file away"))
    func `what belongs to somebody else is refused`() throws {
        let stranger: UInt32 = 12_345
        try KeyFile.create(at: key, SecretIdentity.generate())
        #expect(unsafe chown(key, stranger, stranger) == 0)
        #expect(throws: StorageError.wrongOwner(path: key, owner: stranger, user: 0)) {
            try KeyFile.load(at: key)
        }
        try ledger.append([line])
        #expect(unsafe chown(ledger.path, stranger, stranger) == 0)
        #expect(throws: StorageError.wrongOwner(path: ledger.path, owner: stranger, user: 0)) {
            try ledger.append([line])
        }
        #expect(try ledger.read() == [line])
        let state = folder.path + "/state"
        try FileManager.default.createDirectory(
            atPath: state, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        #expect(unsafe chown(state, stranger, stranger) == 0)
        #expect(throws: StorageError.wrongOwner(path: state, owner: stranger, user: 0)) {
            _ = try CheckpointStore(folder: state, networkID: network)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: state) == [])
    }

    @Test func `a folder in the place of the ledger is neither written nor taken for an empty one`() throws {
        try FileManager.default.createDirectory(atPath: ledger.path, withIntermediateDirectories: false)
        #expect(throws: StorageError.system(call: .open, path: ledger.path, code: EISDIR)) {
            try ledger.append([line])
        }
        #expect(throws: StorageError.system(call: .read, path: ledger.path, code: EISDIR)) {
            try ledger.read()
        }
    }

    @Test(.enabled(if: geteuid() == 0, "the device belongs to root"))
    func `a ledger on a full disk is an error, so its vector does not leave`() {
        let full = LedgerFile(path: "/dev/full", networkID: network)
        #expect(throws: StorageError.system(call: .write, path: "/dev/full", code: ENOSPC)) {
            try full.append([line])
        }
    }

    @Test func `a state folder below one that does not exist, or that is a file, is not made`() throws {
        let missing = folder.path + "/missing/state"
        #expect(throws: StorageError.system(call: .mkdir, path: missing, code: ENOENT)) {
            _ = try CheckpointStore(folder: missing, networkID: network)
        }
        let file = folder.path + "/file"
        #expect(
            FileManager.default.createFile(
                atPath: file, contents: Data(), attributes: [.posixPermissions: 0o644]))
        #expect(throws: StorageError.notFolder(path: file)) {
            _ = try CheckpointStore(folder: file, networkID: network)
        }
    }

    @Test func `a link in the place of the lock is not followed`() throws {
        let state = folder.path + "/state"
        try FileManager.default.createDirectory(
            atPath: state, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        let lock = state + "/lock"
        try FileManager.default.createSymbolicLink(
            atPath: lock, withDestinationPath: folder.path + "/elsewhere")
        #expect(throws: StorageError.system(call: .open, path: lock, code: ELOOP)) {
            _ = try CheckpointStore(folder: state, networkID: network)
        }
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/elsewhere"))
    }

    @Test(.enabled(if: geteuid() == 0, "the devices belong to root"))
    func `a ledger that cannot be synced is an error, so its vector does not leave`() {
        let device = LedgerFile(path: "/dev/null", networkID: network)
        #expect(throws: StorageError.system(call: .fsync, path: "/dev/null", code: EINVAL)) {
            try device.append([line])
        }
    }

    @Test func `a ledger longer than any run makes is refused before it is read`() throws {
        try ledger.append([line])
        #expect(unsafe truncate(ledger.path, 1 << 40) == 0)
        #expect(throws: StorageError.ledgerMalformed(path: ledger.path, line: 10_000_001)) {
            try ledger.read()
        }
    }

    @Test func `a link in the place of the ledger is not read`() throws {
        try FileManager.default.createSymbolicLink(
            atPath: ledger.path, withDestinationPath: folder.path + "/elsewhere")
        #expect(throws: StorageError.system(call: .open, path: ledger.path, code: ELOOP)) {
            try ledger.read()
        }
    }

    @Test func `a ledger's line without its end is damage`() throws {
        try ledger.append([line])
        var text = try #require(FileManager.default.contents(atPath: ledger.path))
        text[text.count - 1] = UInt8(ascii: "0")
        try text.write(to: URL(fileURLWithPath: ledger.path))
        #expect(throws: StorageError.ledgerMalformed(path: ledger.path, line: 1)) { try ledger.read() }
    }

    @Test func `a folder whose names cannot be synced is an error`() {
        #expect(throws: StorageError.system(call: .open, path: "/dev/null", code: ENOTDIR)) {
            try Folder.sync("/dev/null")
        }
        #expect(throws: StorageError.system(call: .fsync, path: "/proc", code: EINVAL)) {
            try Folder.sync("/proc")
        }
    }

    @Test(arguments: [("/key", "/"), ("/a/key", "/a"), ("key", "."), ("a/key", "a")])
    func `the folder above a path`(path: String, parent: String) {
        #expect(Folder.parent(of: path) == parent)
    }
}
