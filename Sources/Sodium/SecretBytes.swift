import CSodium

/// One `sodium_malloc` area that hands out secrets and wipes them all when the last of them is let go.
///
/// The area is locked in memory where the system allows it, guarded by pages on both sides and left out of
/// core files. It costs some pages and system calls, so a handshake keeps all of its secrets in one.
@safe package final class SecretArea {
    private let base: UnsafeMutableRawPointer
    private let capacity: Int
    private var used = 0

    /// - Parameter capacity: the bytes that ``reserve(_:)`` may hand out in all.
    package init(capacity: Int) {
        SodiumLibrary.requireReady()
        precondition(capacity > 0, "an area of \(capacity) bytes")
        // SAFETY: the only failure is a null pointer, which ends the process like any failed allocation.
        guard let area = unsafe sodium_malloc(capacity) else {
            preconditionFailure("no memory for \(capacity) secret bytes")
        }
        unsafe base = area
        self.capacity = capacity
        unsafe sodium_memzero(base, capacity)
    }

    deinit {
        // SAFETY: the area came from `sodium_malloc`; `sodium_free` wipes it. No secret outlives its area.
        unsafe sodium_free(base)
    }

    /// The next `count` bytes, all zero.
    package func reserve(_ count: Int) -> SecretBytes {
        precondition(
            count > 0 && used + count <= capacity, "\(count) more bytes of \(capacity) with \(used) in use")
        defer { used += count }
        return SecretBytes(area: self, offset: used, count: count)
    }

    // SAFETY: `reserve` checked offset and count; the result is used only while the area is alive.
    @unsafe fileprivate func pointer(at offset: Int) -> UnsafeMutablePointer<UInt8> {
        unsafe (base + offset).assumingMemoryBound(to: UInt8.self)
    }
}

/// Some secret bytes in guarded memory: they have no description, and only this room can read them.
///
/// A copy of the value names the same bytes.
package struct SecretBytes {
    private let area: SecretArea
    private let offset: Int
    /// How many.
    package let count: Int

    fileprivate init(area: SecretArea, offset: Int, count: Int) {
        self.area = area
        self.offset = offset
        self.count = count
    }

    /// Overwrites the bytes by zeros, now.
    package func wipe() {
        unsafe withPointer { unsafe sodium_memzero($0, count) }
    }

    /// Overwrites the bytes by those of `other`, of the same count.
    package func assign(_ other: SecretBytes) {
        precondition(other.count == count, "\(other.count) secret bytes into \(count)")
        unsafe withPointer { target in
            unsafe other.withPointer { source in unsafe target.update(from: source, count: count) }
        }
    }

    /// Overwrites the bytes by a copy of `bytes`, of the same count; the caller's array stays unwiped.
    package func assign(copying bytes: [UInt8]) {
        precondition(bytes.count == count, "\(bytes.count) bytes into \(count) secret ones")
        unsafe withPointer { target in unsafe target.update(from: bytes, count: count) }
    }

    /// Fills the bytes from a generator, eight at a time, little-endian.
    package func fill(using generator: inout some RandomNumberGenerator) {
        unsafe withPointer { target in
            var word: UInt64 = 0
            for index in 0..<count {
                if index % 8 == 0 { word = generator.next() }
                unsafe target[index] = UInt8(truncatingIfNeeded: word)
                word >>= 8
            }
        }
    }

    /// Compares in a time that depends on the lengths only.
    package func isEqual(to other: SecretBytes) -> Bool {
        guard other.count == count else { return false }
        return unsafe withPointer { left in
            unsafe other.withPointer { right in unsafe sodium_memcmp(left, right, count) == 0 }
        }
    }

    /// Lends the bytes to a call of libsodium: the pointer is good for `count` bytes until `body` returns.
    @unsafe func withPointer<Result, Failure: Error>(
        _ body: (UnsafeMutablePointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { withExtendedLifetime(area) {} }
        return try unsafe body(area.pointer(at: offset))
    }
}
