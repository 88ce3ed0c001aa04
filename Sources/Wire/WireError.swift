/// The name of one field of a message, for errors; each room adds its own as static members.
package struct WireField: Sendable, Hashable, CustomStringConvertible {
    /// The words a person would use for the field.
    package let description: String

    package init(_ description: StaticString) {
        self.description = "\(description)"
    }
}

/// Why bytes from a peer are not the message they should be.
package enum WireError: Error, Equatable {
    /// A field needs more bytes than are left.
    case truncated(needed: Int, available: Int)
    /// The message is complete and bytes are left over.
    case trailing(count: Int)
    /// A length or a count is larger than its place allows.
    case lengthOverLimit(length: Int, limit: Int)
    /// No message has this type.
    case unknownType(UInt8)
    /// The field holds a value that its message does not allow.
    case invalidValue(field: WireField, value: UInt64)
    /// A number that must be finite and within the bound is not; the bits say what it was.
    case numberOutOfBounds(field: WireField, bitPattern: UInt64, bound: Double)
}
