import Detection
import Foundation
import LinearAlgebra
import Models
import TaskAutoencoder

/// The exact distributed algorithm on one folder of `NAME_train.csv` and `NAME_test.csv`, sums made by plain addition.
struct AutoencoderQuality {
    /// Standardised, training rows within ±8.
    let train: [Matrix]
    let test: [Matrix]
    let labels: [[Bool]]
    /// Shape `(M, M)`, of all training rows.
    let covariance: Matrix

    init(folder: URL) throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
            .filter { $0.hasSuffix("_train.csv") }
        var raw: [Matrix] = []
        var others: [Matrix] = []
        var labels: [[Bool]] = []
        for name in names {
            raw.append(try Self.read(folder.appending(path: name)).rows)
            let other = try Self.read(
                folder.appending(path: name.replacingOccurrences(of: "_train", with: "_test")))
            others.append(other.rows)
            labels.append(other.labels)
        }
        let columns = raw[0].columnCount
        let all = raw.flatMap(\.elements)
        let count = all.count / columns
        var mean = [Double](repeating: 0, count: columns)
        var scale = mean
        for index in all.indices { mean[index % columns] += all[index] / Double(count) }
        for index in all.indices {
            let difference = all[index] - mean[index % columns]
            scale[index % columns] += difference * difference / Double(count)
        }
        let standardisation = Standardisation(
            mean: mean, scale: scale.map { $0 > 1e-20 ? $0.squareRoot() : 1 })
        train = raw.map { standardisation.applied(to: $0, limit: 8) }
        test = others.map { standardisation.applied(to: $0) }
        self.labels = labels
        var covariance = Matrix(rowCount: columns, columnCount: columns)
        for part in train {
            for row in 0..<part.rowCount {
                for i in 0..<columns {
                    for j in 0..<columns {
                        covariance[i, j] +=
                            part.elements[row * columns + i] * part.elements[row * columns + j]
                            / Double(count)
                    }
                }
            }
        }
        self.covariance = covariance
    }

    private static func read(_ file: URL) throws -> (rows: Matrix, labels: [Bool]) {
        let lines = try String(contentsOf: file, encoding: .utf8).split(whereSeparator: \.isNewline)
        var elements: [Double] = []
        var labels: [Bool] = []
        for line in lines.dropFirst() {
            let cells = line.split(separator: ",").map { Double($0) ?? 0 }
            elements += cells.dropLast()
            labels.append(cells.last == 1)
        }
        return (
            Matrix(
                rowCount: labels.count, columnCount: elements.count / max(labels.count, 1),
                elements: elements), labels
        )
    }

    /// One kind of score over all participants.
    struct Figures {
        var rocAUC = 0.0
        var averagePrecision = 0.0
    }

    /// Learns with `participants` together (all, or one alone) and scores their test rows.
    func learn(_ settings: AutoencoderSettings, participants: [Int]) throws -> [AutoencoderModel] {
        let total = Double(participants.reduce(0) { $0 + train[$1].rowCount })
        let latents = AutoencoderSettings.latentCount(
            eigenvalues: portableEigenvalues(covariance), rowCount: total)
        var models = participants.map { _ in
            AutoencoderModel(
                columnCount: covariance.rowCount, latentCount: latents, settings: settings)
        }
        let layout = models[0].layout(rowScale: 0x1p12, valueLimit: 8)
        for _ in 0..<settings.roundCount {
            let updates = zip(models, participants).map { model, number in
                model.localUpdate(rows: train[number], layout: layout)
            }
            var sum = [Double](repeating: 0, count: layout.count)
            for update in updates {
                for index in sum.indices { sum[index] += update.shared.values[index] }
            }
            for index in models.indices {
                try models[index].optimise(
                    sum: SharedVector(layout: layout, values: sum), kept: updates[index].kept)
            }
        }
        return models
    }

    /// The mean figures over participants whose labels are not all alike.
    func figures(of models: [AutoencoderModel], participants: [Int], kind: ScoreKind) -> Figures {
        var found = Figures()
        var count = 0.0
        for (model, number) in zip(models, participants) {
            let scores = model.scores(rows: test[number], kind: kind)
            guard let auc = RankingMetrics.rocAUC(scores: scores, labels: labels[number]),
                let precision = RankingMetrics.averagePrecision(scores: scores, labels: labels[number])
            else { continue }
            found.rocAUC += auc
            found.averagePrecision += precision
            count += 1
        }
        return Figures(
            rocAUC: found.rocAUC / max(count, 1), averagePrecision: found.averagePrecision / max(count, 1))
    }

    /// Each participant by itself, with the standardisation and the latents of all.
    func alone(_ settings: AutoencoderSettings, kind: ScoreKind) throws -> Figures {
        var models: [AutoencoderModel] = []
        for number in train.indices { models += try learn(settings, participants: [number]) }
        return figures(of: models, participants: Array(train.indices), kind: kind)
    }

    /// One line a setting: name, then ROC-AUC and average precision.
    static func report(folder: String, seeds: [UInt64]) throws {
        for set in ["smd", "satellite", "wdbc", "clinics", "cardio"] {
            let data = try AutoencoderQuality(folder: URL(filePath: folder).appending(path: set))
            let everyone = Array(data.train.indices)
            var lines: [String: [Figures]] = [:]
            for seed in seeds {
                var settings = AutoencoderSettings()
                settings.seed = seed
                let models = try data.learn(settings, participants: everyone)
                for kind in [ScoreKind.density, .elbo, .paper] {
                    lines["together \(kind)", default: []].append(
                        data.figures(of: models, participants: everyone, kind: kind))
                }
                let active = models[0].agreedFigures.map { "\($0.activeUnitCount)" } ?? "none"
                FileHandle.standardOutput.write(
                    Data("\(set) seed \(seed): \(active) of \(models[0].latentCount) latents active\n".utf8))
                lines["alone density", default: []].append(try data.alone(settings, kind: .density))
                lines["alone elbo", default: []].append(try data.alone(settings, kind: .elbo))
                settings.share = .all
                let same = try data.learn(settings, participants: everyone)
                lines["all shared elbo", default: []].append(
                    data.figures(of: same, participants: everyone, kind: .elbo))
                settings.form = .deterministic
                let plain = try data.learn(settings, participants: everyone)
                lines["deterministic, all shared", default: []].append(
                    data.figures(of: plain, participants: everyone, kind: .density))
            }
            for (name, figures) in lines.sorted(by: { $0.key < $1.key }) {
                let count = Double(figures.count)
                report("\(set) \(name) ROC-AUC", figures.reduce(0) { $0 + $1.rocAUC } / count, "")
                report(
                    "\(set) \(name) average precision",
                    figures.reduce(0) { $0 + $1.averagePrecision } / count, "")
            }
        }
    }

    private static func report(_ name: String, _ value: Double, _ unit: String) {
        let line = "\(name) \((value * 1000).rounded() / 1000)\(unit)\n"
        FileHandle.standardOutput.write(Data(line.utf8))
    }
}
