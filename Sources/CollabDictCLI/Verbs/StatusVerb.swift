import Agreement
import ArgumentParser
import ControlPlane

/// `collabdict status`.
struct StatusVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "What the daemon on this machine is doing; exit 3 if it is not running.")
    static let schemaName = "status"

    @OptionGroup var daemon: DaemonOptions
    @Flag(help: "Ask again every second, until interrupted.") var watch = false
    @OptionGroup var json: JSONOption
    var wantsJSON: Bool { json.wantsJSON }

    func perform() async throws -> Answer? {
        let client = try daemon.client()
        guard watch else { return try await answer(client) }
        while true {
            let current = try await answer(client)
            if wantsJSON {
                try Output.line(current.envelope(schema: Self.schema).canonicalForm)
            } else {
                try Output.line((Terminal.isInteractive ? "\u{1b}[H\u{1b}[2J" : "") + current.text + "\n")
            }
            try await Task.sleep(for: .seconds(1))
        }
    }

    private func answer(_ client: ControlClient) async throws -> Answer {
        let data = try await daemonData(client, route: "/v1/status")
        return Answer(data: data, text: Self.text(of: data))
    }

    private static func text(of data: CanonicalValue) -> String {
        let session = data["session"].map { session in
            "chunk \(session["chunk"]?.whole ?? 0), step \(session["step"]?.whole ?? 0) of "
                + "\(session["steps"]?.whole ?? 0), residual \(Figure.power(session["residual"]?.double))"
        }
        let waiting = (data["waitingFor"]?.items ?? []).compactMap(\.string)
        let model = data["model"]
        let traffic = data["traffic"]
        var lines = [
            "name         \(data["name"]?.string ?? "–")",
            "key          \(data["key"]?.string ?? "–")",
            "network      \(data["networkId"]?.string ?? "–")",
            "phase        \(data["phase"]?.string ?? "–"), \(data["stage"]?.string ?? "–")",
            "round        \(data["round"]?.whole ?? 0), attempt \((data["attempt"]?.whole ?? 0) + 1)",
            "session      \(session ?? "none")",
            "members      \(data["alive"]?.whole ?? 0) of \(data["members"]?.whole ?? 0) connected",
            "model        \(model?["kind"]?.string ?? "–"), \(model?["patternsActive"]?.whole ?? 0) patterns, "
                + "objective \(Figure.decimal(model?["objective"]?.double, places: 6))",
            "ℓ-diversity  \(Figure.decimal(data["privacy"]?["lDiversityMin"]?.double, places: 1)) at least, "
                + "\(Figure.decimal(data["privacy"]?["lDiversityMax"]?.double, places: 1)) at most, "
                + "\(Figure.decimal(data["privacy"]?["required"]?.double, places: 1)) asked for; "
                + "gate \(data["privacy"]?["gate"]?.string ?? "–")",
            "traffic      \(Figure.bytes(traffic?["sentBytes"]?.double)) sent, "
                + "\(Figure.bytes(traffic?["receivedBytes"]?.double)) received",
            "checkpoint   \(data["checkpointAgeSeconds"].map { "\(Figure.decimal($0.double, places: 0)) s ago" } ?? "none")",
            "state hash   \(data["stateHash"]?.string ?? "–")",
            "up           \(Figure.decimal(data["uptimeSeconds"]?.double, places: 0)) s, version \(data["version"]?.string ?? "–")",
        ]
        if !waiting.isEmpty { lines.insert("waiting for  \(waiting.joined(separator: ", "))", at: 6) }
        if let hold = data["hold"]?.string { lines.insert("holds        \(hold)", at: 6) }
        if let warning = model?["warning"]?.string { lines.append("warning      \(warning)") }
        if let error = data["lastError"]?.string { lines.append("last error   \(error)") }
        return lines.joined(separator: "\n")
    }
}
