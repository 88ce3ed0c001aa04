import Agreement
import Detection
import Simulator

/// Detection figures per participant, alone and together.
struct DetectionTable {
    /// One participant's figures; nil where its labels are all alike.
    struct Line {
        let name: String
        let figures: DetectionFigures?
        /// ROC-AUC of a model learnt from its own rows alone.
        let localOnlyROCAUC: Double?
    }

    let lines: [Line]
    /// ROC-AUC of one alarm list over all participants.
    let jointROCAUC: Double?

    init(lines: [Line], jointROCAUC: Double?) {
        self.lines = lines
        self.jointROCAUC = jointROCAUC
    }

    init(_ report: DetectionReport) {
        jointROCAUC = report.jointROCAUC
        lines = report.participants.map {
            Line(name: $0.name, figures: $0.figures, localOnlyROCAUC: $0.localOnlyROCAUC)
        }
    }

    /// Of those with a figure; nil without any.
    private func mean(_ value: (Line) -> Double?) -> Double? {
        let present = lines.compactMap(value)
        return present.isEmpty ? nil : present.reduce(0, +) / Double(present.count)
    }

    /// The key `detection`.
    var value: CanonicalValue {
        let participants = lines.map { line in
            CanonicalValue.object([
                ("name", .text(line.name)), ("rocAuc", .finite(line.figures?.rocAUC)),
                ("averagePrecision", .finite(line.figures?.averagePrecision)),
                ("f1", .finite(line.figures?.confusion.f1)),
            ])
        }
        return .object([
            ("participants", .list(participants)), ("meanRocAuc", .finite(mean { $0.figures?.rocAUC })),
            ("meanAveragePrecision", .finite(mean { $0.figures?.averagePrecision })),
            ("localOnlyMeanRocAuc", .finite(mean(\.localOnlyROCAUC))), ("jointRocAuc", .finite(jointROCAUC)),
        ])
    }

    /// A table: ROC-AUC alone and together.
    var text: String {
        var table = TextTable([
            ("participant", .left), ("ROC-AUC alone", .right), ("together", .right),
            ("average precision", .right),
        ])
        for line in lines {
            table.append([
                line.name, Figure.decimal(line.localOnlyROCAUC), Figure.decimal(line.figures?.rocAUC),
                Figure.decimal(line.figures?.averagePrecision),
            ])
        }
        table.append([
            "mean", Figure.decimal(mean(\.localOnlyROCAUC)), Figure.decimal(mean { $0.figures?.rocAUC }),
            Figure.decimal(mean { $0.figures?.averagePrecision }),
        ])
        return "one alarm list over all participants: ROC-AUC \(Figure.decimal(jointROCAUC))\n\n" + table.text
    }
}
