import Foundation
import SecureChannel
import Sodium

/// One end of a channel on standard input and output, for a live test against another implementation of Noise.
///
/// The first line of input sets it up: `initiator|responder`, our seed, the peer's Ed25519 key and the network id,
/// the last three in hexadecimal. Then the two streams are the connection. Every message is sent back; once the
/// peer has said goodbye the handshake hash goes to standard error.
@main
enum NoiseInterop {
    private static let messageLimit = 1 << 20

    static func main() throws {
        var input = Data()
        while input.firstIndex(of: UInt8(ascii: "\n")) == nil {
            let more = FileHandle.standardInput.availableData
            guard !more.isEmpty else { exit(2) }
            input += more
        }
        let line = input.prefix { $0 != UInt8(ascii: "\n") }
        var channel = try machine(String(decoding: line, as: UTF8.self))
        var chunk = [UInt8](input.dropFirst(line.count + 1))
        perform(channel.start(), &channel)
        while true {
            perform(channel.receive(chunk), &channel)
            chunk = [UInt8](FileHandle.standardInput.availableData)
            if chunk.isEmpty { break }
        }
        perform(channel.receiveEnd(), &channel)
    }

    /// The machine that the line asks for.
    private static func machine(_ line: String) throws -> ChannelMachine {
        let words = line.split(separator: " ").map(String.init)
        guard words.count == 4 else { exit(2) }
        let identity = try SecretIdentity(seed: bytes(words[1]))
        let peer = try PublicIdentity(bytes: bytes(words[2]))
        var generator = SodiumGenerator()
        guard words[0] == "initiator" else {
            let gate = ResponderGate(own: identity.publicIdentity, roster: [peer])
            return ChannelMachine(
                responder: identity, gate: gate, networkID: bytes(words[3]), messageLimit: messageLimit,
                using: &generator)
        }
        return ChannelMachine(
            initiator: identity, peer: peer, member: 0, networkID: bytes(words[3]),
            messageLimit: messageLimit, using: &generator)
    }

    private static func perform(_ directives: [ChannelDirective], _ channel: inout ChannelMachine) {
        for directive in directives {
            switch directive {
            case .write(let bytes):
                FileHandle.standardOutput.write(Data(bytes))
            case .message(let message):
                perform(channel.send(message), &channel)
            case .authenticated, .confirmed:
                break
            case .closed(let clean):
                let hash = (channel.handshakeHash ?? []).map { hexadecimal($0) }.joined()
                FileHandle.standardError.write(Data("\(clean ? "clean" : "cut") \(hash)\n".utf8))
                exit(clean ? 0 : 1)
            case .drop(let fault):
                FileHandle.standardError.write(Data("drop \(fault)\n".utf8))
                exit(1)
            }
        }
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }

    private static func bytes(_ text: String) -> [UInt8] {
        let digits = text.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
    }
}
