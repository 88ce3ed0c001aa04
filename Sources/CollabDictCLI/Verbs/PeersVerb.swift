import Agreement
import ArgumentParser

/// `collabdict peers`.
struct PeersVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "peers",
        abstract: "The participants and the daemon's links to them; exit 3 if it is not running.")
    static let schemaName = "peers"

    @OptionGroup var daemon: DaemonOptions
    @OptionGroup var json: JSONOption
    var wantsJSON: Bool { json.wantsJSON }

    func perform() async throws -> Answer? {
        let data = try await daemonData(try daemon.client(), route: "/v1/peers")
        var table = TextTable([
            ("name", .left), ("key", .left), ("address", .left), ("state", .left), ("path", .left),
            ("round trip", .right), ("last seen", .right), ("sent", .right), ("received", .right),
        ])
        for peer in data["peers"]?.items ?? [] {
            let trip = peer["roundTripSeconds"]?.double.map { Figure.decimal($0 * 1e3, places: 1) + " ms" }
            let seen = peer["lastSeenSeconds"]?.double.map { Figure.decimal($0, places: 0) + " s ago" }
            table.append([
                peer["name"]?.string ?? "–", Figure.short(peer["key"]?.string ?? "–"),
                peer["address"]?.string ?? "–", peer["state"]?.string ?? "–", peer["path"]?.string ?? "–",
                trip ?? "–", seen ?? "–", Figure.bytes(peer["sentBytes"]?.double),
                Figure.bytes(peer["receivedBytes"]?.double),
            ])
        }
        return Answer(data: data, text: table.text)
    }
}
