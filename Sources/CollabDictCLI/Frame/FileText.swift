import Foundation

/// Files that verbs make for the person.
enum FileText {
    /// Writes a new file and never over one that is there.
    ///
    /// - Throws: ``Failure``.
    static func create(_ text: String, at path: String) throws(Failure) {
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .withoutOverwriting)
        } catch let error as CocoaError where error.code == .fileWriteFileExists {
            throw Failure(
                status: .failure, code: "FILE_EXISTS", message: "\(path) is there already",
                fix: "Name another file, or move that one away.")
        } catch {
            throw cannotWrite(path, error)
        }
    }

    /// Writes a whole file or leaves the old one as it was.
    ///
    /// - Throws: ``Failure``.
    static func replace(_ bytes: [UInt8], at path: String) throws(Failure) {
        do {
            try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw cannotWrite(path, error)
        }
    }

    /// The bytes of a file.
    ///
    /// - Throws: ``Failure`` of the status.
    static func read(_ path: String, status: ExitStatus, byteLimit: Int) throws(Failure) -> [UInt8] {
        do {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? file.close() }
            let bytes = Array(try file.read(upToCount: byteLimit + 1) ?? Data())
            guard bytes.count <= byteLimit else {
                throw Failure(
                    status: status, code: "FILE_TOO_LARGE",
                    message: "\(path) is larger than \(byteLimit) bytes",
                    fix: "Name the right file.")
            }
            return bytes
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(
                status: status, code: "FILE_UNREADABLE", message: "\(path) cannot be read: \(reason(error))",
                fix: "Check the path and its permissions.")
        }
    }

    private static func cannotWrite(_ path: String, _ error: any Error) -> Failure {
        Failure(
            status: .failure, code: "FILE_NOT_WRITTEN",
            message: "\(path) cannot be written: \(reason(error))",
            fix: "Check that its folder is there, is yours and has room.")
    }

    private static func reason(_ error: any Error) -> String {
        let system = (error as? CocoaError)?.underlying as? POSIXError ?? error as? POSIXError
        switch system?.code {
        case .ENOENT?: return "no such file or folder"
        case .EACCES?, .EPERM?: return "permission denied"
        case .ENOSPC?: return "no space left"
        case .EISDIR?: return "it is a folder"
        case let code?: return "error \(code.rawValue)"
        case nil:
            return (error as? CocoaError)?.code == .fileReadNoSuchFile
                ? "no such file or folder" : "\(error.localizedDescription)"
        }
    }
}
