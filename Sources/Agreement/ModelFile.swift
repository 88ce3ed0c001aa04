package import Models
import Sodium

/// Why bytes are no model file of this version.
package enum ModelFileError: Error, Equatable {
    /// Not JSON.
    case notJSON(JSONFault)
    /// A key is missing, or its value has another type or shape.
    case malformed(key: String)
    /// A schema other than `collabdict.model/1`.
    case unknownSchema(found: String)
    /// The hash that the file states is not that of its contents.
    case hashMismatch(stated: String, computed: String)
}

/// The model as a file: one JSON object in canonical form, with its own BLAKE2b-256 (docs/interface.md).
///
/// Arrays are flat and row-major with their shape beside them. The `private` part never leaves its owner.
package struct ModelFile: Sendable, Equatable {
    /// What every model file says first.
    package static let schema = "collabdict.model/1"

    /// The hash of the agreement, 64 hexadecimal digits; nil for a model that was learnt alone.
    package let networkID: String?
    /// Whose private part it holds; nil where there is no name.
    package let participant: String?
    /// The round it was written after.
    package let round: Int
    /// Names of the columns in their order.
    package let columns: [String]
    package let standardisation: Models.Standardisation
    package let snapshot: ModelSnapshot
    package let score: ScoreKind
    /// Rows that score at least this much are anomalies; nil where no rows could set it.
    package let threshold: Double?

    package init(
        networkID: String?, participant: String?, round: Int, columns: [String],
        standardisation: Models.Standardisation,
        snapshot: ModelSnapshot, score: ScoreKind, threshold: Double?
    ) {
        precondition(
            columns.count == standardisation.mean.count,
            "\(columns.count) columns, \(standardisation.mean.count) means")
        self.networkID = networkID
        self.participant = participant
        self.round = round
        self.columns = columns
        self.standardisation = standardisation
        self.snapshot = snapshot
        self.score = score
        self.threshold = threshold
    }

    /// A copy that calls rows of at least this score anomalies.
    package func with(threshold: Double) -> ModelFile {
        ModelFile(
            networkID: networkID, participant: participant, round: round, columns: columns,
            standardisation: standardisation, snapshot: snapshot, score: score, threshold: threshold)
    }

    /// The file's bytes: canonical form and a newline.
    package func encoded() -> [UInt8] {
        let entries = self.entries
        let hash = Self.hash(of: entries)
        return Array(CanonicalValue.object(entries + [("hash", .text(hash))]).canonicalForm.utf8) + [0x0a]
    }

    /// 64 hexadecimal digits over the canonical form of the object without its hash.
    static func hash(of entries: [(String, CanonicalValue)]) -> String {
        BLAKE2b.hash256(Array(CanonicalValue.object(entries).canonicalForm.utf8)).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }

    private var entries: [(String, CanonicalValue)] {
        [
            ("schema", .text(Self.schema)), ("kind", .text(snapshot.kind)),
            ("networkId", networkID.map(CanonicalValue.text) ?? .null),
            ("participant", participant.map(CanonicalValue.text) ?? .null), ("round", .integer(round)),
            ("columns", .list(columns.map(CanonicalValue.text))),
            (
                "standardisation",
                .object([
                    ("mean", .list(standardisation.mean.map(CanonicalValue.number))),
                    ("scale", .list(standardisation.scale.map(CanonicalValue.number))),
                ])
            ),
            ("shared", Self.value(of: snapshot.shared)), ("private", Self.value(of: snapshot.kept)),
            ("score", .text(score.rawValue)), ("threshold", threshold.map(CanonicalValue.number) ?? .null),
        ]
    }

    private static func value(of arrays: [NamedArray]) -> CanonicalValue {
        .object(
            arrays.map { array in
                let shape = CanonicalValue.list(array.shape.map(CanonicalValue.integer))
                let values = CanonicalValue.list(array.values.map(CanonicalValue.number))
                return (array.name, .object([("shape", shape), ("values", values)]))
            })
    }
}
