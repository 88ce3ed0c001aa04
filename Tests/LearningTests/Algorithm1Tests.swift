import Consensus
import Foundation
import GraphicalMixture
import Learning
import LinearAlgebra
import Models
import Testing
import Topology

/// The golden runs of Algorithm 1 in plain numpy; recipe and format lie beside the files.
struct GoldenRun: Decodable {
    let columnCount: Int
    let patternCount: Int
    let rounds: Int
    let sparsity: Double
    let priorStrength: Double
    let seed: UInt64
    let valueLimit: Double
    let rows: [[Double]]
    let mean: [Double]
    let scale: [Double]
    let counts: [Double]
    let means: [Double]
    let precisions: [Double]
    let weights: [[Double]]

    static func load(participants: Int) throws -> GoldenRun {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "GraphicalMixtureTests/Golden/algorithm1-\(participants).json")
        return try JSONDecoder().decode(GoldenRun.self, from: Data(contentsOf: file))
    }

    /// The whole way: scales, moments, ten rounds, every sum by consensus between separate members.
    func network(masks: Bool) throws -> MemberNetwork {
        let width = columnCount
        let settings = GraphicalMixtureSettings(
            patternCount: patternCount, sparsity: sparsity, priorStrength: priorStrength, seed: seed)
        let training = TrainingSettings(
            columnCount: width, valueLimit: valueLimit, startCount: 1, roundsMaximum: rounds,
            objectiveTolerance: 0, sumTolerance: 1e-9, participantCount: rows.count
        ) { start, rowCount in
            GraphicalMixtureModel(columnCount: width, settings: settings, start: start, rowCount: rowCount)
        }
        let learning = try SmallNetwork.learning(
            participants: rows.count, chunks: 2, masks: masks,
            topology: GraphRecipe(family: .cycleInverseChords, degree: 3, seed: 1))
        let rows = rows
        return try MemberNetwork(memberCount: rows.count, seed: 3) { member, record in
            let own = Matrix(
                rowCount: rows[member].count / width, columnCount: width, elements: rows[member])
            return try LearningInstance(
                settings: learning, member: member, trainer: Trainer(rows: own, settings: training),
                authenticator: KeyedAuthenticator(member: member), recovered: record)
        }
    }
}

@Suite struct Algorithm1Tests {
    /// Without masks a sum is off by 1e-9 of its range; with masks of 2¹⁶ ranges the last digits are noise.
    static let relativeTolerances = [false: 1e-6, true: 1e-4]

    @Test(arguments: [3, 31], [false, true])
    func `ten rounds over consensus equal Algorithm 1 with exact sums in numpy`(
        participants: Int, masks: Bool
    ) throws {
        let golden = try GoldenRun.load(participants: participants)
        var network = try golden.network(masks: masks)
        try network.run()
        #expect(network.finished.allSatisfy { $0 })
        let tolerance = try #require(Self.relativeTolerances[masks])
        for (index, member) in network.members.enumerated() {
            let trainer = try #require(member?.trainer)
            let standardisation = try #require(trainer.standardisation)
            expect(standardisation.mean, closeTo: golden.mean, relative: tolerance, "mean")
            expect(standardisation.scale, closeTo: golden.scale, relative: tolerance, "scale")
            let snapshot = try #require(trainer.model?.snapshot())
            let shared = Dictionary(uniqueKeysWithValues: snapshot.shared.map { ($0.name, $0.values) })
            expect(try #require(shared["counts"]), closeTo: golden.counts, relative: tolerance, "N")
            expect(try #require(shared["means"]), closeTo: golden.means, relative: tolerance, "mu")
            expect(
                try #require(shared["precisions"]), closeTo: golden.precisions, relative: tolerance, "lambda")
            let weights = try #require(snapshot.kept.first { $0.name == "weights" }?.values)
            expect(weights, closeTo: golden.weights[index], relative: tolerance, "pi")
        }
    }

    /// The largest difference, relative to the largest entry.
    private func expect(
        _ found: [Double], closeTo golden: [Double], relative: Double, _ name: Comment
    ) {
        #expect(found.count == golden.count, name)
        let largest = golden.map { abs($0) }.max() ?? 0
        let difference = zip(found, golden).map { abs($0 - $1) }.max() ?? .infinity
        #expect(difference <= relative * largest, name)
    }
}
