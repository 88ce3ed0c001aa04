import ArgumentParser

/// `collabdict`.
struct RootCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "collabdict",
        abstract: "Learn one anomaly-detection model together, from rows that never leave their owner.",
        discussion: """
            Every participant runs the same daemon; there is no server. Try 'collabdict demo'.
            """,
        version: ProgramVersion.current,
        subcommands: [
            KeygenVerb.self, NetworkVerb.self, PeerVerb.self, StatusVerb.self, PeersVerb.self,
            PrivacyVerb.self, RoundsVerb.self, DoctorVerb.self,
            TopologyVerb.self, AuditVerb.self,
            SimulateVerb.self, FitVerb.self, ScoreVerb.self, ThresholdVerb.self, EvaluateVerb.self,
            ReleaseVerb.self,
            PatternsVerb.self,
            DemoVerb.self,
            CompletionVerb.self,
        ])
}

/// The version that `--version` and `status` print.
enum ProgramVersion {
    /// Semantic; what CHANGELOG.md calls the release.
    static let current = "0.1.0"
}
