/// A file that describes a network: an agreement or a topology file, for the verbs that take either.
package enum NetworkFile: Sendable, Equatable {
    case agreement(NetworkAgreement)
    case topology(TopologyFile)

    /// Reads a file; one that names `participants` or `columns` is an agreement.
    ///
    /// - Throws: ``ConfigurationProblems`` with everything that is wrong.
    package init(file: String, overrides: [SettingOverride] = []) throws(ConfigurationProblems) {
        try self.init(yaml: ConfigurationFile.read(file), path: file, overrides: overrides)
    }

    /// As ``init(file:overrides:)``, from the bytes of the file.
    package init(
        yaml: [UInt8], path: String, overrides: [SettingOverride] = []
    ) throws(ConfigurationProblems) {
        let document = try SourceNode.document(yaml, path: path, overrides: overrides)
        if document.value(of: "participants") != nil || document.value(of: "columns") != nil {
            self = .agreement(try NetworkAgreement(document: document))
        } else {
            self = .topology(try TopologyFile(document: document, folder: folder(of: path)))
        }
    }

    /// The sections both have.
    package var settings: AgreementSettings {
        switch self {
        case .agreement(let agreement): agreement.settings
        case .topology(let file): file.settings
        }
    }
}
