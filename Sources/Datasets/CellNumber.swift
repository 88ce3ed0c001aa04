/// What a cell that should hold a number holds.
enum CellNumber: Equatable {
    case number(Double)
    /// Nothing, `NA`, `NaN`, `nan`, `null` or `?`.
    case missing
    case bad

    /// Digits with at most one point, at most this many: they fit a UInt64 without overflow.
    private static let digitCountMax = 18
    /// 10⁰ … 10¹⁸, each exact.
    static let powersOfTen: [Double] = {
        var powers = [1.0]
        for _ in 0..<digitCountMax { powers.append((powers.last ?? 1) * 10) }
        return powers
    }()
    private static let missingWords = ["", "NA", "NaN", "nan", "null", "?"].map { Array($0.utf8) }

    /// Reads a plain decimal number up to a comma or line end, by one multiplication a digit.
    ///
    /// The mantissa m ≤ 2⁵³ and 10^f, f ≤ 18, are exact, so m / 10^f is the correctly rounded value: the same
    /// as strtod's. Everything else, an exponent or a long fraction, is left to ``init(content:)``.
    ///
    /// - Parameters:
    ///   - start: the cell's first byte.
    ///   - powersOfTen: ``powersOfTen``, bound outside the loop.
    /// - Returns: nil when the cell is no such number, or when it may go on behind the bytes.
    @inline(__always)
    static func plain(
        _ bytes: Span<UInt8>, at start: Int, powersOfTen: Span<Double>
    ) -> (value: Double, end: Int)? {
        let count = bytes.count
        var position = start
        guard position < count else { return nil }
        let isNegative = bytes[position] == UInt8(ascii: "-")
        if isNegative { position &+= 1 }
        var mantissa: UInt64 = 0
        var digitCount = 0
        var fractionCount = 0
        let firstDigit = position
        while position < count {
            let digit = bytes[position] &- UInt8(ascii: "0")
            guard digit < 10 else { break }
            mantissa = mantissa &* 10 &+ UInt64(digit)
            position &+= 1
        }
        digitCount = position &- firstDigit
        if position < count, bytes[position] == UInt8(ascii: ".") {
            position &+= 1
            let firstDecimal = position
            while position < count {
                let digit = bytes[position] &- UInt8(ascii: "0")
                guard digit < 10 else { break }
                mantissa = mantissa &* 10 &+ UInt64(digit)
                position &+= 1
            }
            fractionCount = position &- firstDecimal
            digitCount &+= fractionCount
        }
        guard position < count, digitCount > 0, digitCount <= digitCountMax, mantissa <= 1 << 53 else {
            return nil
        }
        let byte = bytes[position]
        guard byte == CSVByte.comma || byte == CSVByte.lineFeed || byte == CSVByte.carriageReturn else {
            return nil
        }
        let magnitude = fractionCount == 0 ? Double(mantissa) : Double(mantissa) / powersOfTen[fractionCount]
        return (isNegative ? -magnitude : magnitude, position)
    }

    /// Reads any cell.
    ///
    /// Numbers are decimal, with an exponent or not, as strtod reads them in the C locale; hexadecimal ones,
    /// infinities and numbers too large for a double are ``bad``.
    ///
    /// - Parameter content: see ``CSVCell/content(in:)``.
    init(content: [UInt8]) {
        guard !Self.missingWords.contains(content) else {
            self = .missing
            return
        }
        let isDecimal = content.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"),
                UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"):
                true
            default: false
            }
        }
        guard isDecimal, let value = Double(String(decoding: content, as: UTF8.self)), value.isFinite else {
            self = .bad
            return
        }
        self = .number(value)
    }
}
