package import Sodium

/// `network.yaml`: what all participants have agreed on, the same file at every one of them.
package struct NetworkAgreement: Sendable, Equatable {
    /// The only version of the format.
    package static let version = 1

    /// The key `network`: 1…64 of letters, digits, `.`, `_`, `-`.
    package let name: String
    /// Names and order of the numeric columns that all participants share; unique, 1…4096 of them.
    package let columns: [String]
    /// At least two, in the order of the file; names and keys are unique.
    package let participants: [Participant]
    /// The sections that a topology file has as well.
    package var settings: AgreementSettings

    /// An agreement made by the product itself, as for `network new` and `demo`.
    ///
    /// - Precondition: at least two participants and one column; the rest is what reading its ``yaml()`` checks.
    package init(
        name: String, columns: [String], participants: [Participant],
        settings: AgreementSettings = AgreementSettings()
    ) {
        precondition(participants.count >= 2, "\(participants.count) participants, at least 2 needed")
        precondition(!columns.isEmpty, "an agreement needs a column")
        self.name = name
        self.columns = columns
        self.participants = participants
        self.settings = settings
    }

    /// One of those who learn together.
    package struct Participant: Sendable, Equatable {
        /// 1…64 of letters, digits, `.`, `_`, `-`, beginning with a letter or digit.
        package let name: String
        /// Its Ed25519 public key, `cd1…` in the file.
        package let key: PublicIdentity
        /// Where it listens.
        package let address: NetworkAddress

        package init(name: String, key: PublicIdentity, address: NetworkAddress) {
            self.name = name
            self.key = key
            self.address = address
        }
    }

    /// The position of a participant in ``participants``, which is its number everywhere; nil for a stranger.
    package func index(of key: PublicIdentity) -> Int? { participants.firstIndex { $0.key == key } }

    /// As ``index(of:)``, by name.
    package func index(named name: String) -> Int? { participants.firstIndex { $0.name == name } }

    /// The whole agreement with its defaults filled in, as canonical JSON under the keys of the file.
    ///
    /// Layout, comments and the order of keys do not show in it; addresses stand as `host:port`, durations in seconds.
    package var canonicalForm: String {
        let roster = participants.map { participant in
            CanonicalValue.object([
                ("name", .text(participant.name)), ("key", .text(participant.key.text)),
                ("address", .text(participant.address.text)),
            ])
        }
        let identity: [(String, CanonicalValue)] = [
            ("version", .integer(Self.version)), ("network", .text(name)),
            ("columns", .list(columns.map(CanonicalValue.text))), ("participants", .list(roster)),
        ]
        return CanonicalValue.object(identity + settings.canonicalEntries).canonicalForm
    }

    /// BLAKE2b-256 of the UTF-8 bytes of ``canonicalForm``: 32 bytes.
    package var networkID: [UInt8] { BLAKE2b.hash256(Array(canonicalForm.utf8)) }
}
