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
    /// Its numbers have had their noise; more would be another release of the same rows.
    case alreadyReleased
}

/// How much noise a release is asked to have.
package enum ReleaseStrength: Sendable, Equatable {
    /// So much that telling rows learnt from apart has at most this advantage, on average over rows; above 0, at most 1.
    case advantage(Double)
    /// s > 0, and as many patterns as stay clear with it.
    case scale(Double)
}

/// What a released model file says of itself. s follows from the numbers of rows, columns and patterns; nothing else of it depends
/// on the data.
package struct ReleaseNote: Sendable, Equatable {
    /// s.
    package let scale: Double
    /// R in standardised units.
    package let radius: Double
    /// The mean advantage that s is for; nil where s was chosen otherwise.
    package let advantage: Double?
    /// What is promised and what is not (mathematics.md §6.7).
    package let statement: String

    package init(scale: Double, radius: Double, advantage: Double?, statement: String) {
        self.scale = scale
        self.radius = radius
        self.advantage = advantage
        self.statement = statement
    }

    /// The note of a release once, at this scale and radius.
    package init(scale: Double, radius: Double, advantage: Double?) {
        let aim =
            advantage.map {
                """
                 The scale is for a membership advantage of \($0) on average over rows that are distributed like the \
                model: a calculation and measurements, no guarantee for any single row.
                """
            } ?? ""
        self.init(
            scale: scale, radius: radius, advantage: advantage,
            statement: """
                theorem-1: (alpha, epsilon) for publishing the means only, conditional on variances, counts, \
                responsibilities and this data set; not a DP guarantee for the model file. Unit: one row replaced by \
                another, all rows within the radius of each other, one release. Means, variances, counts and units of columns \
                are drawn, each with scale times the deviation of its posterior; precisions, the broad pattern and readings \
                are left out, and patterns of few rows; how many patterns there are depends on the counts.\(aim)
                """)
    }
}

/// A model ready for third parties, with the figures that only its owner should see.
package struct ModelRelease: Sendable {
    package let file: ModelFile
    /// One pattern of the release.
    package struct Pattern: Sendable, Equatable {
        /// How many patterns of the owner's it stands for.
        package let partCount: Int
        /// N̄_k before noise.
        package let count: Double
        /// λ_k.
        package let strength: Double
        /// ‖Λ_k‖₂ = 1/v_k; a function of the data.
        package let precisionNorm: Double
        /// What bounds it whatever the data; nil where nothing does.
        package let precisionBound: Double?
    }

    /// In the order of the file.
    package let patterns: [Pattern]
    /// Patterns that rest on too few rows, after merging.
    package let leftOutCount: Int
    package let noise: ReleaseNoise
    /// With the measured ‖Λ_k‖₂: a function of the data, itself not private.
    package let measured: PosteriorRelease
    /// With the bounds on ‖Λ_k‖₂; nil where a pattern has none.
    package let bounded: PosteriorRelease?
}

extension ModelFile {
    /// A copy drawn from posteriors, without the private part.
    ///
    /// Only the model in shared units is released: units of the owner's own are private. Scores are densities, and there is
    /// no threshold, as that was a quantile of the owner's rows.
    ///
    /// - Parameters:
    ///   - strength: of the noise.
    ///   - radius: R > 0.
    ///   - rowsMin: patterns of fewer rows are left out, after merging.
    ///   - generator: libsodium's.
    /// - Throws: ``ReleaseError``, and `ModelError` for parts that do not fit each other.
    package func released(
        _ strength: ReleaseStrength, radius: Double, rowsMin: Double,
        using generator: inout some RandomNumberGenerator
    ) throws -> ModelRelease {
        guard release == nil else { throw ReleaseError.alreadyReleased }
        guard kind == GraphicalMixtureModel.name else { throw ReleaseError.noPatterns(kind: kind) }
        guard let index = coordinates.firstIndex(of: .shared) else { throw ReleaseError.privateUnits }
        let model = try GraphicalMixtureModel(snapshot: views[index].snapshot)
        let counts = model.patterns.compactMap { $0?.count }
        let rowCount = counts.reduce(0, +)
        guard counts.allSatisfy({ $0 > 0 }), rowCount.isFinite else {
            throw ModelError.malformedState(
                field: "counts", expected: counts.count, found: counts.count { $0 > 0 && $0.isFinite })
        }
        let noise = noise(strength, patternLimit: counts.count, rowCount: rowCount)
        let merged = model.merged(to: noise.patternCount)
        guard merged.allSatisfy(\.isUsable) else {
            throw ModelError.malformedState(
                field: "precisions", expected: merged.count, found: merged.count { $0.isUsable })
        }
        let held = merged.filter { $0.count >= rowsMin }
        guard !held.isEmpty else {
            throw ReleaseError.tooFewRows(
                required: rowsMin, largest: merged.map(\.count).max() ?? 0)
        }
        let drawn = try model.release(of: held, scale: noise.scale, using: &generator)
        let patterns = held.map { pattern in
            ModelRelease.Pattern(
                partCount: pattern.partCount, count: pattern.count, strength: model.strength(of: pattern),
                precisionNorm: model.precisionNorm(of: pattern),
                precisionBound: model.precisionBound(of: pattern))
        }
        func figures(_ norms: [Double]) -> PosteriorRelease {
            PosteriorRelease(
                columnCount: columns.count, scale: noise.scale, radius: radius,
                patterns: zip(patterns, norms).map { .init(strength: $0.strength, precisionNorm: $1) })
        }
        let bounds = patterns.compactMap(\.precisionBound)
        return ModelRelease(
            file: try releasedFile(
                drawn, note: ReleaseNote(scale: noise.scale, radius: radius, advantage: strength.advantage)),
            patterns: patterns, leftOutCount: merged.count - held.count, noise: noise,
            measured: figures(patterns.map(\.precisionNorm)),
            bounded: bounds.count == patterns.count ? figures(bounds) : nil)
    }

    private func noise(
        _ strength: ReleaseStrength, patternLimit: Int, rowCount: Double
    ) -> ReleaseNoise {
        ReleaseNoise.ofMostPatterns(limit: patternLimit) { patternCount in
            switch strength {
            case .advantage(let advantage):
                ReleaseNoise(
                    columnCount: columns.count, patternCount: patternCount, rowCount: rowCount,
                    advantage: advantage)
            case .scale(let scale):
                ReleaseNoise(
                    columnCount: columns.count, patternCount: patternCount, rowCount: rowCount, scale: scale)
            }
        }
    }

    private func releasedFile(
        _ drawn: GraphicalMixtureModel.Release, note: ReleaseNote
    ) throws(ModelError) -> ModelFile {
        // Of a file with scales at the end of the numbers noise leaves nothing usable.
        let units = zip(standardisation.scale, drawn.units.scale).count { ($0 * $1).isNormal }
        guard units == columns.count else {
            throw .malformedState(field: "standardisation", expected: columns.count, found: units)
        }
        return ModelFile(
            networkID: networkID, participant: nil, round: round, columns: columns,
            standardisation: standardisation.followed(by: drawn.units), coordinates: [.shared],
            views: [ModelFileView(own: nil, snapshot: drawn.snapshot, scales: [])], own: nil, score: .density,
            threshold: nil, release: note)
    }

    /// The entry of the file; none for a file that was not released.
    var releaseEntries: [(String, CanonicalValue)] {
        guard let release else { return [] }
        return [
            (
                "release",
                .object(
                    (release.advantage.map { [("advantage", CanonicalValue.number($0))] } ?? []) + [
                        ("scale", .number(release.scale)), ("radius", .number(release.radius)),
                        ("statement", .text(release.statement)),
                    ])
            )
        ]
    }
}

extension ReleaseStrength {
    /// What was asked for; nil of a scale.
    var advantage: Double? {
        if case .advantage(let advantage) = self { return advantage }
        return nil
    }
}
