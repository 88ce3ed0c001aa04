import LinearAlgebra
import Models
import Testing

@Suite struct ColumnSpreadTests {
    /// Participants with centres of variance `between` and rows of variance 1, in one column; a second column is
    /// constant at the first participant, a third everywhere.
    private static func rows(participants: Int, rowsEach: Int, between: Double) -> [Matrix] {
        var generator = SeededGenerator(seed: 3, label: "column spread")
        let centres = NormalSampler.sample(count: participants, using: &generator)
        return centres.enumerated().map { participant, centre in
            let noise = NormalSampler.sample(count: 2 * rowsEach, using: &generator)
            var elements: [Double] = []
            for row in 0..<rowsEach {
                elements.append(between.squareRoot() * centre + noise[2 * row])
                elements.append(participant == 0 ? 0.5 : noise[2 * row + 1])
                elements.append(0)
            }
            return Matrix(rowCount: rowsEach, columnCount: 3, elements: elements)
        }
    }

    private static func agreed(_ rows: [Matrix]) -> ColumnSpread {
        var sums = [Double](repeating: 0, count: ColumnSpread.sumCount(columnCount: 3))
        for matrix in rows {
            for (index, value) in ColumnSpread.sums(of: matrix).enumerated() { sums[index] += value }
        }
        return ColumnSpread(
            sums: sums,
            counts: (0..<3).map { column in
                Double(
                    rows.reduce(0) { count, matrix in
                        count + (0..<matrix.rowCount).count { !matrix[$0, column].isNaN }
                    })
            })
    }

    @Test func `variances within and between participants are found`() {
        let spread = Self.agreed(Self.rows(participants: 400, rowsEach: 20, between: 4))
        // 400 centres give their variance to about 1/√200.
        #expect(abs(spread.within[0] - 1) < 0.1)
        #expect(abs(spread.between[0] - 4) < 1)
        let level = Self.agreed(Self.rows(participants: 400, rowsEach: 20, between: 0))
        #expect(level.between[0] < 0.05)
    }

    @Test func `missing cells leave the variances that the others show`() {
        var rows = Self.rows(participants: 400, rowsEach: 20, between: 4)
        for index in rows.indices {
            for row in 0..<20 where (row + index) % 4 == 0 { rows[index][row, 0] = .nan }
        }
        for row in 0..<20 { rows[7][row, 1] = .nan }
        let spread = Self.agreed(rows)
        // As with all cells: 400 centres give their variance to about 1/√200.
        #expect(abs(spread.within[0] - 1) < 0.1)
        #expect(abs(spread.between[0] - 4) < 1)
        let own = spread.standardisation(of: rows[7])
        #expect(own.mean[1] == 0)
        #expect(abs(own.scale[1] - spread.within[1].squareRoot()) < 1e-12)
    }

    @Test func `few rows stay near the agreed units, many take their own`() {
        let rows = Self.rows(participants: 50, rowsEach: 400, between: 4)
        let spread = Self.agreed(rows)
        let many = spread.standardisation(of: rows[3])
        let mean = (0..<400).reduce(0) { $0 + rows[3][$1, 0] } / 400
        #expect(abs(many.mean[0] - mean) < 0.01 * abs(mean))
        let single = Matrix(rowCount: 1, columnCount: 3, elements: [6, 0, 0])
        let few = spread.standardisation(of: single)
        #expect(few.mean[0] > 3 && few.mean[0] < 6)
        #expect(few.scale[0] > 0.8 && few.scale[0] < 1.2)
    }

    @Test func `a column that is constant here keeps a scale, one constant everywhere the smallest`() {
        let rows = Self.rows(participants: 6, rowsEach: 30, between: 1)
        let own = Self.agreed(rows).standardisation(of: rows[0])
        #expect(own.scale[1] > 0.2)
        #expect(own.scale[2] == 0.05)
        #expect(own.mean[2] == 0)
    }

    @Test func `with a row each nothing is told and nothing changes`() {
        let spread = Self.agreed(Self.rows(participants: 5, rowsEach: 1, between: 4))
        let own = spread.standardisation(of: Matrix(rowCount: 1, columnCount: 3, elements: [2, 1, 0]))
        #expect(own.mean == [0, 0, 0])
        #expect(own.scale.allSatisfy { $0 > 0.5 })
    }

    @Test func `one standardisation after another is one`() {
        let first = Standardisation(mean: [1, -2], scale: [2, 4])
        let second = Standardisation(mean: [0.5, 1], scale: [0.25, 8])
        let rows = Matrix(rowCount: 2, columnCount: 2, elements: [3, 6, -1, 0.5])
        let twice = second.applied(to: first.applied(to: rows))
        let once = first.followed(by: second).applied(to: rows)
        for (a, b) in zip(twice.elements, once.elements) { #expect(abs(a - b) < 1e-12) }
    }
}
