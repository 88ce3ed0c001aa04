import Consensus
import Models
import Privacy
import Sodium
import GraphicalMixture
import Testing
import Topology

@testable import Agreement

@Suite struct NetworkAgreementTests {
    @Test func `the shortest agreement has every default`() throws {
        let agreement = try SampleFiles.read(SampleFiles.agreement())
        #expect(agreement.name == "metro-clinics")
        #expect(agreement.columns == ["radius", "texture", "perimeter"])
        #expect(agreement.participants.map(\.name) == ["north", "south", "west"])
        #expect(agreement.participants[2].address == NetworkAddress(host: "::1", port: 7440))
        #expect(agreement.settings == AgreementSettings())
        #expect(agreement.settings.topology == GraphRecipe(family: .randomRegular, degree: 4, seed: 1))
        #expect(agreement.settings.consensus.weights == .chebyshev)
        #expect(agreement.settings.consensus.tolerance == 1e-9)
        #expect(agreement.settings.consensus.protection == ProtectionAgreement(chunks: 2))
        #expect(agreement.settings.rounds == RoundSettings(maximum: 20, tolerance: 1e-5))
        #expect(agreement.settings.valueLimit == 8)
        #expect(agreement.settings.deadlines.step == nil)
        #expect(agreement.settings.deadlines.session == .seconds(30))
        #expect(agreement.index(of: try SampleFiles.identity(2)) == 1)
        #expect(agreement.index(named: "west") == 2)
        #expect(agreement.index(of: try SampleFiles.identity(9)) == nil)
    }

    @Test func `the example of the manual is read, without what this version lacks`() throws {
        let agreement = try SampleFiles.read(SampleFiles.agreement(Self.example))
        #expect(agreement.settings == AgreementSettings())
    }

    @Test func `every key is read`() throws {
        let agreement = try SampleFiles.read(
            SampleFiles.agreement(
                """
                topology: {family: ring, degree: 2, seed: 7}
                consensus:
                  weights: paper
                  tolerance: 1e-6
                  protection: {chunks: 3, relabel: false, masks: {degree: 10}, self-masks: false}
                standardise: local
                model: {kind: graphical-mixture, patterns: 4, initialise: scatter, shape: own, sparsity: 0, prior-strength: 2.5, starts: 1, seed: 18446744073709551615}
                score: paper
                privacy: {l-diversity: 7.5, on-violation: warn}
                rounds: {maximum: 5, tolerance: 0}
                limits: {value: 16}
                quorum: 3
                deadlines: {step: 750ms, session: 2m, grace: 0s}
                """))
        let settings = agreement.settings
        #expect(settings.topology == GraphRecipe(family: .ring, degree: 2, seed: 7))
        #expect(settings.consensus.weights == .paper)
        #expect(settings.consensus.tolerance == 1e-6)
        #expect(
            settings.consensus.protection
                == ProtectionAgreement(
                    chunks: 3, relabel: false, masks: .on(degree: 10), selfMasks: false))
        #expect(
            settings.model
                == .graphicalMixture(
                    MixtureSettings(
                        patterns: 4, initialise: .scatter, shape: .own, sparsity: 0, priorStrength: 2.5,
                        starts: 1,
                        seed: .max)))
        #expect(settings.standardise == .local)
        #expect(settings.score == .paper)
        #expect(settings.privacy == PrivacySettings(lDiversity: .atLeast(7.5), onViolation: .warn))
        #expect(settings.rounds == RoundSettings(maximum: 5, tolerance: 0))
        #expect(settings.valueLimit == 16)
        #expect(settings.quorum == .atLeast(3))
        #expect(settings.deadlines.step == .milliseconds(750))
        #expect(settings.deadlines.session == .seconds(120))
        #expect(settings.deadlines.grace == .zero)
    }

    @Test func `columns named like other YAML values are text`() throws {
        let text = try SampleFiles.agreement().replacing(
            "[radius, texture, perimeter]", with: "[no, 1, 'x y']")
        #expect(try SampleFiles.read(text).columns == ["no", "1", "x y"])
    }

    @Test func `an agreement written out reads as itself`() throws {
        var agreement = try SampleFiles.read(SampleFiles.agreement())
        #expect(try SampleFiles.read(agreement.yaml()) == agreement)
        agreement = NetworkAgreement(
            name: "odd",
            columns: ["no", "a \"b\" \\", "µ: #", "-", "\u{2028}", "x"] + (0..<60).map { "x\($0)" },
            participants: agreement.participants,
            settings: AgreementSettings(
                topology: try GraphRecipe(edges: [(0, 1), (1, 2)]),
                consensus: ConsensusSettings(
                    weights: .optimal, tolerance: 3e-7,
                    protection: ProtectionAgreement(chunks: 1, relabel: false)),
                standardise: .local,
                model: .graphicalMixture(
                    MixtureSettings(
                        patterns: 3, initialise: .scatter, shape: .own, sparsity: 0.25, starts: 2, seed: .max)
                ),
                score: .paper, privacy: PrivacySettings(lDiversity: .atLeast(9), onViolation: .warn),
                rounds: RoundSettings(maximum: 7, tolerance: 0), valueLimit: 12.5, quorum: .atLeast(2),
                deadlines: DeadlineSettings(step: .milliseconds(1500), session: .seconds(60), grace: .zero)))
        #expect(try SampleFiles.read(agreement.yaml()) == agreement)
        agreement.settings.consensus.protection.masks = .off
        #expect(try SampleFiles.read(agreement.yaml()) == agreement)
        agreement.settings.topology = GraphRecipe(family: .ring, degree: 2, seed: 7)
        agreement.settings.consensus.protection.masks = .on(degree: 2)
        #expect(try SampleFiles.read(agreement.yaml()) == agreement)
        agreement.settings.consensus = ConsensusSettings(
            method: .exact,
            protection: ProtectionAgreement(chunks: 1, relabel: false, masks: .off, shamirThreshold: 1))
        #expect(try SampleFiles.read(agreement.yaml()) == agreement)
    }

    /// Every optional section of docs/interface.md.
    static let example = """
        topology: {family: random-regular, degree: 4, seed: 1}
          # family: cycle-inverse-chords | random-regular | hypercube | ring | complete; or instead of a family
          # edges: [[0,1],[1,2]] (0-based, in the order of participants)
        consensus:
          method: dynamical                           # dynamical | exact
          weights: chebyshev                          # paper (Eq. 3: 1/S) | max-degree | optimal | chebyshev | finite
          tolerance: 1e-9
          protection: {chunks: 2, relabel: true, masks: true, self-masks: true}
        standardise: both                             # shared | local | both
        model: {kind: graphical-mixture, patterns: 16, initialise: split, shape: common, sparsity: 0.01, prior-strength: 1}
        score: calibrated                             # density (−ln p) | paper (Eq. 19) | calibrated
        privacy: {l-diversity: auto, on-violation: auto}   # warn | hold | noise | suppress
        rounds: {maximum: 20, tolerance: 1e-5}
        limits: {value: 8}
        quorum: majority                              # or a larger count
        deadlines: {step: adaptive, session: 30s, grace: 5s}
        """
}
