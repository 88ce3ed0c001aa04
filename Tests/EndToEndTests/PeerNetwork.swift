import Foundation
import Testing

/// Three real daemons on loopback, made as an administrator would: keygen, network new, peer.yaml.
final class PeerNetwork {
    static let names = ["p00", "p01", "p02"]
    let folder: TemporaryFolder
    private var daemons: [String: CollabDictProcess] = [:]

    /// - Parameters:
    ///   - firstPort: of as many as there are peers.
    ///   - settings: `--set` of the agreement.
    ///   - advertised: the first of the ports where others call the peers, if not where they listen.
    init(firstPort: Int, settings: [String], advertised: Int? = nil) async throws {
        folder = try TemporaryFolder()
        var arguments = ["network", "new", "--name", "test", "--output", "network.yaml"]
        arguments += ["--columns-from", Repository.path("topologies/data/clinics/p00_train.csv")]
        for (index, name) in Self.names.enumerated() {
            let made = try await CollabDictProcess.run(["keygen", "--output", "\(name).key"], in: folder.url)
            let key = made.output.split(separator: "\n").joined()
            arguments += ["--participant", "\(name)=\(key)@127.0.0.1:\((advertised ?? firstPort) + index)"]
            let rows = Repository.path("topologies/data/clinics/\(name)_train.csv")
            _ = try folder.write(
                """
                name: \(name)
                network: network.yaml
                key: \(name).key
                data: {train: "\(rows)"}
                listen: "127.0.0.1:\(firstPort + index)"
                state: \(name)
                """, to: "\(name).yaml")
        }
        let made = try await CollabDictProcess.run(
            arguments + settings.flatMap { ["--set", $0] }, in: folder.url)
        try #require(made.status == 0, "\(made.error)")
    }

    /// Starts a daemon.
    ///
    /// - Parameter prelude: what a shell does first, such as `ulimit -n 40`; nil for no shell.
    func start(_ name: String, environment: [String: String] = [:], prelude: String? = nil) throws {
        daemons[name] = try CollabDictProcess(
            ["peer", "--config", "\(name).yaml"], in: folder.url, environment: environment,
            prelude: prelude)
    }

    /// Waits until a daemon ends by itself.
    func end(of name: String) async -> ProcessResult? { await daemons[name]?.result() }

    /// The process number of a daemon.
    func processIdentifier(_ name: String) -> Int32 { daemons[name]?.processIdentifier ?? 0 }

    /// What a daemon has logged.
    func log(_ name: String) -> String { daemons[name]?.errorText ?? "" }

    /// Sends a signal.
    func signal(_ name: String, _ number: Int32) { daemons[name]?.signal(number) }

    /// Ends a daemon at once, as a power cut would.
    func kill(_ name: String) async {
        daemons[name]?.signal(SIGKILL)
        _ = await daemons[name]?.result()
    }

    /// Asks all to leave.
    ///
    /// - Returns: their exit codes.
    func stop() async -> [Int32] {
        var codes: [Int32] = []
        for name in Self.names {
            daemons[name]?.signal(SIGTERM)
            codes.append(await daemons[name]?.result().status ?? -1)
        }
        return codes
    }

    /// The `data` of `status`; nil while the daemon does not answer.
    func status(_ name: String) async throws -> [String: Any]? {
        let result = try await CollabDictProcess.run(
            ["status", "--config", "\(name).yaml", "--json"], in: folder.url)
        return result.status == 0 ? try result.data() : nil
    }

    /// Asks until a status fits.
    ///
    /// - Throws: where the daemon has ended, or has been asked more often than any run takes.
    func wait(for name: String, until fits: ([String: Any]) -> Bool) async throws -> [String: Any] {
        for _ in 0..<3_000 {
            if let status = try await status(name), fits(status) { return status }
            try #require(daemons[name]?.isRunning == true, "\(name) ended: \(daemons[name]?.errorText ?? "")")
        }
        Issue.record("\(name) never came so far: \(daemons[name]?.errorText ?? "")")
        return [:]
    }

    /// Waits until all have learnt.
    ///
    /// - Returns: the state hash of each.
    func finish() async throws -> [String] {
        var hashes: [String] = []
        for name in Self.names {
            let status = try await wait(for: name) { $0["phase"] as? String == "finished" }
            hashes.append(status["stateHash"] as? String ?? "none")
        }
        return hashes
    }

    /// The shared parameters in the model file of a peer.
    func sharedParameters(_ name: String) throws -> [String: [Double]] {
        let data = try Data(contentsOf: folder.url.appending(path: "\(name)/model.json"))
        let model = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let shared = try #require(model["shared"] as? [String: [String: Any]])
        return shared.compactMapValues { $0["values"] as? [Double] }
    }
}
