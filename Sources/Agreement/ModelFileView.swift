package import Detection
import Learning
package import Models

/// One point of view in a model file: a model, the coordinates it reads rows in, and the units of its readings.
package struct ModelFileView: Sendable, Equatable {
    /// The participant's own centre and scale in shared units, private; nil where the model reads shared units, or where
    /// a release has dropped them.
    package let own: Models.Standardisation?
    package let snapshot: ModelSnapshot
    /// One a reader; empty where nothing was calibrated.
    package let scales: [ScoreScale]

    package init(own: Models.Standardisation?, snapshot: ModelSnapshot, scales: [ScoreScale]) {
        self.own = own
        self.snapshot = snapshot
        self.scales = scales
    }

    /// The view ready to score.
    ///
    /// - Parameters:
    ///   - shared: the agreed units.
    ///   - columnCount: of the file.
    /// - Returns: nil for a kind that this version does not know.
    /// - Throws: ``ModelError``.
    func detectorView(
        shared: Models.Standardisation, columnCount: Int
    ) throws(ModelError) -> DetectorView? {
        // An own view has all its arrays in one place, private ones among them.
        let parts = ModelSnapshot(
            kind: snapshot.kind, shared: snapshot.shared,
            kept: snapshot.kept.isEmpty ? snapshot.shared : snapshot.kept)
        guard let model = try ModelCatalogue.model(from: parts) else { return nil }
        guard model.columnCount == columnCount else {
            throw .malformedState(field: "columns", expected: columnCount, found: model.columnCount)
        }
        let readers = model.readers().reduce(0) { $0 + $1.count }
        guard scales.isEmpty || scales.count == readers else {
            throw .malformedState(field: "scales", expected: readers, found: scales.count)
        }
        return DetectorView(
            standardisation: own.map { shared.followed(by: $0) } ?? shared, model: model, scales: scales)
    }

    /// `scales` as an array of the file, shape `(readers, 2)`: median and spread; none where nothing was calibrated.
    var scaleArrays: [NamedArray] {
        scales.isEmpty
            ? []
            : [
                NamedArray(
                    name: "scales", shape: [scales.count, 2],
                    values: scales.flatMap { [$0.median, $0.spread] })
            ]
    }

    /// `own` as arrays of the file.
    var ownArrays: [NamedArray] {
        guard let own else { return [] }
        return [
            NamedArray(name: "centre", shape: [own.mean.count], values: own.mean),
            NamedArray(name: "scale", shape: [own.scale.count], values: own.scale),
        ]
    }

    /// Takes a view apart that ``scaleArrays`` and ``ownArrays`` were added to.
    ///
    /// - Returns: nil where an array has an impossible shape or value.
    init?(kind: String, shared: [NamedArray], kept: [NamedArray], columnCount: Int) {
        let names = ["scales", "centre", "scale"]
        let all = shared + kept
        var scales: [ScoreScale] = []
        if let array = all.first(where: { $0.name == "scales" }) {
            guard array.shape.count == 2, array.shape[1] == 2 else { return nil }
            for index in 0..<array.shape[0] {
                let (median, spread) = (array.values[2 * index], array.values[2 * index + 1])
                guard median.isFinite, spread > 0, spread.isFinite else { return nil }
                scales.append(ScoreScale(median: median, spread: spread))
            }
        }
        var own: Models.Standardisation?
        if let centre = all.first(where: { $0.name == "centre" }) {
            guard let scale = all.first(where: { $0.name == "scale" }),
                centre.values.count == columnCount, scale.values.count == columnCount,
                scale.values.allSatisfy({ $0 > 0 && $0.isFinite }), centre.values.allSatisfy({ $0.isFinite })
            else { return nil }
            own = Models.Standardisation(mean: centre.values, scale: scale.values)
        }
        self.init(
            own: own,
            snapshot: ModelSnapshot(
                kind: kind, shared: shared.filter { !names.contains($0.name) },
                kept: kept.filter { !names.contains($0.name) }), scales: scales)
    }
}
