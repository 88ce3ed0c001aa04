import Agreement
import ArgumentParser
import Sodium

/// `collabdict network show`.
struct NetworkShowVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Print an agreement with its defaults filled in, and the network id.",
        discussion: "Participants whose ids differ cannot connect: compare them over another channel.")
    static let schemaName = "network"

    @Argument(help: "The agreement.") var file = "network.yaml"
    @OptionGroup var json: JSONOption
    var wantsJSON: Bool { json.wantsJSON }

    func perform() async throws -> Answer? {
        let agreement = try NetworkAgreement(file: file)
        let id = hexadecimal(agreement.networkID)
        var table = TextTable([("participant", .left), ("address", .left), ("key", .left)])
        for participant in agreement.participants {
            table.append([participant.name, participant.address.text, participant.key.text])
        }
        let canonical = try JSONReader.value(of: Array(agreement.canonicalForm.utf8))
        return Answer(
            data: .object([("networkId", .text(id)), ("agreement", canonical)]),
            text: """
                network     \(agreement.name)
                network id  \(id)
                columns     \(agreement.columns.joined(separator: ", "))

                \(table.text)

                \(agreement.canonicalForm)
                """)
    }
}
