import CSodium

/// The library itself: made ready once per process, before the first call of any wrapper.
enum SodiumLibrary {
    /// Whether `sodium_init` succeeded; evaluated once, by whoever comes first.
    private static let isReady: Bool = sodium_init() >= 0

    /// Stops the process where libsodium found no source of entropy: nothing here may run without.
    static func requireReady() {
        precondition(isReady, "libsodium could not be initialised")
    }
}

/// Compares in a time that depends on the lengths only.
package func constantTimeEqual(_ first: [UInt8], _ second: [UInt8]) -> Bool {
    SodiumLibrary.requireReady()
    guard first.count == second.count else { return false }
    // SAFETY: both arrays hold exactly `first.count` bytes and are only read during the call.
    return unsafe sodium_memcmp(first, second, first.count) == 0
}
