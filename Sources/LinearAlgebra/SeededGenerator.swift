/// xoshiro256++ (Blackman and Vigna), seeded through SplitMix64: the same numbers at every peer, for a long time.
///
/// For agreed randomness only: starts, seeds, simulations. It is not cryptographic and must never mask data.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    /// - Parameter seed: any value; every seed gives a full-period stream.
    package init(seed: UInt64) {
        var mixer = seed
        let first = Self.splitMix(&mixer)
        let second = Self.splitMix(&mixer)
        let third = Self.splitMix(&mixer)
        let fourth = Self.splitMix(&mixer)
        self.state = (first, second, third, fourth)
    }

    /// An independent stream of the same seed for one purpose.
    ///
    /// The seed of the stream is SplitMix64(seed) ⊕ FNV-1a-64(UTF-8 of `label`).
    package init(seed: UInt64, label: String) {
        var mixer = seed
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in label.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        self.init(seed: Self.splitMix(&mixer) ^ hash)
    }

    package mutating func next() -> UInt64 {
        let result = Self.rotate(state.0 &+ state.3, 23) &+ state.0
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = Self.rotate(state.3, 45)
        return result
    }

    private static func rotate(_ value: UInt64, _ count: UInt64) -> UInt64 {
        (value &<< count) | (value &>> (64 &- count))
    }

    private static func splitMix(_ state: inout UInt64) -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
