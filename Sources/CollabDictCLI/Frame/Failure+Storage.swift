import Storage

extension Failure {
    /// Files of one peer: keys, the state folder, its database.
    init(_ error: StorageError) {
        switch error {
        case .keyExists, .keyMissing, .keyReadableByOthers, .keyFolderWritableByOthers, .keyNotRegularFile,
            .keyMalformed, .wrongOwner:
            self.init(
                status: .membership, code: "KEY_FILE", message: Self.keyMessage(error),
                fix: Self.keyFix(error))
        case .notFolder(let path):
            self.init(
                status: .configuration, code: "STATE_FOLDER", message: "\(path) is not a folder",
                fix: "Name another path with 'state' in peer.yaml, or move that away.")
        case .system(let call, let path, let code):
            self.init(
                status: .failure, code: "FILE",
                message: "\(path): \(call.rawValue) failed: \(Self.systemText(code))",
                fix: "Check that the path is there, is yours and has room.")
        case .folderInUse(let path):
            self.init(
                status: .failure, code: "ALREADY_RUNNING", message: "another daemon holds \(path)",
                fix: "Stop it first, or give this one a state folder of its own.")
        case .folderOpen(let path, let mode):
            self.init(
                status: .configuration, code: "STATE_FOLDER",
                message: "\(path) has mode \(String(mode, radix: 8)), others may enter it",
                fix: "Run chmod 700 \(path).")
        case .otherNetwork(let path, let expected, let found):
            self.init(
                status: .configuration, code: "OTHER_NETWORK",
                message:
                    "\(path) belongs to network \(hexadecimal(found).prefix(12)), not \(hexadecimal(expected).prefix(12))",
                fix: "Give this agreement a state folder of its own.")
        case .newerSchema(let path):
            self.init(
                status: .failure, code: "STATE", message: "\(path) was written by a later version",
                fix: "Run that version.")
        case .diskFull:
            self.init(
                status: .failure, code: "DISK_FULL", message: "the disk of the state folder is full",
                fix: "Make room; nothing of the last write was kept.")
        case .inputOutput(let code):
            self.init(
                status: .failure, code: "DISK",
                message:
                    "reading or writing the state database failed (SQLite \(code)); what was not yet acknowledged may be gone",
                fix: "Check the disk, then start again: the last acknowledged round is checked on load.")
        case .damagedDatabase(let code):
            self.init(
                status: .failure, code: "STATE", message: "the state database is damaged (SQLite \(code))",
                fix: Self.anewFix)
        case .ledgerMalformed(let path, let line):
            self.init(
                status: .failure, code: "STORAGE",
                message: "line \(line) of the privacy ledger \(path) is damaged",
                fix: "Put back the file from its last copy; without it what was spent is not known.")
        case .commitsNotSynced, .database, .roundOutOfRange, .roundWentBack:
            self.init(
                status: .failure, code: "STATE", message: "the state database cannot be used: \(error)",
                fix: Self.anewFix)
        }
    }

    private static let anewFix =
        "Move the state folder away and start anew: the others bring the state, if they are three or more."

    private static func keyMessage(_ error: StorageError) -> String {
        switch error {
        case .keyExists(let path): "\(path) is there already; a key is never overwritten"
        case .keyReadableByOthers(let path, let mode):
            "\(path) has mode \(String(mode, radix: 8)), others can use it"
        case .keyFolderWritableByOthers(let path, let mode):
            "the folder \(path) has mode \(String(mode, radix: 8)), others can replace the key"
        case .keyMissing(let path): "the key file \(path) is missing"
        case .keyNotRegularFile(let path): "\(path) is not a regular file"
        case .keyMalformed(let path, let byteCount): "\(path) (\(byteCount) bytes) is not a key file"
        case .wrongOwner(let path, let owner, let user): "\(path) belongs to user \(owner), not to \(user)"
        default: "\(error)"
        }
    }

    private static func keyFix(_ error: StorageError) -> String {
        switch error {
        case .keyExists: "Name another file with --output, or move that one away."
        case .keyReadableByOthers(let path, _): "Run chmod 600 \(path); if others had access, make a new key."
        case .keyFolderWritableByOthers(let path, _): "Run chmod go-w \(path)."
        case .keyMissing: "Run collabdict keygen, or name the file that it made."
        case .keyNotRegularFile, .keyMalformed: "Name the file that 'collabdict keygen' made."
        case .wrongOwner: "Run as its owner, or give it to this user."
        default: ""
        }
    }

    /// The system's words for an error number.
    static func systemText(_ code: Int32) -> String {
        switch code {
        case 2: "no such file or folder"
        case 13, 1: "permission denied"
        case 17: "it exists already"
        case 20: "not a folder"
        case 21: "it is a folder"
        case 27: "the file would be too large"
        case 28: "no space left"
        case 30: "read-only file system"
        case 32: "nobody reads it"
        case 40: "too many symbolic links"
        case 98: "the address is in use"
        case 99: "the address is not one of this machine"
        case 24, 23: "too many open files"
        case 101, 113: "no route to the host"
        case 110: "no answer"
        case 111: "the connection was refused"
        default: "error \(code)"
        }
    }
}
