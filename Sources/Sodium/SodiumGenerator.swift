import CSodium

/// The kernel's entropy through `randombytes`; the one generator that may mask or key real data.
///
/// Nothing is buffered, so a copy never repeats what the original gave.
package struct SodiumGenerator: RandomNumberGenerator, Sendable {
    /// Not for nothing: ThreadSanitizer follows accesses by address, and a value without storage has none of its own.
    private let isReady: Bool

    package init() {
        SodiumLibrary.requireReady()
        isReady = true
    }

    package mutating func next() -> UInt64 {
        precondition(isReady, "a generator before libsodium is ready")
        var word: UInt64 = 0
        // SAFETY: the buffer is the word's own eight bytes.
        unsafe randombytes_buf(&word, MemoryLayout<UInt64>.size)
        return word
    }
}
