import Agreement
import ArgumentParser
import Sodium
import Storage

/// `collabdict keygen`.
struct KeygenVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "keygen", abstract: "Make a new identity and print its public key.",
        discussion: "The secret key stays in the file (mode 0600). A file that is there is never overwritten."
    )
    static let schemaName = "keygen"

    @Option(name: [.short, .long], help: "The key file to make.") var output = "peer.key"
    @OptionGroup var json: JSONOption
    var wantsJSON: Bool { json.wantsJSON }

    func perform() async throws -> Answer? {
        let secret = SecretIdentity.generate()
        try KeyFile.create(at: output, secret)
        let key = secret.publicIdentity.text
        if !wantsJSON { Output.message("wrote \(output); the other participants need the line below") }
        return Answer(data: .object([("key", .text(key)), ("file", .text(output))]), text: key)
    }
}
