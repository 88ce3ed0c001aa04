import Agreement
import ArgumentParser
import ControlPlane
import Foundation

/// Which daemon a verb asks.
struct DaemonOptions: ParsableArguments {
    @Option(help: "The daemon's peer.yaml; $COLLABDICT_CONFIG or ./peer.yaml when left out.") var config:
        String?

    private static let defaultSocket = "/var/lib/collabdict/control.sock"

    /// The path of `peer.yaml` in force; nil where there is none.
    var configurationPath: String? {
        if let config { return config }
        if let path = ProcessInfo.processInfo.environment["COLLABDICT_CONFIG"], !path.isEmpty { return path }
        return FileManager.default.fileExists(atPath: "peer.yaml") ? "peer.yaml" : nil
    }

    /// A client of the daemon.
    ///
    /// - Throws: `ConfigurationProblems`.
    func client() throws -> ControlClient {
        guard let path = configurationPath else { return ControlClient(socketPath: Self.defaultSocket) }
        return ControlClient(socketPath: try PeerConfiguration(file: path).control.socket)
    }
}

/// The `data` of a daemon's answer, as it came.
func daemonData(_ client: ControlClient, route: String) async throws -> CanonicalValue {
    let bytes = try await client.body(route)
    guard let answer = try? JSONReader.value(of: bytes), let data = answer["data"] else {
        throw ControlError.unexpectedAnswer(route: route, byteCount: bytes.count)
    }
    return data
}
