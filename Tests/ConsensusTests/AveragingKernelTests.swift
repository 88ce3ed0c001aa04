import LinearAlgebra
import Testing
import Topology

@testable import Consensus

@Suite struct AveragingKernelTests {
    @Test(arguments: [1, 2, 3, 4, 7])
    func `a step is the formula, for any number of neighbours`(degree: Int) {
        let vectors = sampleVectors(members: degree + 2, count: 19, seed: UInt64(degree))
        let step = MixingStep(gain: 0.375, momentum: 0.25)
        let current = vectors[0]
        let before = vectors[1]
        let neighbours = Array(vectors[2...])
        let result = AveragingKernel.averaged(
            current: current, before: before, neighbours: neighbours, step: step)
        let expected = current.indices.map { index in
            let laplacian = neighbours.reduce(0.0) { $0 + ($1[index] - current[index]) }
            return current[index] + 0.25 * (current[index] - before[index]) + 0.375 * laplacian
        }
        // A handful of roundings of numbers below 10.
        #expect(largestDifference(result, expected) < 1e-14)
    }

    @Test func `a step has the same bits on every processor`() {
        let vectors = sampleVectors(members: 6, count: 64, seed: 1)
        let result = AveragingKernel.averaged(
            current: vectors[0], before: vectors[1], neighbours: Array(vectors[2...]),
            step: MixingStep(gain: 0.1, momentum: 0.7))
        let fold = result.reduce(0 as UInt64) { ($0 &* 31) &+ $1.bitPattern }
        #expect(fold == 5_123_204_475_257_282_633)
    }

    @Test func `members that agree stay where they are, to the bit`() {
        let same = sampleVectors(members: 1, count: 8)[0]
        let result = AveragingKernel.averaged(
            current: same, before: same, neighbours: [same, same, same],
            step: MixingStep(gain: 0.3, momentum: 0.6))
        #expect(result == same)
    }

    @Test func `flooding takes the larger of every entry`() {
        let result = AveragingKernel.flooded(
            current: [1, -2, 0, -5], neighbours: [[0, -1, 0, -7], [0.5, -3, 2, -6]])
        #expect(result == [1, -1, 2, -5])
    }

    @Test func `the first value outside the bound is found, NaN and the bound itself included`() {
        #expect(AveragingKernel.firstOutside([1, -1, 0], bound: 1) == nil)
        #expect(AveragingKernel.firstOutside([0, 1.0.nextUp, .nan], bound: 1) == 1)
        #expect(AveragingKernel.firstOutside([0, 0, .nan], bound: .greatestFiniteMagnitude) == 2)
        #expect(AveragingKernel.firstOutside([-.infinity], bound: .greatestFiniteMagnitude) == 0)
        #expect(AveragingKernel.firstOutside([], bound: 1) == nil)
    }

    @Test func `negative zeros become positive ones`() {
        let cleaned = AveragingKernel.withoutNegativeZeros([-0.0, 0, -1])
        #expect(cleaned.map(\.bitPattern) == [0, 0, (-1.0).bitPattern])
    }
}
