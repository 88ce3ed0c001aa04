import Testing

import LinearAlgebra

@Suite struct NormalSamplerTests {
    @Test func `eight lanes give the bits of the scalar functions`() {
        var generator = SeededGenerator(seed: 5)
        let words = (0..<16_000).map { _ in generator.next() }
        var values = [Double](repeating: 0, count: words.count)
        NormalSampler.fill(&values, from: words)
        for group in stride(from: 0, to: words.count, by: 16) {
            for lane in 0..<8 {
                let u = 2 - Double(bitPattern: words[group + lane] >> 12 | 0x3ff0_0000_0000_0000)
                let v = Double(bitPattern: words[group + 8 + lane] >> 12 | 0x3ff0_0000_0000_0000) - 1
                let radius = (-2 * PortableMath.ln(u)).squareRoot()
                let (sine, cosine) = PortableMath.sinCos(turns: v)
                #expect(values[group + lane] == radius * cosine)
                #expect(values[group + 8 + lane] == radius * sine)
            }
        }
    }

    @Test(arguments: [0, 1, 7, 8, 9, 15, 16, 17, 31])
    func `a shorter sample is the beginning of a longer one within its last group`(count: Int) {
        var generator = SeededGenerator(seed: 6)
        let words = (0..<48).map { _ in generator.next() }
        var long = [Double](repeating: 0, count: 48)
        var short = [Double](repeating: 0, count: count)
        NormalSampler.fill(&long, from: words)
        NormalSampler.fill(&short, from: words)
        #expect(short == Array(long.prefix(count)))
        #expect(NormalSampler.wordCount(for: count) >= count)
    }

    @Test func `moments are those of the standard normal distribution`() {
        var generator = SeededGenerator(seed: 7)
        let values = NormalSampler.sample(count: 400_000, using: &generator)
        let count = Double(values.count)
        let mean = values.reduce(0, +) / count
        let variance = values.reduce(0) { $0 + $1 * $1 } / count
        let kurtosis = values.reduce(0) { $0 + $1 * $1 * $1 * $1 } / count
        // Five standard errors: 1/√n, √2/√n, √96/√n.
        #expect(abs(mean) < 0.008)
        #expect(abs(variance - 1) < 0.0115)
        #expect(abs(kurtosis - 3) < 0.08)
    }

    @Test func `extreme words stay finite`() {
        var values = [Double](repeating: 0, count: 16)
        NormalSampler.fill(&values, from: [UInt64](repeating: 0, count: 16))
        #expect(values.allSatisfy { $0 == 0 })
        NormalSampler.fill(&values, from: [UInt64](repeating: .max, count: 16))
        #expect(values.allSatisfy { $0.isFinite && abs($0) < 8.5 })
    }
}
