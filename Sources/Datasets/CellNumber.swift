/// What a cell that should hold a number holds.
enum CellNumber: Equatable {
    case number(Double)
    /// Nothing, `NA`, `NaN`, `nan`, `null` or `?`.
    case missing
    case bad

    /// Digits with at most one point, at most this many: they fit a UInt64 without overflow.
    private static let digitCountMax = 19
    /// 10⁰ … 10¹⁹, each exact.
    static let powersOfTen: [Double] = {
        var powers = [1.0]
        for _ in 0..<digitCountMax { powers.append((powers.last ?? 1) * 10) }
        return powers
    }()
    private static let missingWords = ["", "NA", "NaN", "nan", "null", "?"].map { Array($0.utf8) }

    /// Reads a plain decimal number up to a comma or line end, by one multiplication a digit.
    ///
    /// A mantissa m ≤ 2⁵³ and 10^f, f ≤ 19, are exact, so m / 10^f is the correctly rounded value: the same
    /// as strtod's. A longer one is divided as an integer. Everything else, an exponent or more digits, is left to
    /// ``init(content:)``.
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
        guard position < count, digitCount > 0, digitCount <= digitCountMax else { return nil }
        let byte = bytes[position]
        guard byte == CSVByte.comma || byte == CSVByte.lineFeed || byte == CSVByte.carriageReturn else {
            return nil
        }
        let power = powersOfTen[fractionCount]
        let magnitude = mantissa <= 1 << 53 ? Double(mantissa) / power : quotient(mantissa, by: UInt64(power))
        return (isNegative ? -magnitude : magnitude, position)
    }

    /// The double nearest to `dividend / divisor`, ties to even.
    ///
    /// - Parameters:
    ///   - dividend: > 0.
    ///   - divisor: > 0.
    private static func quotient(_ dividend: UInt64, by divisor: UInt64) -> Double {
        let (dividendShift, divisorShift) = (dividend.leadingZeroBitCount, divisor.leadingZeroBitCount)
        let (a, b) = (dividend &<< dividendShift, divisor &<< divisorShift)
        // a·2⁶⁴/b or a·2⁶³/b: a quotient of 64 bits, the highest one set.
        let isBelowOne = a < b
        let (quotient, remainder) = b.dividingFullWidth(isBelowOne ? (a, 0) : (a &>> 1, a &<< 63))
        var significand = quotient &>> 11
        let rest = quotient & 0x7ff
        if rest > 0x400 || (rest == 0x400 && (remainder != 0 || significand & 1 == 1)) { significand += 1 }
        let exponent = divisorShift - dividendShift - (isBelowOne ? 53 : 52)
        return Double(significand) * Double(bitPattern: UInt64(1_023 + exponent) &<< 52)
    }

    /// ``plain(_:at:powersOfTen:)`` where the digits behind the point are as many as last time, and few.
    ///
    /// Eight bytes are taken at once. That the number is the foreseen one is a branch that the processor guesses right
    /// in most files, so that it need not know one cell's digits to start on the next.
    ///
    /// - Parameters:
    ///   - start: the cell's first byte.
    ///   - decimalCount: the digits behind the point, 0…7; what was found where it was another number.
    /// - Returns: nil also for numbers of more than seven digits before or behind the point, and near the end of the
    ///   bytes: ask `plain` then.
    @inline(__always)
    static func foreseen(
        _ bytes: Span<UInt8>, at start: Int, decimalCount: inout Int, powersOfTen: Span<Double>
    ) -> (value: Double, end: Int)? {
        guard start &+ foreseenByteCount <= bytes.count else { return nil }
        let sign: UInt64 = bytes[start] == UInt8(ascii: "-") ? 1 : 0
        let firstDigit = start &+ Int(truncatingIfNeeded: sign)
        var position = firstDigit
        var mantissa: UInt64 = 0
        while true {
            let digit = bytes[position] &- UInt8(ascii: "0")
            guard digit < 10 else { break }
            mantissa = mantissa &* 10 &+ UInt64(digit)
            position &+= 1
            guard position &- firstDigit <= 7 else { return nil }
        }
        guard position > firstDigit, bytes[position] == UInt8(ascii: ".") else { return nil }
        position &+= 1
        // SAFETY: the load is checked against the bounds, and any eight bytes are a UInt64.
        let eight = UInt64(
            littleEndian: unsafe bytes.bytes.unsafeLoadUnaligned(fromByteOffset: position, as: UInt64.self))
        let digits = eight ^ 0x3030_3030_3030_3030
        // The lowest byte of more than 9 sets its highest bit; what a carry does to bytes behind it is no matter.
        let others = ((digits &+ 0x7676_7676_7676_7676) | digits) & 0x8080_8080_8080_8080
        let found = (others | (1 &<< 63)).trailingZeroBitCount &>> 3
        guard found == decimalCount else {
            decimalCount = found
            return nil
        }
        position &+= decimalCount
        let byte = bytes[position]
        guard byte == CSVByte.comma || byte == CSVByte.lineFeed || byte == CSVByte.carriageReturn else {
            return nil
        }
        let power = powersOfTen[decimalCount]
        let aligned = (digits &<< UInt64(truncatingIfNeeded: 56 &- 8 &* decimalCount)) &<< 8
        // At most 14 digits: products and sums are exact. Below 2⁵² this conversion, unlike the processor's own
        // instruction, does not wait for what its register held before.
        let whole = Double(bitPattern: 0x4330_0000_0000_0000 | mantissa) - 0x1p52
        let decimals = Double(bitPattern: 0x4330_0000_0000_0000 | value(ofEight: aligned)) - 0x1p52
        let magnitude = (whole * power + decimals) / power
        return (Double(bitPattern: magnitude.bitPattern | (sign &<< 63)), position)
    }

    /// The value of eight decimal digits, one a byte, the first one lowest: of pairs, then of fours, then of all.
    @inline(__always)
    private static func value(ofEight digits: UInt64) -> UInt64 {
        let pairs = ((digits & 0x0f0f_0f0f_0f0f_0f0f) &* 2561) &>> 8
        let fours = ((pairs & 0x00ff_00ff_00ff_00ff) &* 6_553_601) &>> 16
        return ((fours & 0x0000_ffff_0000_ffff) &* 42_949_672_960_001) &>> 32
    }

    /// Bytes that ``foreseen(_:at:decimalCount:powersOfTen:)`` may look at: a sign, seven digits, a point and eight more.
    private static let foreseenByteCount = 17

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
