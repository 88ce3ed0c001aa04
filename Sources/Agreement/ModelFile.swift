package import Learning
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
/// Arrays are flat and row-major with their shape beside them. The `private` part never leaves its owner. A model in
/// shared units has its arrays under their own names, one in local units with the prefix `local.`, and what the
/// participant learnt alone, all of it private, with the prefix `own.`.
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
    /// The coordinates of the models learnt together, in order; not empty.
    package let coordinates: [CoordinateSystem]
    /// One a coordinate system.
    package let views: [ModelFileView]
    /// What the participant learnt alone, and its weight in the blend; nil where there is nothing.
    package let own: OwnView?
    package let score: ScoreKind
    /// Rows that score at least this much are anomalies; nil where no rows could set it.
    package private(set) var threshold: Double?
    /// What a release says of itself; nil for the owner's own file.
    package let release: ReleaseNote?

    package init(
        networkID: String?, participant: String?, round: Int, columns: [String],
        standardisation: Models.Standardisation, coordinates: [CoordinateSystem], views: [ModelFileView],
        own: OwnView?, score: ScoreKind, threshold: Double?, release: ReleaseNote? = nil
    ) {
        precondition(
            !views.isEmpty && views.count == coordinates.count,
            "\(views.count) models for \(coordinates.count) coordinate systems")
        precondition(
            columns.count == standardisation.mean.count,
            "\(columns.count) columns, \(standardisation.mean.count) means")
        self.networkID = networkID
        self.participant = participant
        self.round = round
        self.columns = columns
        self.standardisation = standardisation
        self.coordinates = coordinates
        self.views = views
        self.own = own
        self.score = score
        self.threshold = threshold
        self.release = release
    }

    /// A copy that calls rows of at least this score anomalies.
    package func with(threshold: Double) -> ModelFile {
        var copy = self
        copy.threshold = threshold
        return copy
    }

    /// A private view with its weight.
    package struct OwnView: Sendable, Equatable {
        package let view: ModelFileView
        /// ≥ 0.
        package let weight: Double

        package init(view: ModelFileView, weight: Double) {
            self.view = view
            self.weight = weight
        }
    }

    /// The name of the model kind.
    package var kind: String { views[0].snapshot.kind }

    /// All that it takes to score rows. A model in local units is left out where a release has dropped the units.
    ///
    /// - Returns: nil for a kind that this version does not know.
    /// - Throws: ``ModelError``, where parts do not fit each other.
    package func detector() throws(ModelError) -> Detector? {
        var known: [DetectorView] = []
        for (coordinates, view) in zip(coordinates, views) where coordinates == .shared || view.own != nil {
            guard
                let view = try view.detectorView(shared: standardisation, columnCount: columns.count)
            else { return nil }
            known.append(view)
        }
        guard !known.isEmpty else { throw .malformedState(field: "views", expected: 1, found: 0) }
        let alone = try own?.view.detectorView(shared: standardisation, columnCount: columns.count)
        let detector = Detector(views: known, own: alone, ownWeight: own?.weight ?? 0)
        guard score != .calibrated || detector.isCalibrated else {
            throw .malformedState(field: "scales", expected: 1, found: 0)
        }
        return detector
    }

    /// The file's bytes: canonical form and a newline.
    package func encoded() -> [UInt8] {
        let entries = self.entries
        let hash = Self.hash(of: entries)
        return Array(CanonicalValue.object(entries + [("hash", .text(hash))]).canonicalForm.utf8) + [0x0a]
    }

    /// 64 hexadecimal digits over the canonical form of the object without its hash.
    package static func hash(of entries: [(String, CanonicalValue)]) -> String {
        BLAKE2b.hash256(Array(CanonicalValue.object(entries).canonicalForm.utf8)).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }

    private var entries: [(String, CanonicalValue)] {
        [
            ("schema", .text(Self.schema)), ("kind", .text(kind)),
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
            ("views", .list(coordinates.map { .text($0.rawValue) })),
            ("shared", Self.value(of: sharedArrays)), ("private", Self.value(of: privateArrays)),
            ("score", .text(score.rawValue)), ("threshold", threshold.map(CanonicalValue.number) ?? .null),
        ] + releaseEntries
    }

    private var sharedArrays: [NamedArray] {
        zip(coordinates, views).flatMap { coordinates, view in
            (view.snapshot.shared + view.scaleArrays).map { $0.prefixed(Self.prefix(coordinates)) }
        }
    }

    private var privateArrays: [NamedArray] {
        let kept = zip(coordinates, views).flatMap { coordinates, view in
            (view.snapshot.kept + view.ownArrays).map { $0.prefixed(Self.prefix(coordinates)) }
        }
        guard let own else { return kept }
        let parts =
            own.view.snapshot.shared + own.view.snapshot.kept + own.view.scaleArrays + own.view.ownArrays
        return kept + parts.map { $0.prefixed(Self.ownPrefix) }
            + [NamedArray(name: Self.ownWeightName, shape: [1], values: [own.weight])]
    }

    /// What names of a model's arrays begin with.
    static func prefix(_ coordinates: CoordinateSystem) -> String {
        switch coordinates {
        case .shared: ""
        case .local: "local."
        }
    }

    static let ownPrefix = "own."
    static let ownWeightName = "ownWeight"

    private static func value(of arrays: [NamedArray]) -> CanonicalValue {
        .object(
            arrays.map { array in
                let shape = CanonicalValue.list(array.shape.map(CanonicalValue.integer))
                let values = CanonicalValue.list(array.values.map(CanonicalValue.number))
                return (array.name, .object([("shape", shape), ("values", values)]))
            })
    }
}

extension NamedArray {
    /// The same under a longer name.
    func prefixed(_ prefix: String) -> NamedArray {
        NamedArray(name: prefix + name, shape: shape, values: values)
    }
}
