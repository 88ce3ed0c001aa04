import Consensus
import Testing
import Topology

@testable import Agreement

/// Every combination of the settings of a sum is either taken or refused with a reason.
@Suite struct ConsensusCombinationTests {
    /// Values of one setting as they stand in a file; `nil` leaves it out.
    struct Axis {
        let key: String
        let values: [String?]
    }

    static let axes = [
        Axis(key: "consensus.method", values: [nil, "dynamical", "exact"]),
        Axis(key: "consensus.weights", values: [nil, "paper", "finite"]),
        Axis(key: "consensus.protection.chunks", values: [nil, "1", "3"]),
        Axis(key: "consensus.protection.relabel", values: [nil, "true", "false"]),
        Axis(key: "consensus.protection.masks", values: [nil, "true", "false", "{degree: 3}"]),
        Axis(key: "consensus.protection.self-masks", values: [nil, "true", "false"]),
        Axis(key: "consensus.protection.shamir", values: [nil, "{threshold: 1}", "{threshold: 2}"]),
        Axis(
            key: "topology", values: [nil, "{family: ring}", "{edges: [[0,1],[1,2],[2,3],[3,4],[4,0]]}"]),
        Axis(key: "quorum", values: [nil, "4", "5"]),
    ]

    /// The combinations by number.
    static let count = axes.reduce(1) { $0 * $1.values.count }

    static func combination(_ number: Int) -> [String: String] {
        var rest = number
        var chosen: [String: String] = [:]
        for axis in axes {
            chosen[axis.key] = axis.values[rest % axis.values.count]
            rest /= axis.values.count
        }
        return chosen
    }

    /// Why a combination is refused: the pairs of keys that do not go together. An empty list takes it.
    ///
    /// What says nothing in a combination (`weights` of exact sums, `relabel` along edges or beside shares) is taken.
    static func refusals(_ chosen: [String: String]) -> Set<String> {
        let protection = "consensus.protection."
        let masks = chosen[protection + "masks"]
        let hasEdges = chosen["topology"]?.contains("edges") == true
        var reasons: Set<String> = []
        if masks?.contains("degree") == true, hasEdges {
            reasons.insert("\(protection)masks.degree × topology.edges")
        }
        guard chosen[protection + "shamir"] != nil else {
            if masks == "false", chosen[protection + "self-masks"] == "true" {
                reasons.insert("\(protection)self-masks × \(protection)masks")
            }
            return reasons
        }
        let shamir = "\(protection)shamir × "
        if chosen["consensus.method"] != "exact" { reasons.insert(shamir + "consensus.method") }
        if hasEdges { reasons.insert(shamir + "topology.edges") }
        if let masks, masks != "false" { reasons.insert(shamir + protection + "masks") }
        if chosen[protection + "self-masks"] == "true" {
            reasons.insert(shamir + protection + "self-masks")
        }
        if chosen[protection + "chunks"] == "3" { reasons.insert(shamir + protection + "chunks") }
        return reasons
    }

    /// The file, as short as its settings allow.
    static func file(_ chosen: [String: String], participants: Int = 5) -> String {
        var lines = ["simulation: {participants: \(participants)}"]
        for key in ["topology", "quorum"] { if let value = chosen[key] { lines.append("\(key): \(value)") } }
        let protection = axes.map(\.key).filter { $0.hasPrefix("consensus.protection.") }.compactMap { key in
            chosen[key].map { "\(key.split(separator: ".")[2]): \($0)" }
        }
        let consensus =
            ["method", "weights"].compactMap { name in chosen["consensus.\(name)"].map { "\(name): \($0)" } }
            + ["protection: {\(protection.joined(separator: ", "))}"]
        lines.append("consensus: {\(consensus.joined(separator: ", "))}")
        return lines.joined(separator: "\n")
    }

    @Test
    func `every combination is taken and can be planned, or refused with a reason that names both keys`()
        throws
    {
        var taken = 0
        var refused = 0
        let roster = try (0..<5).map { try SampleFiles.identity(UInt8($0 + 1)) }
        var planned: Set<String> = []
        for number in 0..<Self.count {
            let chosen = Self.combination(number)
            let text = Self.file(chosen)
            let expected = Self.refusals(chosen)
            var found: Set<String> = []
            do {
                let file = try SampleFiles.topology(text)
                taken += 1
                // One plan for each combination of what is in force.
                let settings = file.settings.aggregation(
                    networkID: [UInt8](repeating: 1, count: 32), participantCount: roster.count)
                if planned.insert(
                    "\(settings.method) \(settings.weights) \(settings.protection) \(settings.topology)"
                ).inserted {
                    _ = try RosterGeometry(settings: settings, roster: roster)
                }
            } catch let error as ConfigurationProblems {
                refused += 1
                for problem in error.problems {
                    switch problem.fault {
                    case .doesNotCombine(let otherKey, _):
                        found.insert("\(problem.key) × \(otherKey)")
                        #expect(
                            problem.message.contains("\(problem.key) does not combine with \(otherKey): "))
                        #expect(problem.fix.contains(problem.key))
                    case .outOfRange(_, let allowed) where problem.key.hasSuffix("self-masks"):
                        found.insert("\(problem.key) × consensus.protection.masks")
                        #expect(allowed.contains("consensus.protection.masks is false"))
                    default: Issue.record("\(problem) in \(text)")
                    }
                }
            }
            #expect(found == expected, "\(text)")
        }
        #expect(taken + refused == Self.count && taken > 500 && refused > 500)
    }

    /// Participants, quorum, threshold, and whether they go together.
    @Test(
        arguments: [
            (3, nil, 1, true), (3, nil, 2, false), (4, nil, 2, true), (4, nil, 3, false), (5, nil, 2, true),
            (5, nil, 3, false), (5, "4", 3, true), (5, "5", 3, true), (5, "5", 4, false), (7, nil, 3, true),
            (7, nil, 4, false), (7, "6", 5, true), (31, nil, 15, true), (31, nil, 16, false),
            (31, "21", 20, true),
        ] as [(Int, String?, Int, Bool)])
    func `a threshold leaves the quorum enough shares and one participant to spare`(
        participants: Int, quorum: String?, threshold: Int, isTaken: Bool
    ) throws {
        var chosen = [
            "consensus.method": "exact", "consensus.protection.shamir": "{threshold: \(threshold)}",
        ]
        chosen["quorum"] = quorum
        let problems = SampleFiles.problems {
            let file = try SampleFiles.topology(Self.file(chosen, participants: participants))
            #expect(file.settings.consensus.protection.shamirThreshold == threshold)
        }
        #expect(problems.isEmpty == isTaken)
        #expect(problems.allSatisfy { $0.key == "consensus.protection.shamir.threshold" })
    }

    @Test(arguments: [
        ("shamir: {}", "consensus.protection.shamir.threshold"),
        ("shamir: 3", "consensus.protection.shamir"),
        ("shamir: {threshold: 0}", "consensus.protection.shamir.threshold"),
        ("shamir: {threshold: two}", "consensus.protection.shamir.threshold"),
        ("shamir: {treshold: 2}", "consensus.protection.shamir.treshold"),
    ])
    func `a threshold must be there and a whole number from 1`(line: String, key: String) {
        let text = "consensus: {method: exact, protection: {\(line)}}"
        let problems = SampleFiles.problems { _ = try SampleFiles.topology(text) }
        #expect(problems.first?.key == key)
    }

    @Test func `two participants have nothing to share out`() {
        let text = Self.file(
            ["consensus.method": "exact", "consensus.protection.shamir": "{threshold: 1}", "quorum": "2"],
            participants: 2)
        let problems = SampleFiles.problems { _ = try SampleFiles.topology(text) }
        #expect(problems.map(\.key) == ["consensus.protection.shamir"])
        #expect(
            problems.first?.fix == "Agree with 3 or more participants, or remove consensus.protection.shamir."
        )
    }

    @Test func `shares change the id, and what says nothing beside them does not`() throws {
        let base = ["consensus.method": "exact", "consensus.protection.shamir": "{threshold: 1}"]
        func id(_ more: [String: String]) throws -> [UInt8] {
            try SampleFiles.topology(Self.file(base.merging(more) { $1 })).networkID(participantCount: 5)
        }
        let shared = try id([:])
        #expect(try id(["consensus.protection.shamir": "{threshold: 2}"]) != shared)
        #expect(
            try SampleFiles.topology(Self.file(["consensus.method": "exact"])).networkID(participantCount: 5)
                != shared)
        for same in [
            ["consensus.protection.masks": "false"], ["consensus.protection.self-masks": "false"],
            ["consensus.protection.chunks": "1"], ["consensus.protection.relabel": "true"],
            ["consensus.weights": "paper"],
        ] {
            #expect(try id(same) == shared, "\(same)")
        }
    }
}
