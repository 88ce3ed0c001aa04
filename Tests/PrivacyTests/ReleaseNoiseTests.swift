import LinearAlgebra
import Testing

@testable import Privacy

@Suite struct ReleaseNoiseTests {
    @Test func `the scale is that of p numbers over N rows, and gives the advantage back`() {
        // p = 4·(36 + 2) + 36 = 188; √(188/(2π·2640))/0.02 = 5.3230.
        let noise = ReleaseNoise(columnCount: 36, patternCount: 4, rowCount: 2640, advantage: 0.02)
        #expect(noise.numberCount == 188)
        #expect(abs(noise.scale - 5.3230) < 1e-4)
        // Two roundings each way.
        #expect(abs(noise.advantage - 0.02) < 1e-15)
        #expect(abs(noise.centreDeviation - noise.scale / 660.0.squareRoot()) < 1e-15)
        #expect(abs(noise.unitDeviation - noise.scale / 5280.0.squareRoot()) < 1e-15)
    }

    @Test func `the noise is never less than the paper's, however many rows there are`() {
        let noise = ReleaseNoise(columnCount: 3, patternCount: 1, rowCount: 1e9, advantage: 0.5)
        #expect(noise.scale == 1)
        #expect(noise.advantage < 0.5)
    }

    @Test(arguments: [(11_200.0, 16), (2_640, 8), (1_320, 4), (30, 1)])
    func `there are as many patterns as keep their centres clear`(rowCount: Double, expected: Int) {
        let noise = ReleaseNoise.ofMostPatterns(limit: 16) {
            ReleaseNoise(columnCount: 36, patternCount: $0, rowCount: rowCount, advantage: 0.02)
        }
        #expect(noise.patternCount == expected)
        #expect(noise.patternCount == 1 || noise.centreDeviation <= ReleaseNoise.centreDeviationMax)
        guard expected < 16 else { return }
        let more = ReleaseNoise(
            columnCount: 36, patternCount: 2 * expected, rowCount: rowCount, advantage: 0.02)
        #expect(more.centreDeviation > ReleaseNoise.centreDeviationMax)
    }

    /// Rows from N(0, I); published are the mean and the logarithms of the deviations of N of them with noise of this scale. The
    /// attacker knows the distribution, and adds up what a row would have pulled, in units of the noise: the best linear test.
    ///
    /// - Returns: the advantage at the threshold halfway, over members and as many others.
    private static func advantage(scale: Double, columns: Int, rows: Int, trials: Int) -> Double {
        var generator = SeededGenerator(seed: 7, label: "pulls")
        var hits = 0
        var alarms = 0
        for _ in 0..<trials {
            let x = NormalSampler.sample(count: 2 * rows * columns, using: &generator)
            var mean = [Double](repeating: 0, count: columns)
            var square = mean
            for index in 0..<rows * columns {
                mean[index % columns] += x[index] / Double(rows)
                square[index % columns] += (x[index] * x[index] - 1) / 2 / Double(rows)
            }
            let noise = NormalSampler.sample(count: 2 * columns, using: &generator)
            for column in 0..<columns {
                mean[column] += scale / Double(rows).squareRoot() * noise[column]
                square[column] += scale / Double(2 * rows).squareRoot() * noise[columns + column]
            }
            // Halfway between the two means of the statistic: 0 without, 2·columns/rows with.
            let threshold = Double(columns) / Double(rows)
            for row in 0..<2 * rows {
                let pull = (0..<columns).reduce(0.0) {
                    let value = x[row * columns + $1]
                    return $0 + value * mean[$1] + (value * value - 1) * square[$1]
                }
                guard pull > threshold else { continue }
                if row < rows { hits += 1 } else { alarms += 1 }
            }
        }
        return Double(hits - alarms) / Double(rows * trials)
    }

    @Test func `an attacker who knows the distribution is held to the advantage, and comes near it`() {
        let (columns, rows, aim) = (10, 60, 0.1)
        let noise = ReleaseNoise(
            columnCount: columns, patternCount: 1, rowCount: Double(rows), advantage: aim)
        // 24,000 rows of each: a standard error of about 0.005. p counts two numbers that are not published here, and rows of
        // unusual length lower the mean: (20/22)^½ and some.
        let found = Self.advantage(scale: noise.scale, columns: columns, rows: rows, trials: 400)
        #expect(found < aim + 0.01 && found > 0.6 * aim, "\(found)")
        // Without noise the same attack finds a multiple.
        let open = Self.advantage(scale: 0, columns: columns, rows: rows, trials: 400)
        #expect(open > 2 * aim, "\(open)")
    }
}
