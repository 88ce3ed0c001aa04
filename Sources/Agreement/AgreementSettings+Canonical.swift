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
            ("protection", canonicalProtection),
        ]
        return .object(common + averaging)
    }

    private var canonicalProtection: CanonicalValue {
        let protection = consensus.protection
        // Nothing else is in force beside shares.
        if let threshold = protection.shamirThreshold {
            return .object([("shamir", .object([("threshold", .integer(threshold))]))])
        }
        let masks: CanonicalValue =
            switch protection.masks {
            case .off: .bool(false)
            case .on(degree: nil): .bool(true)
            case .on(let degree?): .object([("degree", .integer(degree))])
            }
        return .object([
            ("chunks", .integer(protection.chunks)), ("relabel", .bool(protection.relabel)),
            ("masks", masks), ("self-masks", .bool(protection.hasSelfMasks)),
        ])
    }

    private var canonicalPrivacy: CanonicalValue {
        let diversity: CanonicalValue =
            switch privacy.lDiversity {
            case .auto: .text("auto")
            case .atLeast(let value): .number(value)
            }
        return .object(
            [("l-diversity", diversity), ("on-violation", .text(privacy.onViolation.rawValue))]
                + (privacy.dp.map { [("dp", $0.canonical)] } ?? []))
    }

    private var canonicalQuorum: CanonicalValue {
        switch quorum {
        case .majority: .text("majority")
        case .atLeast(let count): .integer(count)
        }
    }
}
