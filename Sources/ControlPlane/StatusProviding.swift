/// Who answers: the peer's shell. Every method only looks.
package protocol StatusProviding: Sendable {
    /// The state at this moment.
    func statusReport() async -> StatusReport
    /// Finished rounds, oldest first.
    func roundsReport() async throws -> RoundsReport
    /// How well the own sums and the network's hide single rows.
    func privacyReport() async throws -> PrivacyReport
    /// Every participant and the link to it, in the order of the agreement.
    func peersReport() async -> PeersReport
    /// The model file as JSON; `nil` until there is a model.
    func modelFile() async -> [UInt8]?
    /// Whether all channels of the control graph are open, so that rounds can go on.
    func isReady() async -> Bool
}

/// The one object that every answer is: the `--json` form of the verb of that name.
package struct AnswerEnvelope<Content: Codable & Sendable>: Codable, Sendable {
    /// `collabdict.<verb>/1`.
    package var schema: String
    /// Whether the verb did its work.
    package var ok: Bool
    /// What it found.
    package var data: Content

    /// The answer of a verb that did its work.
    package init(verb: String, data: Content) {
        schema = "collabdict.\(verb)/1"
        ok = true
        self.data = data
    }
}
