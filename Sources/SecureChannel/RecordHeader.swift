import Sodium
import Wire

/// What a record carries.
enum RecordType: UInt8 {
    /// The first record of each direction: version and session.
    case hello = 1
    /// A piece of a message.
    case fragment = 2
    /// The last record of a direction: the end was meant.
    case bye = 3
}

/// The twelve plain bytes in front of a record's body:
/// `type u8 | flags u8 | reserved u16 | message id u32 | offset u32`, little-endian.
struct RecordHeader: Equatable {
    /// The bytes of a header.
    static let length = 12
    /// Flag bit 0: the message ends with this record.
    private static let lastFlag: UInt8 = 1

    var type: RecordType
    /// Whether the message ends here; always so for HELLO and BYE.
    var isLast: Bool
    /// Counts the messages of a direction from 0, modulo 2^32; 0 for HELLO and BYE.
    var messageIdentifier: UInt32
    /// Where in the message the body belongs.
    var offset: UInt32

    /// Appends the twelve bytes.
    func append(to bytes: inout [UInt8]) {
        var writer = ByteWriter(reservingCapacity: Self.length)
        writer.write(type.rawValue)
        writer.write(isLast ? Self.lastFlag : 0)
        writer.write(UInt16(0))
        writer.write(messageIdentifier)
        writer.write(offset)
        bytes.append(contentsOf: writer.bytes)
    }

    /// Reads the twelve bytes at the front of a record's plaintext.
    ///
    /// - Parameters:
    ///   - bytes: the buffer that holds the plaintext.
    ///   - range: where the plaintext lies.
    /// - Throws: ``ChannelFault/recordLength(_:)``, ``ChannelFault/recordType(_:)`` or
    ///   ``ChannelFault/recordHeader(_:value:expected:)``.
    init(_ bytes: [UInt8], at range: Range<Int>) throws(ChannelFault) {
        guard range.count >= Self.length else { throw .recordLength(range.count + ChaChaPoly.tagLength) }
        var reader = ByteReader(bytes, offset: range.lowerBound)
        let fields: (type: UInt8, flags: UInt8, reserved: UInt16, identifier: UInt32, offset: UInt32)
        do throws(WireError) {
            fields = (
                try reader.readUInt8(), try reader.readUInt8(), try reader.readUInt16(),
                try reader.readUInt32(), try reader.readUInt32()
            )
        } catch {
            throw .recordLength(range.count + ChaChaPoly.tagLength)
        }
        guard let type = RecordType(rawValue: fields.type) else { throw .recordType(fields.type) }
        guard fields.flags <= Self.lastFlag else {
            throw .recordHeader(.flags, value: UInt32(fields.flags), expected: UInt32(Self.lastFlag))
        }
        guard fields.reserved == 0 else {
            throw .recordHeader(.reserved, value: UInt32(fields.reserved), expected: 0)
        }
        self.init(
            type: type, isLast: fields.flags == Self.lastFlag, messageIdentifier: fields.identifier,
            offset: fields.offset)
    }

    init(type: RecordType, isLast: Bool, messageIdentifier: UInt32, offset: UInt32) {
        self.type = type
        self.isLast = isLast
        self.messageIdentifier = messageIdentifier
        self.offset = offset
    }
}
