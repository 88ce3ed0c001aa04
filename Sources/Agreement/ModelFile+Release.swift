import GraphicalMixture
import Models
package import Privacy

/// Why a model file cannot be released.
package enum ReleaseError: Error, Equatable {
    /// Theorem 1 is about centres of patterns, and this kind has none.
    case noPatterns(kind: String)
    /// All its models read rows in the owner's private units.
    case privateUnits
    /// No pattern rests on so many rows; the largest has fewer.
    case tooFewRows(required: Double, largest: Double)
    /// Its centres have had their noise; more would be another release of the same rows.
    case alreadyReleased
}

/// What a released model file says of itself; nothing of it depends on the data.
package struct ReleaseNote: Sendable, Equatable {
    /// s.
    package let scale: Double
    /// R in standardised units.
    package let radius: Double
    /// What is promised and what is not (mathematics.md §6.7).
    package let statement: String

    package init(scale: Double, radius: Double, statement: String) {
        self.scale = scale
        self.radius = radius
        self.statement = statement
    }

    /// The note of a release once, at this scale and radius.
    package init(scale: Double, radius: Double) {
        self.init(
            scale: scale, radius: radius,
            statement: """
                theorem-1: (alpha, epsilon) for publishing the means only, conditional on precisions, counts, \
                responsibilities and this data set; not a DP guarantee for the model file. Unit: one row replaced by \
                another, all rows within the radius of each other, one release. Patterns of few rows are left out; precisions, counts, which patterns there \
                are and the standardisation are published as they were learnt.
                """)
    }
}

/// A model ready for third parties, with the figures that only its owner should see.
package struct ModelRelease: Sendable {
    package let file: ModelFile
    /// One pattern of the release.
    package struct Pattern: Sendable, Equatable {
        package let slot: Int
        /// N̄_k.
        package let count: Double
        /// λ_k.
        package let strength: Double
        /// ‖Λ_k‖₂; a function of the data.
        package let precisionNorm: Double
        /// What bounds it whatever the data; nil where nothing does.
        package let precisionBound: Double?
    }

    /// By slot.
    package let patterns: [Pattern]
    /// Patterns that rest on too few rows.
    package let leftOutCount: Int
    /// With the measured ‖Λ_k‖₂: a function of the data, itself not private.
    package let measured: PosteriorRelease
    /// With the bounds on ‖Λ_k‖₂; nil where a pattern has none.
    package let bounded: PosteriorRelease?
}

extension ModelFile {
    /// A copy whose centres are drawn from their posteriors, without the private part.
    ///
    /// Only the model in shared units is released: units of the owner's own are private. Scores are densities, and there is
    /// no threshold, as that was a quantile of the owner's rows.
    ///
    /// - Parameters:
    ///   - scale: s > 0.
    ///   - radius: R > 0.
    ///   - rowsMin: patterns of fewer rows are left out.
    ///   - generator: libsodium's.
    /// - Throws: ``ReleaseError``, and `ModelError` for parts that do not fit each other.
    package func released(
        scale: Double, radius: Double, rowsMin: Double,
        using generator: inout some RandomNumberGenerator
    ) throws -> ModelRelease {
        guard release == nil else { throw ReleaseError.alreadyReleased }
        guard kind == GraphicalMixtureModel.name else { throw ReleaseError.noPatterns(kind: kind) }
        guard let index = coordinates.firstIndex(of: .shared) else { throw ReleaseError.privateUnits }
        let model = try GraphicalMixtureModel(snapshot: views[index].snapshot)
        let patterns = model.releasedPatterns(rowsMin: rowsMin).map { pattern in
            ModelRelease.Pattern(
                slot: pattern.slot, count: pattern.count, strength: pattern.strength,
                precisionNorm: pattern.precisionNorm, precisionBound: pattern.precisionBound)
        }
        let held = patterns.count { $0.strength > 0 && $0.strength.isFinite }
        guard held == patterns.count else {
            throw ModelError.malformedState(field: "counts", expected: patterns.count, found: held)
        }
        guard let snapshot = model.released(scale: scale, rowsMin: rowsMin, using: &generator) else {
            let largest = model.releasedPatterns(rowsMin: 0).map(\.count).max() ?? 0
            throw ReleaseError.tooFewRows(required: rowsMin, largest: largest)
        }
        let bounds = patterns.compactMap(\.precisionBound)
        func figures(_ norms: [Double]) -> PosteriorRelease {
            PosteriorRelease(
                columnCount: columns.count, scale: scale, radius: radius,
                patterns: zip(patterns, norms).map { .init(strength: $0.strength, precisionNorm: $1) })
        }
        let file = ModelFile(
            networkID: networkID, participant: nil, round: round, columns: columns,
            standardisation: standardisation, coordinates: [.shared],
            views: [
                ModelFileView(
                    own: nil, snapshot: snapshot, scales: [])
            ], own: nil, score: .density, threshold: nil,
            release: ReleaseNote(scale: scale, radius: radius))
        return ModelRelease(
            file: file, patterns: patterns,
            leftOutCount: model.activePatternCount - patterns.count,
            measured: figures(patterns.map(\.precisionNorm)),
            bounded: bounds.count == patterns.count ? figures(bounds) : nil)
    }

    /// The entry of the file; none for a file that was not released.
    var releaseEntries: [(String, CanonicalValue)] {
        guard let release else { return [] }
        return [
            (
                "release",
                .object([
                    ("scale", .number(release.scale)), ("radius", .number(release.radius)),
                    ("statement", .text(release.statement)),
                ])
            )
        ]
    }
}
