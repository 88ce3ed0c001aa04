extension SettingsReader.Section {
    /// Plain or quoted text of 1 to `byteLimit` bytes without control characters; a missing key is its default.
    func text(_ name: String, byteLimit: Int = 4096, default missing: String) -> String {
        optionalText(name, byteLimit: byteLimit) ?? missing
    }

    /// As ``text(_:byteLimit:default:)``; nil when missing or wrong, which is reported.
    func optionalText(_ name: String, byteLimit: Int = 4096) -> String? {
        guard let node = value(name) else { return nil }
        return reader.text(node, key: key(name), byteLimit: byteLimit)
    }

    /// A whole number in a range.
    func wholeNumber(_ name: String, in range: ClosedRange<Int>, default missing: Int) -> Int {
        optionalWholeNumber(name, in: range) ?? missing
    }

    /// As ``wholeNumber(_:in:default:)``; nil when missing or wrong, which is reported.
    func optionalWholeNumber(_ name: String, in range: ClosedRange<Int>) -> Int? {
        guard let node = value(name) else { return nil }
        return reader.wholeNumber(node, key: key(name), in: range)
    }

    /// Any number from 0 to 2^64 − 1.
    func seed(_ name: String, default missing: UInt64) -> UInt64 {
        guard let node = value(name) else { return missing }
        guard case .scalar(let text, false) = node.content, isWholeNumber(text) else {
            report(.wrongType(expected: .wholeNumber, found: node.summary), name)
            return missing
        }
        guard let seed = UInt64(text) else {
            report(.outOfRange(found: text, allowed: "a whole number from 0 to \(UInt64.max)"), name)
            return missing
        }
        return seed
    }

    /// A finite number in a range.
    func number(_ name: String, in range: ClosedRange<Double>, default missing: Double) -> Double {
        guard let node = value(name) else { return missing }
        return reader.number(node, key: key(name), in: range) ?? missing
    }

    /// `true` or `false`, in these words.
    func trueOrFalse(_ name: String, default missing: Bool) -> Bool {
        guard let node = value(name) else { return missing }
        guard let flag = node.flag else {
            report(.wrongType(expected: .trueOrFalse, found: node.summary), name)
            return missing
        }
        return flag
    }

    /// One of the words of an enumeration; words in `planned` are known and not built in this version.
    func choice<Choice: CaseIterable & RawRepresentable>(
        _ name: String, planned: [String] = [], default missing: Choice
    ) -> Choice where Choice.RawValue == String {
        guard let node = value(name) else { return missing }
        return reader.choice(node, key: key(name), planned: planned) ?? missing
    }

    /// A duration such as `20ms`.
    func duration(_ name: String, in range: ClosedRange<Duration>, default missing: Duration) -> Duration {
        guard let node = value(name) else { return missing }
        return reader.duration(node, key: key(name), in: range) ?? missing
    }

    /// `host:port`.
    func address(_ name: String, default missing: NetworkAddress) -> NetworkAddress {
        optionalAddress(name) ?? missing
    }

    /// As ``address(_:default:)``; nil when missing or wrong, which is reported.
    func optionalAddress(_ name: String) -> NetworkAddress? {
        guard let text = optionalText(name, byteLimit: NetworkAddress.byteLimit) else { return nil }
        guard let address = NetworkAddress(text: text) else {
            report(.wrongType(expected: .address, found: "'\(text)'"), name)
            return nil
        }
        return address
    }
}

extension SettingsReader {
    func text(_ node: SourceNode, key: String, byteLimit: Int = 4096) -> String? {
        guard case .scalar(let text, _) = node.content else {
            report(.wrongType(expected: .text, found: node.summary), at: node.origin, key: key)
            return nil
        }
        let hasControl = text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7f }
        guard !text.isEmpty, text.utf8.count <= byteLimit, !hasControl else {
            report(
                .outOfRange(
                    found: node.summary, allowed: "1 to \(byteLimit) bytes of text without control characters"
                ),
                at: node.origin, key: key)
            return nil
        }
        return text
    }

    func wholeNumber(_ node: SourceNode, key: String, in range: ClosedRange<Int>) -> Int? {
        guard case .scalar(let text, false) = node.content, isWholeNumber(text) else {
            report(.wrongType(expected: .wholeNumber, found: node.summary), at: node.origin, key: key)
            return nil
        }
        guard let number = Int(text), range.contains(number) else {
            report(
                .outOfRange(
                    found: text, allowed: "a whole number from \(range.lowerBound) to \(range.upperBound)"),
                at: node.origin, key: key)
            return nil
        }
        return number
    }

    func number(_ node: SourceNode, key: String, in range: ClosedRange<Double>) -> Double? {
        guard case .scalar(let text, false) = node.content, isNumber(text), let number = Double(text) else {
            report(.wrongType(expected: .number, found: node.summary), at: node.origin, key: key)
            return nil
        }
        guard range.contains(number) else {
            let bounds = [range.lowerBound, range.upperBound].map(CanonicalValue.text(of:))
            report(
                .outOfRange(found: text, allowed: "a number from \(bounds[0]) to \(bounds[1])"),
                at: node.origin, key: key)
            return nil
        }
        return number
    }

    func choice<Choice: CaseIterable & RawRepresentable>(
        _ node: SourceNode, key: String, planned: [String]
    ) -> Choice? where Choice.RawValue == String {
        let allowed = Choice.allCases.map(\.rawValue)
        guard case .scalar(let text, _) = node.content else {
            report(.wrongType(expected: .either(allowed), found: node.summary), at: node.origin, key: key)
            return nil
        }
        if let choice = Choice(rawValue: text) { return choice }
        if planned.contains(text) {
            report(.notAvailable(found: text, available: allowed), at: node.origin, key: key)
        } else {
            report(
                .notOneOf(found: text, allowed: allowed, nearest: NearestName.of(text, among: allowed)),
                at: node.origin, key: key)
        }
        return nil
    }

    func duration(_ node: SourceNode, key: String, in range: ClosedRange<Duration>) -> Duration? {
        guard case .scalar(let text, _) = node.content, let duration = Duration(configurationText: text)
        else {
            report(.wrongType(expected: .duration, found: node.summary), at: node.origin, key: key)
            return nil
        }
        guard range.contains(duration) else {
            let bounds = [range.lowerBound, range.upperBound].map(\.configurationText)
            report(
                .outOfRange(found: text, allowed: "a duration from \(bounds[0]) to \(bounds[1])"),
                at: node.origin, key: key)
            return nil
        }
        return duration
    }
}

extension SourceNode {
    /// `true` or `false`, unquoted; nil for anything else.
    var flag: Bool? {
        guard case .scalar(let text, false) = content else { return nil }
        return switch text {
        case "true": true
        case "false": false
        default: nil
        }
    }

    /// The text of a scalar; nil for anything else.
    var scalarText: String? {
        if case .scalar(let text, _) = content { text } else { nil }
    }
}

/// An optional sign and decimal digits.
private func isWholeNumber(_ text: String) -> Bool {
    let digits = text.utf8.drop { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }
    let signs = text.utf8.count - digits.count
    return signs <= 1 && !digits.isEmpty && digits.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
}

/// Decimal digits with an optional sign, point and exponent: none of `0x1p3`, `nan`, `inf`.
private func isNumber(_ text: String) -> Bool {
    let hasDigit = text.utf8.contains { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
    return hasDigit && text.utf8.allSatisfy { "0123456789+-.eE".utf8.contains($0) }
}
