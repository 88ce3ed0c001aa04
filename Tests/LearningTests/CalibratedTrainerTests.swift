import Consensus
import Detection
import GraphicalMixture
import Learning
import LinearAlgebra
import Models
import Testing

/// The whole recipe over exact sums, and over a network with crashes.
@Suite struct CalibratedTrainerTests {
    static func training(
        participants: Int, coordinates: [CoordinateSystem] = [.shared, .local], patterns: Int = 4
    ) -> TrainingSettings {
        TrainingSettings(
            columnCount: 3, valueLimit: 8, coordinates: coordinates, isCalibrated: true, startCount: 1,
            roundsMaximum: 3, objectiveTolerance: 0, sumTolerance: 1e-9, participantCount: participants
        ) { start, rowCount in
            GraphicalMixtureModel(
                columnCount: 3,
                settings: GraphicalMixtureSettings(
                    patternCount: patterns, sparsity: 0.01, priorStrength: 1, origin: .split, shape: .common,
                    seed: 1), start: start, rowCount: rowCount)
        }
    }

    static func trainers(_ rows: [Matrix], _ settings: TrainingSettings) throws -> [Trainer] {
        try rows.map { try Trainer(rows: $0, settings: settings) }
    }

    /// One exchange with exact sums.
    static func exchange(_ trainers: inout [Trainer]) throws {
        let updates = trainers.map { $0.localUpdate() }
        let layout = updates[0].shared.layout
        let isMaximum = trainers[0].stage.isMaximum
        var clipped = 0
        for update in updates {
            #expect(update.shared.layout == layout)
            _ = layout.normalised(update.shared.values, clippedCount: &clipped)
        }
        #expect(clipped == 0)
        let sum = (0..<layout.count).map { entry in
            let values = updates.map { $0.shared.values[entry] }
            return isMaximum ? values.max() ?? 0 : values.reduce(0, +)
        }
        for index in trainers.indices {
            try trainers[index].absorb(SharedVector(layout: layout, values: sum), kept: updates[index].kept)
        }
    }

    static let rows = (0..<3).map { SmallNetwork.rows($0, columns: 3) }

    @Test func `stages come in order, all agree in every one, and no vector is longer than foretold`() throws
    {
        let settings = Self.training(participants: 3)
        var trainers = try Self.trainers(Self.rows, settings)
        var stages: [TrainingStage] = []
        while trainers[0].stage != .finished {
            stages.append(trainers[0].stage)
            #expect(trainers[0].layout.count <= settings.vectorCountMax)
            try Self.exchange(&trainers)
            #expect(trainers.allSatisfy { $0.agreedBytes() == trainers[0].agreedBytes() })
        }
        #expect(
            stages.prefix(6) == [.scales, .mean, .deviation, .variance, .spread, .start(index: 0, round: 0)])
        #expect(stages.suffix(4) == [.round(0), .round(1), .round(2), .calibration])
        #expect(trainers[0].finishedRoundCount == 3)
    }

    @Test func `a trainer put back after any exchange goes on with the same bits`() throws {
        var trainers = try Self.trainers(Self.rows, Self.training(participants: 3))
        while trainers[0].stage != .finished {
            try Self.exchange(&trainers)
            for index in trainers.indices {
                var fresh = try Trainer(rows: Self.rows[index], settings: trainers[index].settings)
                try fresh.restore(agreed: trainers[index].agreedBytes(), kept: trainers[index].keptBytes())
                #expect(fresh.agreedBytes() == trainers[index].agreedBytes())
                #expect(fresh.keptBytes() == trainers[index].keptBytes())
                if index == 1 { trainers[index] = fresh }
            }
        }
        #expect(trainers[0].agreedBytes() == trainers[1].agreedBytes())
        let scores = trainers[1].trainingScores(kind: .calibrated)
        #expect(scores.allSatisfy { $0.isFinite })
    }

    @Test func `state cut short is refused at every length`() throws {
        var trainers = try Self.trainers(Self.rows, Self.training(participants: 3, patterns: 2))
        while trainers[0].stage != .finished { try Self.exchange(&trainers) }
        let (agreed, kept) = (trainers[0].agreedBytes(), trainers[0].keptBytes())
        var fresh = try Trainer(rows: Self.rows[0], settings: trainers[0].settings)
        for count in stride(from: 0, to: agreed.count, by: 7) {
            #expect(throws: TrainingError.self) {
                try fresh.restore(agreed: Array(agreed.prefix(count)), kept: kept)
            }
        }
        for count in stride(from: 0, to: kept.count, by: 7) {
            #expect(throws: TrainingError.self) {
                try fresh.restore(agreed: agreed, kept: Array(kept.prefix(count)))
            }
        }
        #expect(fresh.stage == .scales)
    }

    @Test func `the blend is the mean of the views, with the own one by its weight`() throws {
        var trainers = try Self.trainers(Self.rows, Self.training(participants: 3))
        while trainers[0].stage != .finished { try Self.exchange(&trainers) }
        let detector = try #require(trainers[0].detector)
        #expect(detector.views.count == 2)
        let own = try #require(detector.own)
        #expect(detector.ownWeight == Detector.ownWeight(rowCount: 12, columnCount: 3))
        let test = SmallNetwork.rows(9, columns: 3)
        let shared = Detector(views: detector.views, own: nil, ownWeight: 0)
            .scores(rawRows: test, kind: .calibrated)
        let alone = Detector(views: [own], own: nil, ownWeight: 0).scores(rawRows: test, kind: .calibrated)
        let blend = detector.scores(rawRows: test, kind: .calibrated)
        for row in blend.indices {
            let expected =
                (2 * shared[row] + detector.ownWeight * alone[row]) / (2 + detector.ownWeight)
            #expect(abs(blend[row] - expected) < 1e-12 * (1 + abs(expected)))
        }
        // An average training row scores about 0, and one in ten about 1 or more.
        let training = trainers.flatMap {
            $0.detector?.comparableScores(rawRows: $0.rawRows.matrix, kind: .calibrated) ?? []
        }
        #expect(abs(training.sorted()[training.count / 2]) < 1)
        let far = Matrix(rowCount: 1, columnCount: 3, elements: [50, -50, 50])
        #expect(detector.scores(rawRows: far, kind: .calibrated)[0] > 5)
    }

    @Test func `one participant learns in its own units alone, and has no second view`() throws {
        var single = try Trainer(
            rows: Self.rows[0], settings: Self.training(participants: 1, coordinates: [.shared]))
        try single.learnAlone()
        let detector = try #require(single.detector)
        #expect(detector.views.count == 1)
        #expect(detector.own == nil)
        #expect(detector.ownWeight == 0)
        #expect(single.trainingScores(kind: .calibrated).allSatisfy { $0.isFinite })
    }

    @Test(arguments: [[CoordinateSystem.shared], [.local]])
    func `one coordinate system is enough`(coordinates: [CoordinateSystem]) throws {
        var trainers = try Self.trainers(Self.rows, Self.training(participants: 3, coordinates: coordinates))
        while trainers[0].stage != .finished { try Self.exchange(&trainers) }
        #expect(trainers[0].detector?.views.count == 1)
        #expect(trainers[0].trainingScores(kind: .calibrated).allSatisfy { $0.isFinite })
    }

    /// Participants with one row, rows all alike, and columns that are constant here or everywhere.
    static let hardRows: [[Matrix]] = {
        let single = Matrix(rowCount: 1, columnCount: 3, elements: [1, 2, 3])
        let alike = Matrix(rowCount: 30, columnCount: 3, repeating: 4)
        var partly = SmallNetwork.rows(1, columns: 3)
        for row in 0..<partly.rowCount { partly[row, 2] = 7 }
        return [
            [single, single], [single, SmallNetwork.rows(2, columns: 3)], [alike, alike],
            [alike, single, SmallNetwork.rows(0, columns: 3)], [partly, SmallNetwork.rows(3, columns: 3)],
            [partly, partly],
        ]
    }()

    @Test(arguments: hardRows.indices)
    func `no participant's rows are too few or too flat`(index: Int) throws {
        let rows = Self.hardRows[index]
        var trainers = try Self.trainers(rows, Self.training(participants: rows.count, patterns: 16))
        while trainers[0].stage != .finished { try Self.exchange(&trainers) }
        for trainer in trainers {
            #expect(trainer.agreedBytes() == trainers[0].agreedBytes())
            #expect(trainer.trainingScores(kind: .calibrated).allSatisfy { $0.isFinite })
            let far = Matrix(rowCount: 1, columnCount: 3, elements: [1e9, 0, -1e9])
            let score = trainer.scores(rawRows: far, kind: .calibrated)[0]
            #expect(score.isFinite && score > 10)
        }
    }

    @Test(arguments: stride(from: 3, to: 100, by: 12).map { $0 })
    func `a member killed at any directive comes back and all end in one state`(hundredth: Int) throws {
        func network() throws -> MemberNetwork {
            let learning = try SmallNetwork.learning(participants: 3, method: .exact)
            let training = Self.training(participants: 3, patterns: 2)
            return try MemberNetwork(memberCount: 3, seed: 6) { member, record in
                try LearningInstance(
                    settings: learning, member: member,
                    trainer: Trainer(rows: Self.rows[member], settings: training),
                    authenticator: KeyedAuthenticator(member: member), recovered: record)
            }
        }
        var undisturbed = try network()
        try undisturbed.run()
        var disturbed = try network()
        disturbed.killAt = (member: 1, directive: undisturbed.carriedOut[1] * hundredth / 100)
        try disturbed.run()
        #expect(disturbed.kills == 1)
        #expect(disturbed.failures.allSatisfy { $0 == nil })
        let hashes = (undisturbed.members + disturbed.members).map { $0?.status.stateHash }
        #expect(hashes.allSatisfy { $0 == hashes[0] })
        #expect(
            disturbed.members[1]?.trainer.keptBytes() == undisturbed.members[1]?.trainer.keptBytes())
    }
}
