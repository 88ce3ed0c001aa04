import Sodium

@testable import Agreement

/// Files and keys that the suites share.
enum SampleFiles {
    /// The identity whose seed is this byte, 32 times.
    static func identity(_ byte: UInt8) throws -> PublicIdentity {
        try SecretIdentity(seed: [UInt8](repeating: byte, count: 32)).publicIdentity
    }

    /// The shortest agreement there is: seven lines, the participants on lines 5 and 6.
    static func agreement(_ more: String = "") throws -> String {
        """
        version: 1
        network: metro-clinics
        columns: [radius, texture, perimeter]
        participants:
          - {name: north, key: \(try identity(1).text), address: "north.example:7440"}
          - {name: south, key: \(try identity(2).text), address: "south.example:7440"}
          - {name: west, key: \(try identity(3).text), address: "[::1]:7440"}
        \(more)
        """
    }

    /// The lines of the file that precede what `agreement(_:)` appends.
    static let lineCount = 7

    static func read(_ text: String, _ overrides: [String] = []) throws -> NetworkAgreement {
        try NetworkAgreement(
            yaml: Array(text.utf8), path: "network.yaml",
            overrides: overrides.map { try SettingOverride(argument: $0) })
    }

    static func topology(_ text: String, _ overrides: [String] = []) throws -> TopologyFile {
        try TopologyFile(
            yaml: Array(text.utf8), path: "topologies/sample.yaml",
            overrides: overrides.map { try SettingOverride(argument: $0) })
    }

    /// The problems that an expression throws; empty when it throws none.
    static func problems(of work: () throws -> Void) -> [ConfigurationProblem] {
        do {
            try work()
            return []
        } catch let error as ConfigurationProblems {
            return error.problems
        } catch {
            return []
        }
    }
}
