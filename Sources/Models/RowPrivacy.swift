import LinearAlgebra

/// How a kind makes what it sends in a round differentially private for every row: agreed settings, the same at all
/// participants (mathematics.md §6.4, §6.5).
package struct RowPrivacy: Sendable, Equatable {
    /// What a row's norm (R, of the standardised row) or its gradient's (C) is held to, > 0.
    package let clip: Double
    /// z: the noise of the whole sum over the sum's sensitivity, > 0.
    package let multiplier: Double
    /// The part of that noise's standard deviation that one participant adds: 1/√h, where h honest ones are counted on.
    package let share: Double
    /// Probability with which a row takes part in a round, above 0, at most 1.
    package let rate: Double
    /// Participants whose vectors are added up, ≥ 1.
    package let participantCount: Int

    package init(clip: Double, multiplier: Double, share: Double, rate: Double, participantCount: Int) {
        precondition(clip > 0 && clip.isFinite, "a clip of \(clip)")
        precondition(multiplier > 0 && multiplier.isFinite, "a noise multiplier of \(multiplier)")
        precondition(share > 0 && share <= 1, "a share of \(share)")
        precondition(rate > 0 && rate <= 1, "a rate of \(rate)")
        precondition(participantCount >= 1, "\(participantCount) participants")
        self.clip = clip
        self.multiplier = multiplier
        self.share = share
        self.rate = rate
        self.participantCount = participantCount
    }
}

/// Gaussian noise on sums that leave.
package enum PrivateNoise {
    /// The grid that noisy values lie on, in standard deviations: the low bits of a sum, which no noise of finite precision
    /// hides (Mironov 2012), do not leave.
    private static let grid = 0x1p-20

    /// Adds N(0, deviation²) to every value, then rounds to a grid 2⁻²⁰ of the deviation.
    ///
    /// - Parameters:
    ///   - deviation: > 0.
    ///   - generator: libsodium's in a daemon.
    package static func add(
        to values: inout [Double], deviation: Double, using generator: inout some RandomNumberGenerator
    ) {
        add(to: &values, deviations: [Double](repeating: deviation, count: values.count), using: &generator)
    }

    /// The same with a standard deviation of its own for every value.
    ///
    /// - Parameter deviations: shape as `values`, ≥ 0; a value whose deviation is 0 says nothing of any row and stays.
    package static func add(
        to values: inout [Double], deviations: [Double], using generator: inout some RandomNumberGenerator
    ) {
        precondition(
            deviations.count == values.count, "\(deviations.count) deviations, \(values.count) values")
        let normals = NormalSampler.sample(count: values.count, using: &generator)
        for index in values.indices where deviations[index] > 0 {
            let step = powerOfTwo(atLeast: deviations[index]) * grid
            values[index] = ((values[index] + deviations[index] * normals[index]) / step).rounded() * step
        }
    }
}
