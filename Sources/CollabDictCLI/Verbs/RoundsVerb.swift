import Agreement
import ArgumentParser

/// `collabdict rounds`.
struct RoundsVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "rounds",
        abstract: "The daemon's history: objective, residual, steps, bytes, seconds, state hash.")
    static let schemaName = "rounds"

    @OptionGroup var daemon: DaemonOptions
    @OptionGroup var json: JSONOption
    var wantsJSON: Bool { json.wantsJSON }

    func perform() async throws -> Answer? {
        let data = try await daemonData(try daemon.client(), route: "/v1/rounds")
        var table = TextTable([
            ("round", .right), ("stage", .left), ("objective", .right), ("residual", .right),
            ("steps", .right),
            ("attempts", .right), ("sent", .right), ("received", .right), ("seconds", .right),
            ("ℓ min", .right), ("ℓ max", .right), ("gate", .left), ("state hash", .left),
            ("warning", .left),
        ])
        for line in data["rounds"]?.items ?? [] {
            table.append([
                "\(line["round"]?.whole ?? 0)", line["stage"]?.string ?? "–",
                Figure.decimal(line["objective"]?.double, places: 6), Figure.power(line["residual"]?.double),
                "\(line["steps"]?.whole ?? 0)", "\(line["attempts"]?.whole ?? 0)",
                Figure.bytes(line["sentBytes"]?.double), Figure.bytes(line["receivedBytes"]?.double),
                Figure.decimal(line["seconds"]?.double),
                Figure.decimal(line["lDiversityMin"]?.double, places: 1),
                Figure.decimal(line["lDiversityMax"]?.double, places: 1), line["gate"]?.string ?? "–",
                Figure.short(line["stateHash"]?.string ?? "–"),
                line["warning"]?.string ?? "",
            ])
        }
        return Answer(data: data, text: table.text)
    }
}
