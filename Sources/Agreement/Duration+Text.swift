extension Duration {
    /// A decimal number with its unit: `us`, `ms`, `s`, `m`, `h`; `20ms`, `1.5s`. Nanoseconds are the finest.
    ///
    /// Nil for anything else; at most 18 digits in all.
    package init?(configurationText text: String) {
        let number = text.utf8.prefix {
            UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || $0 == UInt8(ascii: ".")
        }
        guard let unit = Self.units.first(where: { $0.name == String(text.dropFirst(number.count)) }) else {
            return nil
        }
        let parts = number.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }), number.count <= 18,
            let digits = Int64(parts.map { String(decoding: $0, as: UTF8.self) }.joined())
        else { return nil }
        let divisor = (parts.count == 2 ? parts[1].count : 0).powerOfTen
        let (nanoseconds, overflow) = digits.multipliedReportingOverflow(by: unit.nanoseconds)
        guard !overflow, nanoseconds % divisor == 0 else { return nil }
        self = .nanoseconds(nanoseconds / divisor)
    }

    /// The largest unit that holds it without a fraction: `30s`, `1500ms`.
    package var configurationText: String {
        let nanoseconds = wholeNanoseconds
        guard nanoseconds != 0 else { return "0s" }
        for unit in Self.units.reversed() where nanoseconds % unit.nanoseconds == 0 {
            return "\(nanoseconds / unit.nanoseconds)\(unit.name)"
        }
        return "\(nanoseconds)ns"
    }

    /// Seconds, as the canonical form writes them.
    var configurationSeconds: Double { Double(wholeNanoseconds) / 1e9 }

    private var wholeNanoseconds: Int64 {
        components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
    }

    private static var units: [(name: String, nanoseconds: Int64)] {
        [
            ("ns", 1), ("us", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000),
            ("h", 3_600_000_000_000),
        ]
    }
}

extension Int {
    /// 10 to this power, 0 ≤ self ≤ 18.
    fileprivate var powerOfTen: Int64 { (0..<self).reduce(1) { product, _ in product * 10 } }
}
