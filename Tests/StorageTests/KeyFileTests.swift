import Foundation
import Sodium
import Testing

@testable import Storage

@Suite struct KeyFileTests {
    let folder: TemporaryFolder
    var path: String { folder.path + "/north.key" }

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test func `a key that was written is the key that is read`() throws {
        let secret = SecretIdentity.generate()
        try KeyFile.create(at: path, secret)
        #expect(try KeyFile.load(at: path).publicIdentity == secret.publicIdentity)
        #expect(try folder.mode(of: "north.key") == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["north.key"])
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(text.hasPrefix("collabdict-key-1 ") && text.hasSuffix("\n") && text.count == 82)
    }

    @Test func `a key is never overwritten`() throws {
        let secret = SecretIdentity.generate()
        try KeyFile.create(at: path, secret)
        #expect(throws: StorageError.keyExists(path: path)) {
            try KeyFile.create(at: path, SecretIdentity.generate())
        }
        #expect(try KeyFile.load(at: path).publicIdentity == secret.publicIdentity)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["north.key"])
    }

    @Test func `nothing is written through a symbolic link`() throws {
        try FileManager.default.createSymbolicLink(
            atPath: path, withDestinationPath: folder.path + "/elsewhere")
        #expect(throws: StorageError.keyExists(path: path)) {
            try KeyFile.create(at: path, SecretIdentity.generate())
        }
        #expect(throws: StorageError.keyNotRegularFile(path: path)) { try KeyFile.load(at: path) }
    }

    @Test(arguments: [0o640, 0o604, 0o660, 0o644])
    func `a key that others may read is refused`(mode: Int) throws {
        try KeyFile.create(at: path, SecretIdentity.generate())
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        #expect(throws: StorageError.keyReadableByOthers(path: path, mode: UInt32(mode))) {
            try KeyFile.load(at: path)
        }
    }

    @Test func `a key in a folder that a group may write to is refused`() throws {
        try KeyFile.create(at: path, SecretIdentity.generate())
        try FileManager.default.setAttributes([.posixPermissions: 0o770], ofItemAtPath: folder.path)
        #expect(throws: StorageError.keyFolderWritableByOthers(path: folder.path, mode: 0o770)) {
            try KeyFile.load(at: path)
        }
    }

    @Test(arguments: [
        "", "collabdict-key-1 00\n", "collabdict-key-1 " + String(repeating: "0G", count: 32) + "\n",
        "collabdict-key-2 " + String(repeating: "00", count: 32) + "\n",
    ])
    func `a file of another form is refused with its size`(text: String) throws {
        _ = FileManager.default.createFile(
            atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
        #expect(throws: StorageError.keyMalformed(path: path, byteCount: text.utf8.count)) {
            try KeyFile.load(at: path)
        }
    }

    @Test(arguments: ["/north.key", "/missing/north.key"])
    func `a missing key is a fault of the key, not of the disk`(name: String) {
        let path = folder.path + name
        #expect(throws: StorageError.keyMissing(path: path)) { try KeyFile.load(at: path) }
    }

    @Test func `a path that the system refuses is its fault, not the key's`() {
        let long = String(repeating: "n", count: 300)
        let file = folder.path + "/" + long
        #expect(throws: StorageError.system(call: .open, path: file, code: ENAMETOOLONG)) {
            try KeyFile.load(at: file)
        }
        #expect(throws: StorageError.system(call: .stat, path: file, code: ENAMETOOLONG)) {
            try KeyFile.load(at: file + "/north.key")
        }
    }
}
