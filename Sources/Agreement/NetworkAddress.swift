/// Where a peer listens: a host name or an IP address, and a TCP port.
package struct NetworkAddress: Sendable, Hashable {
    /// Name, IPv4 address, or IPv6 address without its brackets.
    package let host: String
    /// 1…65535; 0 asks the system for a free port and makes sense only where one listens.
    package let port: Int

    /// The longest name of the DNS, with brackets, colon and port.
    static let byteLimit = 262

    /// - Precondition: `port` in 0…65535.
    package init(host: String, port: Int) {
        precondition((0...65535).contains(port), "port \(port) outside 0…65535")
        self.host = host
        self.port = port
    }

    /// Reads `host:port`; an IPv6 address stands in brackets, `[::1]:7440`.
    package init?(text: String) {
        guard text.utf8.count <= Self.byteLimit, let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy(Self.isDigit),
            let port = Int(digits), (0...65535).contains(port)
        else { return nil }
        let host = text[..<colon]
        if host.first == "[" {
            guard host.last == "]", host.count > 3 else { return nil }
            let inner = host.dropFirst().dropLast()
            guard inner.contains(":"), inner.utf8.allSatisfy(Self.isIPv6Byte) else { return nil }
            self.init(host: String(inner), port: port)
        } else {
            guard !host.isEmpty, host.utf8.allSatisfy(Self.isNameByte) else { return nil }
            self.init(host: String(host), port: port)
        }
    }

    /// `host:port` again, with brackets around an IPv6 address.
    package var text: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    private static func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }

    private static func isLetter(_ byte: UInt8) -> Bool {
        UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        isDigit(byte) || isLetter(byte) || "-._".utf8.contains(byte)
    }

    /// Hexadecimal digits, colons, an IPv4 tail and a zone such as `%eth0`.
    private static func isIPv6Byte(_ byte: UInt8) -> Bool {
        isNameByte(byte) || byte == UInt8(ascii: ":") || byte == UInt8(ascii: "%")
    }
}
