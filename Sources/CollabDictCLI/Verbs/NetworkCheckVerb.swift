import Agreement
import ArgumentParser
import Topology

/// `collabdict network check`.
struct NetworkCheckVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Verify an agreement; every problem with its fix.")
    static let schemaName = "network"

    @Argument(help: "The agreement.") var file = "network.yaml"
    @OptionGroup var json: JSONOption
    var wantsJSON: Bool { json.wantsJSON }

    func perform() async throws -> Answer? {
        let agreement = try NetworkAgreement(file: file)
        let id = hexadecimal(agreement.networkID)
        let built = try agreement.settings.topology.build(vertexCount: agreement.participants.count)
        let family = built.family?.rawValue ?? "edges"
        var lines = [
            "\(file) is in order: \(agreement.participants.count) participants, \(agreement.columns.count) columns",
            "network id \(id)",
        ]
        if built.isSubstitute {
            lines.append(
                "the graph family does not exist at \(agreement.participants.count) participants; \(family) takes its place"
            )
        }
        switch agreement.participants.count {
        case 2: lines.append("note: of two participants, each learns the other's sums")
        case 3: lines.append("note: of three participants, each learns the sum of the other two")
        default: break
        }
        return Answer(
            data: .object([
                ("networkId", .text(id)), ("participants", .integer(agreement.participants.count)),
                ("columns", .integer(agreement.columns.count)), ("family", .text(family)),
            ]), text: lines.joined(separator: "\n"))
    }
}
