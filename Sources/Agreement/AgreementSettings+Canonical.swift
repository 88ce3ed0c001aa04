import Consensus
import Models
import Privacy
import Topology

extension AgreementSettings {
    /// The sections with all defaults filled in, under the keys of the file; durations in seconds.
    var canonicalEntries: [(String, CanonicalValue)] {
        [
            ("topology", canonicalTopology),
            ("consensus", canonicalConsensus),
            ("standardise", .text(standardise.rawValue)),
            ("model", .object(ModelCatalogue.entries(of: model))),
            ("score", .text(score.rawValue)),
            ("privacy", canonicalPrivacy),
            (
                "rounds",
                .object([("maximum", .integer(rounds.maximum)), ("tolerance", .number(rounds.tolerance))])
            ),
            ("limits", .object([("value", .number(valueLimit))])),
            ("quorum", canonicalQuorum),
            (
                "deadlines",
                .object([
                    ("step", deadlines.step.map { .number($0.configurationSeconds) } ?? .text("adaptive")),
                    ("session", .number(deadlines.session.configurationSeconds)),
                    ("grace", .number(deadlines.grace.configurationSeconds)),
                ])
            ),
        ]
    }

    private var canonicalTopology: CanonicalValue {
        switch topology.source {
        case .family(let family, let degree, let seed):
            .object([
                ("family", .text(family.rawValue)), ("degree", .integer(degree)), ("seed", .seed(seed)),
            ])
        case .edges(let edges):
            .object([("edges", .list(edges.map { .list([.integer($0.low), .integer($0.high)]) }))])
        }
    }

    private var canonicalConsensus: CanonicalValue {
        let masks: CanonicalValue =
            switch consensus.protection.masks {
            case .off: .bool(false)
            case .on(degree: nil): .bool(true)
            case .on(let degree?): .object([("degree", .integer(degree))])
            }
        let averaging: [(String, CanonicalValue)] =
            switch consensus.method {
            case .dynamical:
                [
                    ("weights", .text(consensus.weights.rawValue)),
                    ("tolerance", .number(consensus.tolerance)),
                ]
            case .exact: []
            }
        let common: [(String, CanonicalValue)] = [
            ("method", .text(consensus.method.rawValue)),
            (
                "protection",
                .object([
                    ("chunks", .integer(consensus.protection.chunks)),
                    ("relabel", .bool(consensus.protection.relabel)),
                    ("masks", masks),
                    ("self-masks", .bool(consensus.protection.hasSelfMasks)),
                ])
            ),
        ]
        return .object(common + averaging)
    }

    private var canonicalPrivacy: CanonicalValue {
        let diversity: CanonicalValue =
            switch privacy.lDiversity {
            case .auto: .text("auto")
            case .atLeast(let value): .number(value)
            }
        return .object([
            ("l-diversity", diversity), ("on-violation", .text(privacy.onViolation.rawValue)),
        ])
    }

    private var canonicalQuorum: CanonicalValue {
        switch quorum {
        case .majority: .text("majority")
        case .atLeast(let count): .integer(count)
        }
    }
}
