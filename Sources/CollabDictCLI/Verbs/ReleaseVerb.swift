import Agreement
import ArgumentParser
import Privacy
import Sodium

/// `collabdict release`.
struct ReleaseVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "release",
        abstract: "Draw a copy of a model for third parties, and say what Theorem 1 promises of it.",
        discussion: """
            Patterns are merged until noise leaves their centres clear, and get one variance for all columns. Centres \
            are drawn from N(w, s²(λΛ)⁻¹), their posterior at s = 1, and variances, weights and the units of the \
            columns likewise; the private part, the model in own units, the broad pattern, calibration and threshold are left \
            out. Figures printed here that depend on the data are themselves not private and are not in the file. The \
            noise is the kernel's: there is no seed, as who knows it takes the noise away. Release once: every further \
            release adds to ε.
            """)
    static let schemaName = "release"
    private static let defaultAdvantage = 0.02
    /// Of a text table; JSON has all.
    private static let shownOrders: [Double] = [1.25, 2, 4, 8, 16, 32, 64]

    @Option(help: "The model file, of a graphical mixture.") var model: String
    @Option(help: ArgumentHelp("Write the copy; never over a file that is there.", valueName: "model"))
    var output: String
    @Option(
        help: ArgumentHelp(
            "Choose s so that telling rows learnt from apart has at most this advantage, on average over rows.",
            discussion: "True less false positives of whoever tries; 0.02 when left out."))
    var advantage: Double?
    @Option(
        help: ArgumentHelp(
            "s itself, the deviation of the noise in those of the posterior.",
            discussion: "ε falls with its square; 1 is the paper's own."))
    var scale: Double?
    @Option(
        help: ArgumentHelp(
            "Leave out patterns of fewer rows than this.",
            discussion: "Left out it is max(5, columns + 2), as in the agreement."))
    var lDiversity: Double?
    @Option(
        help: ArgumentHelp(
            "R: no two rows are further apart, in standardised units.",
            discussion: "Left out it is that of the box of the default limits.value, 2·8·√columns."))
    var radius: Double?
    @Option(help: "δ of the (ε, δ) that orders are turned into.") var delta = 1e-5
    @OptionGroup var json: JSONOption
    var wantsJSON: Bool { json.wantsJSON }

    func validate() throws {
        if let scale, !(scale > 0 && scale <= 1e6) {
            throw ValidationError("--scale is above 0 and at most 1e6, not \(scale).")
        }
        if let advantage, !(advantage >= 1e-4 && advantage <= 1) {
            throw ValidationError("--advantage is 0.0001 to 1, not \(advantage).")
        }
        guard scale == nil || advantage == nil else {
            throw ValidationError("--scale and --advantage both choose the noise: give one of them.")
        }
        if let radius, !(radius > 0 && radius <= 1e9) {
            throw ValidationError("--radius is above 0 and at most 1e9, not \(radius).")
        }
        if let lDiversity, !(lDiversity >= 1 && lDiversity <= 1e6) {
            throw ValidationError("--l-diversity is 1 to 1e6, not \(lDiversity).")
        }
        guard delta > 0, delta < 1 else {
            throw ValidationError("--delta lies between 0 and 1, not \(delta).")
        }
    }

    func perform() async throws -> Answer? {
        let loaded = try LoadedModel(path: model)
        let box = 2 * 8 * Double(loaded.file.columns.count).squareRoot()
        let rowsMin = lDiversity ?? DiversityRequirement.auto.level(columnCount: loaded.file.columns.count)
        var generator = SodiumGenerator()
        let release: ModelRelease
        do {
            release = try loaded.file.released(
                scale.map { .scale($0) } ?? .advantage(advantage ?? Self.defaultAdvantage),
                radius: radius ?? box, rowsMin: rowsMin, using: &generator)
        } catch let error as ReleaseError {
            throw Failure(explaining: error, file: model)
        }
        try FileText.create(String(decoding: release.file.encoded(), as: UTF8.self), at: output)
        let figures = ReleaseFigures(release: release, delta: delta, isBox: radius == nil, output: output)
        return Answer(data: figures.value, text: figures.text(orders: Self.shownOrders))
    }
}

extension Failure {
    /// Why a model file cannot be released.
    init(explaining error: ReleaseError, file: String) {
        let (message, fix): (String, String) =
            switch error {
            case .noPatterns(let kind):
                (
                    "\(file) holds a model of kind '\(kind)': Theorem 1 is about centres of patterns, and nothing bounds "
                        + "what weights of a network tell about a row",
                    "Release a graphical mixture."
                )
            case .privateUnits:
                (
                    "\(file) has only a model in its owner's private units",
                    "Learn with standardise: both or shared."
                )
            case .tooFewRows(let required, let largest):
                (
                    "no pattern of \(file) rests on \(Figure.decimal(required, places: 0)) rows; the largest has "
                        + Figure.decimal(largest, places: 1),
                    "Learn from more rows, or lower --l-diversity."
                )
            case .alreadyReleased:
                ("\(file) is a release already", "Pass it on as it is.")
            }
        if case .tooFewRows = error {
            self.init(status: .privacyGate, code: "PRIVACY_GATE", message: message, fix: fix)
        } else {
            self.init(status: .failure, code: "NO_RELEASE", message: message, fix: fix)
        }
    }
}

/// What `release` reports, in the keys of docs/interface.md and for people.
private struct ReleaseFigures {
    let release: ModelRelease
    let delta: Double
    /// Whether R is the box's.
    let isBox: Bool
    let output: String

    /// What the figures take as given.
    private static let conditions = [
        "variances, which patterns there are, and everybody's other responsibilities are taken as given",
        "the advantage is a mean over rows distributed like the model: a row far out is easier to tell",
        "one release; EM's sums within the network have no DP",
        "rows within R of each other because they were clipped to it, not because outliers were left out",
        "the private weights, through which a row moves all responsibilities of its owner, are not counted",
    ]

    private func epsilon(_ curve: (Double) -> Double) -> CanonicalValue {
        let found = RenyiCurve(curve).epsilon(delta: delta)
        return .object([("epsilon", .finite(found.epsilon)), ("order", .finite(found.order))])
    }

    private func value(of figures: PosteriorRelease, dependsOn: [String]) -> CanonicalValue {
        .object([
            ("dependsOn", .list(dependsOn.map { .text($0) })),
            ("klDivergence", .finite(figures.theorem(order: 1))),
            (
                "orders",
                .list(
                    RenyiCurve.orders.map { order in
                        .object([
                            ("alpha", .finite(order)), ("theorem", .finite(figures.theorem(order: order))),
                            ("corrected", .finite(figures.corrected(order: order))),
                        ])
                    })
            ),
            ("theorem", epsilon(figures.theorem)), ("corrected", epsilon(figures.corrected)),
        ])
    }

    var value: CanonicalValue {
        .object([
            ("output", .text(output)), ("scale", .finite(release.measured.scale)),
            ("radius", .finite(release.measured.radius)), ("delta", .finite(delta)),
            ("leftOut", .integer(release.leftOutCount)), ("advantage", .finite(release.noise.advantage)),
            ("numbers", .integer(release.noise.numberCount)),
            ("centreDeviation", .finite(release.noise.centreDeviation)),
            ("unitDeviation", .finite(release.noise.unitDeviation)),
            (
                "patterns",
                .list(
                    release.patterns.enumerated().map { slot, pattern in
                        .object([
                            ("pattern", .integer(slot)), ("merged", .integer(pattern.partCount)),
                            ("rows", .finite(pattern.count)),
                            ("strength", .finite(pattern.strength)),
                            ("normMeasured", .finite(pattern.precisionNorm)),
                            ("normBound", .finite(pattern.precisionBound)),
                        ])
                    })
            ),
            ("measured", value(of: release.measured, dependsOn: ["counts", "variances"])),
            ("bounded", release.bounded.map { value(of: $0, dependsOn: ["counts"]) } ?? .null),
            ("conditions", .list(Self.conditions.map { .text($0) })),
            ("statement", .text(release.file.release?.statement ?? "")),
        ])
    }

    func text(orders: [Double]) -> String {
        var table = TextTable([
            ("α", .right), ("theorem, ‖Λ‖ bounded", .right), ("corrected", .right),
            ("theorem, ‖Λ‖ measured*", .right), ("corrected*", .right),
        ])
        let (measured, bounded) = (release.measured, release.bounded)
        table.append([
            "1", Figure.significant(bounded?.theorem(order: 1)), "–",
            Figure.significant(measured.theorem(order: 1)), "–",
        ])
        for order in orders {
            table.append([
                order == order.rounded() ? "\(Int(order))" : "\(order)",
                Figure.significant(bounded?.theorem(order: order)),
                Figure.significant(bounded?.corrected(order: order)),
                Figure.significant(measured.theorem(order: order)),
                Figure.significant(measured.corrected(order: order)),
            ])
        }
        func epsilon(_ curve: ((Double) -> Double)?) -> String {
            curve.map { Figure.significant(RenyiCurve($0).epsilon(delta: delta).epsilon) } ?? "–"
        }
        table.append([
            "ε, δ = \(Figure.power(delta))", epsilon(bounded.map { $0.theorem }),
            epsilon(bounded.map { $0.corrected }),
            epsilon(measured.theorem), epsilon(measured.corrected),
        ])
        let norms = release.patterns.map(\.precisionNorm)
        let noise = release.noise
        let partCount = release.patterns.reduce(0) { $0 + $1.partCount }
        let lines = [
            "written    \(output), \(release.patterns.count) patterns of \(partCount); \(release.leftOutCount) of too few rows left out",
            "noise      s = \(Figure.significant(measured.scale)) deviations of the posterior: of a centre "
                + "\(Figure.significant(noise.centreDeviation)) deviations of its pattern, of a unit a factor of about "
                + "\(Figure.significant(1 + noise.unitDeviation))",
            "advantage  at most about \(Figure.significant(noise.advantage)) of telling rows learnt from, on average; "
                + "\(noise.numberCount) numbers",
            "radius     R = \(Figure.significant(measured.radius))"
                + (isBox
                    ? ", the box of limits.value 8" : ", as given: it must be what rows were clipped to"),
            "‖Λ‖₂       \(Figure.significant(norms.min())) to \(Figure.significant(norms.max())) measured*, at most "
                + "\(Figure.significant(release.patterns.compactMap(\.precisionBound).max())) whatever the data",
            "", table.text, "",
            "* depends on the variances, hence on the data; the others on the counts of rows alone. Such figures are",
            "  themselves not private; none is in the file",
            "unit: one row replaced by another; one release",
        ]
        return
            (lines + ["conditional:"] + Self.conditions.map { "- \($0)" } + [
                release.file.release?.statement ?? ""
            ])
            .joined(separator: "\n")
    }
}
