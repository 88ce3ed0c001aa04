import Foundation

/// Reads files of settings: regular files of at most 1 MiB.
enum ConfigurationFile {
    /// The bytes of a file, one more than the limit at most.
    ///
    /// - Throws: ``ConfigurationProblems`` with ``ConfigurationProblem/Fault/unreadable(_:)``.
    static func read(_ path: String) throws(ConfigurationProblems) -> [UInt8] {
        let whole = ConfigurationOrigin.wholeFile(path: path)
        do {
            // A pipe or a device could block or never end.
            let url = URL(fileURLWithPath: path).resolvingSymlinksInPath()
            let attributes = try FileManager.default.attributesOfItem(atPath: url.path)
            guard attributes[.type] as? FileAttributeType == .typeRegular else {
                throw ConfigurationProblem(origin: whole, key: "", fault: .unreadable(.notAFile))
            }
            let handle = try FileHandle(forReadingFrom: url)
            defer { try? handle.close() }
            return Array(try handle.read(upToCount: SourceNode.byteLimit + 1) ?? Data())
        } catch let problem as ConfigurationProblem {
            throw ConfigurationProblems([problem])
        } catch {
            let fault = ConfigurationProblem.Fault.unreadable(Self.fault(of: error))
            throw ConfigurationProblems([ConfigurationProblem(origin: whole, key: "", fault: fault)])
        }
    }

    private static func fault(of error: any Error) -> ConfigurationProblem.FileFault {
        if let error = error as? CocoaError {
            switch error.code {
            case .fileReadNoSuchFile, .fileNoSuchFile: return .notFound
            case .fileReadNoPermission: return .notPermitted
            default: break
            }
        }
        let number = (error as? POSIXError)?.code ?? ((error as? CocoaError)?.underlying as? POSIXError)?.code
        switch number {
        case .ENOENT?, .ENOTDIR?: return .notFound
        case .EACCES?, .EPERM?: return .notPermitted
        default: return .failed(errno: number?.rawValue ?? 0)
        }
    }
}

extension SourceNode {
    /// Parses a file and lays overrides over it.
    static func document(
        _ yaml: [UInt8], path: String, overrides: [SettingOverride]
    ) throws(ConfigurationProblems) -> SourceNode {
        do {
            var root = try parse(yaml, whole: .wholeFile(path: path)) { line, column in
                .file(path: path, line: line, column: column)
            }
            try root.apply(overrides)
            return root
        } catch {
            throw ConfigurationProblems([error])
        }
    }
}
