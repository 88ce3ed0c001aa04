import Agreement
import Datasets
import Foundation
import LinearAlgebra
import Sodium
import Storage

/// Where the clinics' topology file lies: below the current folder, or below one that holds this program.
enum ClinicsData {
    private static let name = "topologies/clinics-7.yaml"

    /// nil where there is no clone around.
    static var path: String? {
        var folders = [URL(filePath: FileManager.default.currentDirectoryPath)]
        var folder = PeerProcess.binary.deletingLastPathComponent()
        while folder.path().count > 1 {
            folders.append(folder)
            folder = folder.deletingLastPathComponent()
        }
        return folders.map { $0.appending(path: name).path() }.first {
            FileManager.default.fileExists(atPath: $0)
        }
    }
}

/// Everything on disk that a network of real processes needs: keys, agreement, peer files and rows.
struct DemoNetwork {
    /// One peer's files.
    struct Peer {
        let name: String
        let configuration: String
        let socket: String
        let log: String
    }

    let folder: String
    let peers: [Peer]
    let agreement: NetworkAgreement

    /// Who removes the folder.
    let end = DemoEnd()

    /// Makes the files in a new temporary folder, which stays until ``remove()``.
    ///
    /// - Throws: ``Failure``, `StorageError`; the folder is gone then.
    init(columns: [String], participants: [ParticipantData], settings: AgreementSettings) throws {
        // Short, as the path of a socket has at most 107 bytes.
        let place = FileManager.default.temporaryDirectory.appending(
            path: "collabdict-\(ProcessInfo.processInfo.processIdentifier)")
        try? FileManager.default.removeItem(at: place)
        do {
            try FileManager.default.createDirectory(
                at: place, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw Failure(
                status: .failure, code: "FILE_NOT_WRITTEN", message: "\(place.path()) cannot be made",
                fix: "Set TMPDIR to a folder with room.")
        }
        folder = place.path()
        do {
            let ports = try LoopbackPorts.free(count: participants.count)
            var members: [NetworkAgreement.Participant] = []
            var peers: [Peer] = []
            for (participant, port) in zip(participants, ports) {
                let secret = SecretIdentity.generate()
                let name = participant.name
                try KeyFile.create(at: "\(folder)/\(name).key", secret)
                let address = NetworkAddress(host: "127.0.0.1", port: port)
                members.append(.init(name: name, key: secret.publicIdentity, address: address))
                try FileText.create(
                    Self.csv(columns: columns, rows: participant.train), at: "\(folder)/\(name).csv")
                let configuration = PeerConfiguration(
                    folder: folder, name: name, train: "\(name).csv", listen: address, state: name)
                try FileText.create(configuration.yaml(), at: "\(folder)/\(name).yaml")
                peers.append(
                    Peer(
                        name: name, configuration: "\(folder)/\(name).yaml",
                        socket: configuration.control.socket,
                        log: "\(folder)/\(name).log"))
            }
            agreement = NetworkAgreement(
                name: "demo", columns: columns, participants: members, settings: settings)
            try FileText.create(agreement.yaml(), at: "\(folder)/network.yaml")
            self.peers = peers
        } catch {
            try? FileManager.default.removeItem(at: place)
            throw error
        }
    }

    /// Removes the folder with the keys in it.
    func remove() { try? FileManager.default.removeItem(atPath: folder) }

    private static func csv(columns: [String], rows: Matrix) -> String {
        var text = columns.map { "\"\($0.replacing("\"", with: "\"\""))\"" }.joined(separator: ",") + "\n"
        for row in 0..<rows.rowCount {
            let start = row * rows.columnCount
            text +=
                rows.elements[start..<start + rows.columnCount].map(\.description).joined(separator: ",")
                + "\n"
        }
        return text
    }
}

/// Ports of loopback that nobody uses at the moment.
enum LoopbackPorts {
    /// Below the range that the kernel gives to outgoing connections.
    private static let range = 17_440..<32_000

    /// Ports in ascending order, from a place that differs between processes.
    ///
    /// - Throws: ``Failure`` where there are not enough.
    static func free(count: Int) throws(Failure) -> [Int] {
        var used: Set<Int> = []
        for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
            let text = (try? String(contentsOfFile: table, encoding: .utf8)) ?? ""
            for line in text.split(separator: "\n").dropFirst() {
                let fields = line.split(separator: " ")
                guard fields.count > 1, let port = fields[1].split(separator: ":").last else { continue }
                if let number = Int(port, radix: 16) { used.insert(number) }
            }
        }
        let start = Int(ProcessInfo.processInfo.processIdentifier) * 97 % Self.range.count
        let ordered = Self.range.indices.map {
            Self.range.lowerBound + ($0 - Self.range.lowerBound + start) % Self.range.count
        }
        let found = ordered.lazy.filter { !used.contains($0) }.prefix(count)
        guard found.count == count else {
            throw Failure(
                status: .failure, code: "NO_PORTS", message: "no \(count) free ports on loopback",
                fix: "Run fewer peers.")
        }
        return Array(found)
    }
}
