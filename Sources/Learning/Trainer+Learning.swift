import LinearAlgebra
import Models
import Wire

/// Starts, sizes and rounds: every view takes part in every exchange.
extension Trainer {
    mutating func beginLearning() throws(TrainingError) {
        views = settings.coordinates.map {
            TrainingView(coordinates: $0, model: settings.makeModel(0, rowCount))
        }
        if !views[0].model.isGrown || settings.startCount > 1 {
            stage = .start(index: 0, round: 0)
        } else {
            try beginRounds()
        }
    }

    private mutating func beginRounds() throws(TrainingError) {
        if settings.roundsMaximum > 0 {
            stage = .round(0)
        } else {
            try endRounds(count: 0)
        }
    }

    private mutating func endRounds(count: Int) throws(TrainingError) {
        finishedRoundCount = count
        for view in views.indices {
            do throws(ModelError) { try views[view].model.finish() } catch { throw .model(error) }
        }
        stage = settings.isCalibrated ? .calibration : .finished
    }

    /// The statistics of all views, one after the other.
    ///
    /// - Parameters:
    ///   - leftOut: one entry a view: patterns that are sent as zeros; see ``PrivacyGate``. None where nothing is.
    ///   - runner: for pieces of the work; changes no bit of the result.
    func statistics(leavingOut leftOut: [[Int]] = [], on runner: any ParallelRunner) -> LocalUpdate {
        statistics { index, view, layout in
            view.model.localUpdate(
                rows: rows(of: view.coordinates), layout: layout,
                leavingOut: leftOut.isEmpty ? [] : leftOut[index], on: runner)
        }
    }

    /// What `update` says of every view, one after the other.
    func statistics(
        _ update: (_ index: Int, _ view: TrainingView, _ layout: VectorLayout) -> LocalUpdate
    ) -> LocalUpdate {
        var values: [Double] = []
        var kept = ByteWriter(reservingCapacity: 256)
        var concentrations: [PatternConcentration] = []
        for (index, (view, layout)) in zip(views, viewLayouts).enumerated() {
            let update = update(index, view, layout)
            values += update.shared.values
            kept.write(UInt32(update.kept.bytes.count))
            kept.write(bytes: update.kept.bytes)
            concentrations += update.concentrations
        }
        return LocalUpdate(
            shared: SharedVector(layout: layout, values: values), kept: KeptState(bytes: kept.bytes),
            concentrations: concentrations)
    }

    /// Every view's part of the agreed sum and of what was kept.
    private func parts(
        _ sum: SharedVector, kept: KeptState
    ) throws(TrainingError) -> [(sum: SharedVector, kept: KeptState)] {
        var reader = ByteReader(kept.bytes)
        var parts: [(sum: SharedVector, kept: KeptState)] = []
        var next = 0
        do throws(WireError) {
            for layout in viewLayouts {
                let values = Array(sum.values[next..<next + layout.count])
                next += layout.count
                let bytes = try reader.readBytes(count: Int(try reader.readUInt32()))
                parts.append((SharedVector(layout: layout, values: values), KeptState(bytes: bytes)))
            }
            try reader.finish()
        } catch {
            throw .malformedState(field: .kept)
        }
        return parts
    }

    /// One exchange of statistics for all views.
    ///
    /// - Returns: every view's change of the objective per row.
    private mutating func absorb(
        intoViews sum: SharedVector, kept: KeptState
    ) throws(TrainingError) -> [Double?] {
        var changes: [Double?] = []
        for (index, part) in try parts(sum, kept: kept).enumerated() {
            let hasObjective = settings.privacy == nil
            changes.append(try views[index].absorb(part.sum, kept: part.kept, hasObjective: hasObjective))
        }
        return changes
    }

    mutating func absorbStart(
        _ sum: SharedVector, kept: KeptState, index: Int, round: Int
    ) throws(TrainingError) {
        let changes = try absorb(intoViews: sum, kept: kept)
        if views[0].model.isGrown {
            try endStartRound(index: index, round: round)
            return
        }
        let isSettled = zip(views, changes).allSatisfy { view, change in
            view.model.isSettled(roundCount: round + 1, change: round == 0 ? nil : change)
        }
        guard isSettled else {
            stage = .start(index: index, round: round + 1)
            return
        }
        for view in views.indices { views[view].model.grow() }
        if views[0].model.isGrown {
            for view in views.indices { views[view].objective = nil }
            try beginRounds()
        } else {
            stage = .start(index: index + 1, round: 0)
        }
    }

    /// The objective that an exchange shows belongs to the parameters before its optimisation; so the last round
    /// of a start both judges it and improves it.
    private mutating func endStartRound(index: Int, round: Int) throws(TrainingError) {
        if round + 1 < settings.roundsPerStart {
            stage = .start(index: index, round: round + 1)
            return
        }
        for view in views.indices {
            let perRow = views[view].objective?.perRow ?? -.infinity
            if views[view].best.map({ perRow > $0.objective }) ?? true {
                views[view].best = (perRow, views[view].model)
            }
            views[view].objective = nil
        }
        if index + 1 < settings.startCount {
            for view in views.indices { views[view].model = settings.makeModel(index + 1, rowCount) }
            stage = .start(index: index + 1, round: 0)
            return
        }
        for view in views.indices {
            views[view].model = views[view].best?.model ?? views[view].model
            views[view].best = nil
        }
        try beginRounds()
    }

    mutating func absorbRound(_ sum: SharedVector, kept: KeptState, round: Int) throws(TrainingError) {
        let changes = try absorb(intoViews: sum, kept: kept)
        let isStill = changes.allSatisfy { change in
            change.map { abs($0) < settings.objectiveTolerance } ?? false
        }
        if isStill {
            hasConverged = true
            try endRounds(count: round + 1)
        } else if round + 1 < settings.roundsMaximum {
            stage = .round(round + 1)
        } else {
            try endRounds(count: round + 1)
        }
    }
}
