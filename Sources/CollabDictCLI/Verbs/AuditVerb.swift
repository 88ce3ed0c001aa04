import Agreement
import ArgumentParser
import Privacy

/// `collabdict audit`.
struct AuditVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "What curious participants could recover of the others' sums under this agreement.",
        discussion: """
            FILE is an agreement or a topology file. Without --coalition every single participant, all pairs and random \
            larger groups are tried, and the figures are those of the single participant that learns most.
            """)
    static let schemaName = "audit"

    @Argument(help: "An agreement or a topology file.") var file: String
    @Option(
        help: ArgumentHelp(
            "Participants that put together all they see: names or 0-based numbers, with commas.",
            valueName: "3,7"))
    var coalition: String?
    @OptionGroup var settings: SettingOptions
    @OptionGroup var json: JSONOption
    var wantsJSON: Bool { json.wantsJSON }

    /// Rounds audited of a network of at most so many participants; of a larger one, one.
    private static let roundCount = 3
    private static let roundMemberLimit = 128

    func perform() async throws -> Answer? {
        let members = try NetworkMembers(
            try NetworkFile(file: file, overrides: try settings.overrides()))
        let audit = try members.aggregation.leakageAudit(
            roster: members.roster,
            rounds: members.names.count <= Self.roundMemberLimit ? Self.roundCount : 1, losses: true)
        let report = try AuditReport(
            audit: audit, members: members, coalition: try places(members))
        return Answer(data: report.value, text: report.text)
    }

    /// The coalition of the command line, ascending; nil if none was given.
    private func places(_ members: NetworkMembers) throws(Failure) -> [Int]? {
        guard let coalition else { return nil }
        var places: [Int] = []
        for text in coalition.split(separator: ",", omittingEmptySubsequences: false) {
            let place = try members.place(of: String(text))
            if !places.contains(place) { places.append(place) }
        }
        guard places.count < members.names.count else {
            throw .usage("the coalition is the whole network", fix: "Leave out at least one participant.")
        }
        return places.sorted()
    }
}
