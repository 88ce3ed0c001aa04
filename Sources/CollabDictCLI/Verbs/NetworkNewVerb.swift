import Agreement
import ArgumentParser
import Datasets
import Sodium

/// `collabdict network new`.
struct NetworkNewVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "new", abstract: "Make an agreement; everybody gets the same file.",
        discussion: """
            collabdict network new --name metro-clinics --columns radius,texture \\
              --participant north=cd1…@north.example:7440 --participant south=cd1…@south.example:7440 \\
              --participant east=cd1…@east.example:7440
            """)
    static let schemaName = "network"

    @Option(help: "What the network is called.") var name: String
    @Option(help: "Names of the shared columns in their order, separated by commas.") var columns: String?
    @Option(help: ArgumentHelp("Take the columns from the header of a CSV file.", valueName: "file"))
    var columnsFrom: String?
    @Option(help: "A column of that file that is a label and not shared.") var label = "label"
    @Option(
        name: .customLong("participant"), parsing: .singleValue,
        help: ArgumentHelp("One participant; repeatable.", valueName: "name=key@host:port"))
    var participants: [String]
    @OptionGroup var settings: SettingOptions
    @Option(name: [.short, .long], help: "The file to make.") var output = "network.yaml"
    @OptionGroup var json: JSONOption
    var wantsJSON: Bool { json.wantsJSON }

    func perform() async throws -> Answer? {
        let roster = try participants.map(Self.participant)
        guard roster.count >= 2 else {
            throw Failure.usage(
                "\(roster.count) participants",
                fix: "Give --participant NAME=KEY@HOST:PORT for each; at least two.")
        }
        let draft = NetworkAgreement(name: name, columns: try columnNames(), participants: roster)
        // What `check` would refuse is never written: the file is read back with everything laid over it.
        let agreement = try NetworkAgreement(
            yaml: Array(draft.yamlWithoutSettings().utf8), path: output, overrides: try settings.overrides())
        try FileText.create(agreement.yaml(), at: output)
        let id = hexadecimal(agreement.networkID)
        return Answer(
            data: .object([("file", .text(output)), ("networkId", .text(id))]),
            text:
                "wrote \(output)\nnetwork id \(id)\nGive every participant this file; 'network show' prints the id."
        )
    }

    private func columnNames() throws -> [String] {
        if let columns {
            return columns.split(separator: ",", omittingEmptySubsequences: false).map {
                $0.trimmingSpaces()
            }
        }
        guard let columnsFrom else {
            throw Failure.usage("no columns", fix: "Give --columns NAMES or --columns-from FILE.")
        }
        var options = CSVOptions()
        options.labelName = label
        options.rowLimit = 1
        options.incompleteRows = .kept
        return try CSVReader.read(path: columnsFrom, options: options).columns
    }

    /// `north=cd1…@north.example:7440`.
    private static func participant(_ text: String) throws -> NetworkAgreement.Participant {
        let malformed = Failure.usage(
            "--participant '\(text)' is not NAME=KEY@HOST:PORT",
            fix: "Take the key as 'collabdict keygen' prints it, such as north=cd1…@north.example:7440.")
        guard let equals = text.firstIndex(of: "="), let at = text[equals...].firstIndex(of: "@") else {
            throw malformed
        }
        let keyText = String(text[text.index(after: equals)..<at])
        guard let key = PublicIdentity(text: keyText) else {
            throw Failure(
                status: .membership, code: "KEY", message: "'\(keyText)' is not a public key",
                fix: "Copy the whole line that 'collabdict keygen' printed: cd1 and 56 characters.")
        }
        guard let address = NetworkAddress(text: String(text[text.index(after: at)...])) else {
            throw malformed
        }
        return NetworkAgreement.Participant(name: String(text[..<equals]), key: key, address: address)
    }
}

/// Lower-case hexadecimal digits of bytes.
func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }.joined()
}

extension StringProtocol {
    /// Without spaces at either end.
    func trimmingSpaces() -> String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
