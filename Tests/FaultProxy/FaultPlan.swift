import NIOCore

/// What a proxy does to the bytes of one direction of a connection. Offsets count its bytes from 0.
struct FaultPlan {
    /// Milliseconds that every piece is late, and up to how many more.
    var delay: Int64 = 0
    var jitter: Int64 = 0
    /// Bytes a second; nil for all at once.
    var rate: Int?
    /// One bit of the byte at this offset is flipped.
    var flip: Int?
    /// The 64 bytes from this offset on are sent twice.
    var duplicate: Int?
    /// From this offset on nothing comes through for some milliseconds.
    var stall: (offset: Int, milliseconds: Int64)?
    /// The connection ends at this offset, at both sides.
    var cut: Int?
    /// The same, by RST.
    var reset: Int?
    /// This direction alone ends at this offset.
    var halfClose: Int?

    static let duplicatedCount = 64

    /// Reads `delay=20,jitter=5,rate=100000,flip@300,duplicate@900,stall@500=200,cut@1,reset@1,half-close@1`.
    ///
    /// - Returns: nil where some part of it is not understood.
    init?(_ text: String) {
        for part in text.split(separator: ",") {
            let words = part.split(whereSeparator: { $0 == "=" || $0 == "@" }).map(String.init)
            guard words.count >= 2, let number = Int(words[1]), number >= 0 else { return nil }
            switch words[0] {
            case "delay": delay = Int64(number)
            case "jitter": jitter = Int64(number)
            case "rate": rate = max(1, number)
            case "flip": flip = number
            case "duplicate": duplicate = number
            case "cut": cut = number
            case "reset": reset = number
            case "half-close": halfClose = number
            case "stall":
                guard words.count == 3, let milliseconds = Int64(words[2]) else { return nil }
                stall = (number, milliseconds)
            default: return nil
            }
        }
    }

    init() {}
}

/// How a direction ends before its time.
enum FaultEnd {
    case cut, reset, halfClose
}

extension FaultPlan {
    /// A piece that begins at `offset` as it comes out, how late it is for a stall, and what ends there.
    func applied(to bytes: [UInt8], at offset: Int) -> (bytes: [UInt8], stalled: Int64, end: FaultEnd?) {
        var bytes = bytes
        let range = offset..<(offset + bytes.count)
        var end: FaultEnd?
        var length = bytes.count
        for (place, kind) in [(cut, FaultEnd.cut), (reset, .reset), (halfClose, .halfClose)] {
            guard let place, place < range.upperBound, max(0, place - offset) <= length else { continue }
            length = max(0, place - offset)
            end = kind
        }
        if let flip, range.contains(flip) { bytes[flip - offset] ^= 0x10 }
        bytes = Array(bytes[..<length])
        if let duplicate, range.contains(duplicate), duplicate - offset < length {
            let start = duplicate - offset
            let again = bytes[start..<min(length, start + Self.duplicatedCount)]
            bytes.insert(contentsOf: again, at: start + again.count)
        }
        let stalled = stall.flatMap { range.contains($0.offset) ? $0.milliseconds : nil } ?? 0
        return (bytes, stalled, end)
    }
}
