import LinearAlgebra
import Testing

@testable import Datasets

@Suite struct HeterogeneousClustersTests {
    static func generate(participants: Int = 3, rows: Int = 400, seed: UInt64 = 5) -> [ParticipantData] {
        HeterogeneousClusters.generate(
            participantCount: participants, rows: rows, columns: 6, clusters: 4, seed: seed)
    }

    @Test func `shapes, names and the tenth of anomalies are as promised`() {
        let participants = Self.generate()
        #expect(participants.map(\.name) == ["p00", "p01", "p02"])
        for participant in participants {
            #expect(participant.train.rowCount == 400)
            #expect(participant.train.columnCount == 6)
            #expect(participant.test.rowCount == 200)
            #expect(participant.testLabels.count { $0 } == 20)
        }
        #expect(Self.generate(participants: 101).last?.name == "p100")
    }

    @Test func `the same seed gives the same rows, another one others`() {
        #expect(Self.generate() == Self.generate())
        #expect(Self.generate(seed: 6)[0].train != Self.generate()[0].train)
    }

    @Test func `a participant's rows do not depend on how many there are`() {
        #expect(Self.generate(participants: 2) == Array(Self.generate(participants: 7).prefix(2)))
        #expect(Self.generate()[0].train != Self.generate()[1].train)
    }

    @Test func `fewer rows are the first of more`() {
        let few = Self.generate(rows: 100)[1].train
        let many = Self.generate(rows: 400)[1].train
        #expect(few.elements == Array(many.elements.prefix(few.elements.count)))
    }

    @Test func `the smallest settings work`() {
        let one = HeterogeneousClusters.generate(
            participantCount: 1, rows: 1, columns: 1, clusters: 1, seed: 0)
        #expect(one[0].train.rowCount == 1)
        #expect(one[0].test.rowCount == 0)
        #expect(one[0].testLabels == [])
    }

    @Test func `every column of one pattern has variance one, and some pairs of columns depend strongly`() {
        let rows = HeterogeneousClusters.generate(
            participantCount: 1, rows: 20_000, columns: 6, clusters: 1, seed: 3)[0].train
        let covariance = Self.covariance(rows)
        // 20,000 rows: a standard error of 0.01 on a variance of 1, five of them.
        for column in 0..<6 { #expect(abs(covariance[column, column] - 1) < 0.05) }
        // A tree on six columns has five edges, each of correlation 0.6 or more.
        let strong = (0..<6).flatMap { row in (0..<row).map { abs(covariance[row, $0]) } }.count { $0 > 0.55 }
        #expect(strong >= 5)
    }

    @Test func `anomalies keep the margins and lose the dependencies`() {
        let participant = HeterogeneousClusters.generate(
            participantCount: 1, rows: 40_000, columns: 6, clusters: 1, seed: 3)[0]
        var elements: [Double] = []
        for row in 0..<participant.test.rowCount where participant.testLabels[row] {
            for column in 0..<6 { elements.append(participant.test[row, column]) }
        }
        let anomalies = Matrix(rowCount: elements.count / 6, columnCount: 6, elements: elements)
        #expect(anomalies.rowCount == 2000)
        let covariance = Self.covariance(anomalies)
        // 2,000 rows: standard errors of 0.032 on a variance and 0.022 on a covariance, five of them.
        for row in 0..<6 {
            #expect(abs(covariance[row, row] - 1) < 0.16)
            for column in 0..<row { #expect(abs(covariance[row, column]) < 0.11) }
        }
    }

    @Test func `the first rows have the same bits on every machine`() {
        let participant = Self.generate()[0]
        #expect(
            Array(participant.train.elements.prefix(6)) == [
                1.6832955223823813, -1.2454302609911778, 1.6400180057644804, -2.2162833439291836,
                -0.9214279668329208, 3.4991624539374415,
            ])
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for value in participant.train.elements + participant.test.elements {
            hash = (hash ^ value.bitPattern) &* 0x100_0000_01b3
        }
        #expect(hash == 3_903_260_930_531_811_777)
    }

    static func covariance(_ rows: Matrix) -> Matrix {
        let columnCount = rows.columnCount
        let count = Double(rows.rowCount)
        var mean = [Double](repeating: 0, count: columnCount)
        for row in 0..<rows.rowCount {
            for column in 0..<columnCount { mean[column] += rows[row, column] / count }
        }
        var covariance = Matrix(rowCount: columnCount, columnCount: columnCount)
        for row in 0..<rows.rowCount {
            for left in 0..<columnCount {
                for right in 0..<columnCount {
                    covariance[left, right] +=
                        (rows[row, left] - mean[left]) * (rows[row, right] - mean[right]) / count
                }
            }
        }
        return covariance
    }
}
