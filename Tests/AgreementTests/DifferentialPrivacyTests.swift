import Consensus
import GraphicalMixture
import Learning
import LinearAlgebra
import Models
import Privacy
import TaskAutoencoder
import Testing
import Topology

@testable import Agreement

/// The section `privacy.dp`, and what it asks of the others.
@Suite struct DifferentialPrivacyTests {
    static let section = "privacy: {dp: {epsilon: 4, range: [0, 1]}}"

    @Test func `the defaults are those of the manual`() throws {
        let settings = try SampleFiles.topology(Self.section).settings
        let dp = try #require(settings.privacy.dp)
        #expect(dp.target == PrivacyTarget(epsilon: 4, delta: 1e-5))
        #expect(dp.clip == nil && dp.colluders == nil && dp.rate == 1)
        #expect(dp.ranges == [0...1])
        #expect(settings.standardise == .shared)
        #expect(settings.rounds == RoundSettings(maximum: 4, tolerance: 0))
        guard case .graphicalMixture(let mixture) = settings.model else {
            Issue.record("another kind")
            return
        }
        #expect(mixture.patterns == 8 && mixture.starts == 1)
        #expect(mixture.shape == .spherical)
        let training = settings.training(columnCount: 9, participantCount: 8)
        let privacy = try #require(training.privacy)
        // Sizes 1, 2 and 4, then four rounds at 8; quorum 5, of whom (8 − 1)/3 may collude.
        #expect(privacy.plan.roundCount == 7)
        #expect(privacy.ranges == Array(repeating: 0...1, count: 9))
        #expect(privacy.share == 1 / 3.0.squareRoot())
        // Alone nothing leaves, so nothing is noisy.
        #expect(settings.training(columnCount: 9, participantCount: 1).privacy == nil)
        #expect(training.alone.privacy == nil)
        #expect(training.alone.roundsMaximum == RoundSettings().maximum)
    }

    @Test func `an autoencoder takes one gradient a round of a tenth of the rows`() throws {
        let settings = try SampleFiles.topology("model: {kind: autoencoder}\n" + Self.section).settings
        guard case .autoencoder(let autoencoder) = settings.model else {
            Issue.record("another kind")
            return
        }
        #expect(autoencoder.schedule == .gradient(encoderSteps: 1))
        #expect(autoencoder.trim == 0 && autoencoder.latentCount == 8 && autoencoder.share == .all)
        #expect(autoencoder.roundCount == settings.rounds.maximum)
        #expect(settings.privacy.dp?.rate == 0.1)
        let plan = try #require(settings.training(columnCount: 9, participantCount: 8).privacy?.plan)
        #expect(plan.rate == 0.1 && plan.roundCount == settings.rounds.maximum)
    }

    @Test func `noise is smaller where all must take part, and whole where all others may collude`() throws {
        func share(_ more: String) throws -> Double? {
            try SampleFiles.topology("simulation: {participants: 8}\n" + more).settings
                .training(columnCount: 3, participantCount: 8).privacy?.share
        }
        #expect(try share("quorum: 8\n" + Self.section) == 1 / 6.0.squareRoot())
        #expect(try share("quorum: 8\nprivacy: {dp: {epsilon: 4, range: [0, 1], colluders: 7}}") == 1)
        // Whoever takes part is one already: it takes its own noise off.
        #expect(try share("privacy: {dp: {epsilon: 4, range: [0, 1], colluders: 0}}") == 1 / 4.0.squareRoot())
    }

    @Test(arguments: [(2, "", 1.0), (3, "", 2), (3, "quorum: 2\n", 1), (4, "", 2)])
    func `in a network of few the noise is whole without any one of them`(
        count: Int, more: String, honest: Double
    ) throws {
        let settings = try SampleFiles.topology(
            "simulation: {participants: \(count)}\n" + more + Self.section
        )
        .settings
        let share = settings.training(columnCount: 3, participantCount: count).privacy?.share
        #expect(share == 1 / honest.squareRoot())
    }

    /// Three neighbours of nine, or of thirty-one, are fewer than the colluders; and without self masks an attempt that was
    /// given up and another one show what one participant sent.
    @Test(arguments: [
        "topology: {edges: [[0, 1], [1, 2], [2, 3], [3, 4], [4, 5], [5, 6], [6, 7], [7, 8], [8, 0]]}",
        "consensus: {protection: {masks: {degree: 2}}}", "consensus: {protection: {self-masks: false}}",
    ])
    func `where one may be seen by itself, its own noise is whole`(more: String) throws {
        let settings = try SampleFiles.topology(
            "simulation: {participants: 9}\n\(more)\n" + Self.section
        ).settings
        #expect(settings.training(columnCount: 3, participantCount: 9).privacy?.share == 1)
    }

    @Test func `no coalition of the promise's size surrounds a member or opens an attempt that was given up`()
        throws
    {
        for count in Array(3...20) + [31, 64, 65, 100] {
            let settings = try SampleFiles.topology(
                "simulation: {participants: \(count)}\nconsensus: {method: exact}\n" + Self.section
            ).settings
            let aggregation = settings.aggregation(
                networkID: [UInt8](repeating: 1, count: 32), participantCount: count)
            let colluders = settings.colluders(participantCount: count)
            let keys = try (1...count).map { try SampleFiles.identity(UInt8($0)) }
            let whole = try RosterGeometry(settings: aggregation, roster: keys)
            for size in settings.rosterMinimum(participantCount: count)...count
            where size % 7 < 2 || count < 20 {
                let geometry = try whole.reduced(to: MemberSet(0..<size, participantCount: count))
                #expect(geometry.maskGraph?.neighbours(of: 0).count == size - 1)
                let threshold = geometry.shareThreshold(of: 0)
                #expect(threshold > colluders, "\(size) of \(count)")
                // All the others but colluders that keep theirs back can open it.
                #expect(threshold <= size - 1)
            }
        }
    }

    /// Two participants that differ in one row, and so in all that they keep, see the same agreed sums and draw the same noise.
    @Test(arguments: ["graphical-mixture", "autoencoder", "deterministic-autoencoder"])
    func `in the calibration a row counts once in every reader, whatever its owner keeps`(kind: String) throws
    {
        let columns = 4
        let settings = try SampleFiles.topology(
            "model: {kind: \(kind)}\nrounds: {maximum: 3}\n"
                + "privacy: {dp: {epsilon: 8, range: [-4, 4], colluders: 0}}"
        ).settings.training(columnCount: columns, participantCount: 3)
        var generator = SeededGenerator(seed: 6, label: kind)
        var elements = NormalSampler.sample(count: 60 * columns, using: &generator)
        elements.replaceSubrange((59 * columns)..., with: [4, -4, 4, -4])
        var trainers = try [60, 59].map { count in
            try Trainer(
                rows: Matrix(
                    rowCount: count, columnCount: columns, elements: Array(elements.prefix(count * columns))),
                settings: settings)
        }
        var exchange: UInt64 = 0
        while trainers[0].stage != .calibration {
            let updates = trainers.map { trainer in
                var noise = SeededGenerator(seed: exchange, label: "noise")
                return trainer.localUpdate(using: &noise)
            }
            for (index, update) in updates.enumerated() {
                try trainers[index].absorb(updates[0].shared, kept: update.kept)
            }
            exchange += 1
        }
        let counts = trainers.map { trainer in
            var noise = SeededGenerator(seed: exchange, label: "noise")
            return trainer.localUpdate(using: &noise).shared.values
        }
        // The noise is alike, so whole numbers are left, but for the grid that it lies on.
        let differences = zip(counts[0], counts[1]).map { ($0 - $1).rounded() }
        let readers = counts[0].count / 256
        #expect(readers >= 1)
        #expect(differences.map { abs($0) }.reduce(0, +) == Double(readers))
        #expect(differences.reduce(0, +) == Double(readers))
    }

    @Test func `every key of the section counts in the network id`() throws {
        func id(_ section: String) throws -> [UInt8] {
            try SampleFiles.topology(section).networkID(participantCount: 5)
        }
        let base = try id(Self.section)
        #expect(try id("privacy: {}") != base)
        for other in [
            "epsilon: 5, range: [0, 1]", "epsilon: 4, range: [0, 2]",
            "epsilon: 4, range: [0, 1], delta: 1e-6",
            "epsilon: 4, range: [0, 1], clip: 3", "epsilon: 4, range: [0, 1], colluders: 1",
        ] { #expect(try id("privacy: {dp: {\(other)}}") != base, "\(other)") }
        #expect(try id("privacy: {dp: {epsilon: 4, range: [0, 1], unit: row, clip: auto}}") == base)
    }

    @Test(arguments: [
        ("privacy: {dp: {range: [0, 1]}}", "privacy.dp.epsilon"),
        ("privacy: {dp: {epsilon: 4}}", "privacy.dp.range"),
        ("privacy: {dp: {epsilon: 0, range: [0, 1]}}", "privacy.dp.epsilon"),
        ("privacy: {dp: {epsilon: 0.01, delta: 1e-12, range: [0, 1]}}", "privacy.dp.epsilon"),
        ("privacy: {dp: {epsilon: 4, delta: 1, range: [0, 1]}}", "privacy.dp.delta"),
        ("privacy: {dp: {epsilon: 4, range: [1, 1]}}", "privacy.dp.range"),
        ("privacy: {dp: {epsilon: 4, range: [0, 1, 2]}}", "privacy.dp.range[0]"),
        ("privacy: {dp: {epsilon: 4, range: [[0, 1], [2]]}}", "privacy.dp.range[1]"),
        ("privacy: {dp: {epsilon: 4, range: []}}", "privacy.dp.range"),
        ("privacy: {dp: {epsilon: 4, range: [0, 1], unit: participant}}", "privacy.dp.unit"),
        ("privacy: {dp: {epsilon: 4, range: [0, 1], clip: 0}}", "privacy.dp.clip"),
        ("privacy: {dp: {epsilon: 4, range: [0, 1], rate: 0.5}}", "privacy.dp.rate"),
        ("privacy: {dp: {epsilon: 4, range: [0, 1], epsilom: 1}}", "privacy.dp.epsilom"),
        (
            "quorum: 4\nsimulation: {participants: 5}\nprivacy: {dp: {epsilon: 4, range: [0, 1], colluders: 4}}",
            "privacy.dp.colluders"
        ),
        ("standardise: both\n\(section)", "standardise"),
        ("standardise: local\n\(section)", "standardise"),
        ("rounds: {tolerance: 1e-5}\n\(section)", "rounds.tolerance"),
        ("model: {initialise: scatter, starts: 3}\n\(section)", "model.starts"),
        ("model: {kind: autoencoder, trim: 0.1}\n\(section)", "model.trim"),
        ("model: {kind: autoencoder, steps: 5}\n\(section)", "model.steps"),
        ("model: {kind: autoencoder, batch: 5}\n\(section)", "model.batch"),
        ("consensus: {protection: {masks: false}}\n\(section)", "consensus.protection.masks"),
        (
            "consensus: {method: exact, protection: {shamir: {threshold: 1}}}\n"
                + "privacy: {dp: {epsilon: 4, range: [0, 1], colluders: 2}}", "consensus.protection.shamir"
        ),
    ])
    func `what is wrong or not covered is refused at its key`(text: String, key: String) {
        let problems = SampleFiles.problems { _ = try SampleFiles.topology(text) }
        #expect(problems.first?.key == key, "\(problems)")
        for problem in problems {
            #expect(!problem.message.isEmpty && !problem.fix.isEmpty)
        }
    }

    @Test func `an agreement names one range, or one a column`() throws {
        let two = "privacy: {dp: {epsilon: 4, range: [[0, 1], [0, 255]]}}"
        let problems = SampleFiles.problems { _ = try SampleFiles.read(SampleFiles.agreement(two)) }
        #expect(problems.map(\.key) == ["privacy.dp.range"])
        let three = "privacy: {dp: {epsilon: 4, range: [[0, 1], [0, 255], [-1, 1]]}}"
        let agreement = try SampleFiles.read(SampleFiles.agreement(three))
        #expect(agreement.settings.privacy.dp?.ranges == [0...1, 0...255, -1...1])
        let read = try SampleFiles.read(agreement.yaml())
        #expect(read.networkID == agreement.networkID)
    }

    @Test func `keys of an autoencoder may be set beside it, and stand in the file that is written`() throws {
        let model = "model: {kind: autoencoder, latent: 4, learning-rate: 0.01, share: decoder}"
        let three = "privacy: {dp: {epsilon: 4, range: [0, 1]}}"
        let agreement = try SampleFiles.read(SampleFiles.agreement("\(model)\n\(three)"))
        guard case .autoencoder(let autoencoder) = agreement.settings.model else {
            Issue.record("another kind")
            return
        }
        #expect(autoencoder.latentCount == 4 && autoencoder.learningRate == 0.01)
        #expect(autoencoder.share == .decoder)
        #expect(try SampleFiles.read(agreement.yaml()).networkID == agreement.networkID)
    }

    @Test func `a new agreement takes the defaults that fit what is laid over it`() throws {
        let draft = try SampleFiles.read(SampleFiles.agreement(""))
        let agreement = try NetworkAgreement(
            yaml: Array(draft.yamlWithoutSettings().utf8), path: "network.yaml",
            overrides: ["privacy.dp.epsilon=4", "privacy.dp.range=[0, 1]"].map {
                try SettingOverride(argument: $0)
            })
        #expect(agreement.settings.standardise == .shared)
        guard case .graphicalMixture(let mixture) = agreement.settings.model else {
            Issue.record("another kind")
            return
        }
        #expect(mixture.shape == .spherical)
        #expect(try SampleFiles.read(draft.yamlWithoutSettings()).networkID == draft.networkID)
    }
}
