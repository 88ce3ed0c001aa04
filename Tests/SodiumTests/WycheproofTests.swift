import Foundation
import Sodium
import Testing

/// The published collections beside the repository; without them these tests pass over nothing.
@Suite struct WycheproofTests {
    private struct File<Group: Decodable>: Decodable {
        let testGroups: [Group]
    }

    private struct AgreementGroup: Decodable {
        struct Test: Decodable {
            let tcId: Int
            let `public`: String
            let `private`: String
            let shared: String
            let flags: [String]
        }
        let tests: [Test]
    }

    private struct CipherGroup: Decodable {
        struct Test: Decodable {
            let tcId: Int
            let key, iv, aad, msg, ct, tag, result: String
        }
        let tests: [Test]
    }

    private static func tests<Group: Decodable>(_ name: String, _: Group.Type) throws -> [Group]? {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = root.appending(path: "../shared/vectors/\(name)").standardizedFileURL
        guard let data = try? Data(contentsOf: file) else { return nil }
        return try JSONDecoder().decode(File<Group>.self, from: data).testGroups
    }

    @Test func `518 key agreements: 487 right, 31 points of small order refused`() throws {
        guard let groups = try Self.tests("wycheproof-x25519.json", AgreementGroup.self) else { return }
        var right = 0
        var refused = 0
        for test in groups.flatMap(\.tests) {
            let area = SecretArea(capacity: 96)
            let secret = area.reserve(32)
            secret.assign(copying: hexBytes(test.private))
            let result = area.reserve(32)
            let expected = area.reserve(32)
            expected.assign(copying: hexBytes(test.shared))
            let pair = X25519KeyPair(secret: secret)
            do throws(SodiumError) {
                try pair.agree(with: hexBytes(test.public), into: result)
                #expect(result.isEqual(to: expected), "test \(test.tcId)")
                right += 1
            } catch {
                #expect(error == .zeroSharedSecret && test.flags.contains("ZeroSharedSecret"))
                refused += 1
            }
        }
        #expect((right, refused) == (487, 31))
    }

    @Test func `325 ciphertexts: 256 right both ways, 60 forgeries refused, 9 with another nonce size`()
        throws
    {
        guard let groups = try Self.tests("wycheproof-chacha20-poly1305.json", CipherGroup.self) else {
            return
        }
        var counts = (right: 0, refused: 0, skipped: 0)
        for test in groups.flatMap(\.tests) {
            let nonce = hexBytes(test.iv)
            guard nonce.count == ChaChaPoly.nonceLength else {
                counts.skipped += 1
                continue
            }
            let key = SecretArea(capacity: 32).reserve(32)
            key.assign(copying: hexBytes(test.key))
            let message = hexBytes(test.msg)
            let sealed = hexBytes(test.ct) + hexBytes(test.tag)
            let extra = hexBytes(test.aad)
            var buffer = sealed
            do throws(SodiumError) {
                let range = try ChaChaPoly.open(
                    &buffer, ciphertext: 0..<sealed.count, key: key, nonce: nonce, associatedData: extra)
                #expect(Array(buffer[range]) == message && test.result == "valid", "test \(test.tcId)")
                var again = message + [UInt8](repeating: 0, count: ChaChaPoly.tagLength)
                ChaChaPoly.seal(
                    &again, plaintext: 0..<message.count, key: key, nonce: nonce, associatedData: extra)
                #expect(again == sealed, "test \(test.tcId)")
                counts.right += 1
            } catch {
                #expect(error == .authenticationFailed && test.result == "invalid", "test \(test.tcId)")
                counts.refused += 1
            }
        }
        #expect(counts == (256, 60, 9))
    }
}
