import Sodium
import Testing

@testable import Agreement

@Suite struct ParticipantTests {
    private func problems(replacing old: String, with new: String) throws -> [ConfigurationProblem] {
        let text = try SampleFiles.agreement().replacing(old, with: new)
        return SampleFiles.problems { _ = try SampleFiles.read(text) }
    }

    @Test func `two participants of one name are refused`() throws {
        let found = try problems(replacing: "name: south", with: "name: north")
        #expect(
            found.map(\.message) == [
                "network.yaml:6:12: participants[1].name 'north' is already that of participants[0].name"
            ])
    }

    @Test func `two participants with one key are refused`() throws {
        let first = try SampleFiles.identity(1).text
        let found = try problems(replacing: SampleFiles.identity(3).text, with: first)
        #expect(found.map(\.key) == ["participants[2].key"])
        #expect(found.map(\.fault) == [.duplicateValue(found: first, firstKey: "participants[0].key")])
    }

    @Test func `two signing keys with one channel key are refused`() throws {
        let first = try SampleFiles.identity(1)
        var mirrored = first.bytes
        mirrored[31] ^= 0x80
        let other = try PublicIdentity(bytes: mirrored)
        let found = try problems(replacing: SampleFiles.identity(3).text, with: other.text)
        #expect(found.map(\.key) == ["participants[2].key"])
    }

    @Test func `two participants learn together only when they say so`() throws {
        func text(_ quorum: String) throws -> String {
            """
            version: 1
            network: pair
            columns: [a]
            participants:
              - {name: one, key: \(try SampleFiles.identity(1).text), address: "one.example:7440"}
              - {name: two, key: \(try SampleFiles.identity(2).text), address: "two.example:7440"}
            \(quorum)
            """
        }
        let found = SampleFiles.problems { _ = try SampleFiles.read(try text("")) }
        #expect(found.map(\.key) == ["participants"])
        #expect(try SampleFiles.read(try text("quorum: 2")).participants.count == 2)
    }

    @Test func `two participants at one address are refused`() throws {
        let found = try problems(replacing: "[::1]:7440", with: "north.example:7440")
        #expect(found.map(\.key) == ["participants[2].address"])
    }

    @Test func `a damaged key is refused`() throws {
        let key = try SampleFiles.identity(2).text
        let damaged = String(key.dropLast()) + (key.hasSuffix("a") ? "b" : "a")
        let found = try problems(replacing: key, with: damaged)
        #expect(found.map(\.fault) == [.wrongType(expected: .key, found: "'\(damaged)'")])
        #expect(found.first?.fix == "Set participants[1].key to a public key (cd1…, as keygen prints it).")
    }

    @Test(arguments: ["north.example", "north.example:0", "north.example:70000", "::1:7440"])
    func `an address that cannot be dialled is refused`(address: String) throws {
        let found = try problems(replacing: "north.example:7440", with: address)
        #expect(found.map(\.key) == ["participants[0].address"])
    }

    @Test(arguments: ["a b", "-a", ".a", "a/b", "nörd", "''"])
    func `a name that is not safe in files and logs is refused`(name: String) throws {
        let found = try problems(replacing: "name: south", with: "name: \(name)")
        #expect(found.map(\.key) == ["participants[1].name"])
    }

    @Test func `an unknown key of a participant is named with its number`() throws {
        let found = try problems(replacing: "name: south", with: "nmae: south")
        #expect(found.map(\.key) == ["participants[1].nmae", "participants[1].name"])
        #expect(
            found.first?.fault
                == .unknownKey(nearest: "participants[1].name", known: ["name", "key", "address"]))
        #expect(found.last?.fault == .missingKey(expected: .text))
    }

    @Test func `one participant is no network`() throws {
        let key = try SampleFiles.identity(1).text
        let text = """
            version: 1
            network: alone
            columns: [x]
            participants: [{name: north, key: \(key), address: "a:1"}]
            """
        let found = SampleFiles.problems { _ = try SampleFiles.read(text) }
        #expect(
            found.map(\.message) == [
                "network.yaml:4:15: participants is 1, but must be 2 to 65535 participants"
            ])
    }

    @Test func `participants that are no mappings are refused`() throws {
        let text = "version: 1\nnetwork: n\ncolumns: [x]\nparticipants: [north, ~]"
        let found = SampleFiles.problems { _ = try SampleFiles.read(text) }
        #expect(found.map(\.key) == ["participants[0]", "participants[1].name"])
    }

    @Test func `columns are named once, and there is one at least`() throws {
        let twice = try problems(replacing: "perimeter", with: "radius")
        #expect(
            twice.map(\.message) == [
                "network.yaml:3:28: columns[2] 'radius' is already that of columns[0]"
            ])
        let none = try problems(replacing: "[radius, texture, perimeter]", with: "[]")
        #expect(
            none.map(\.message) == ["network.yaml:3:10: columns is 0 columns, but must be 1 to 4096 names"])
        let nested = try problems(replacing: "perimeter", with: "[perimeter]")
        #expect(nested.map(\.fault) == [.wrongType(expected: .text, found: "a list")])
        let text = try problems(replacing: "[radius, texture, perimeter]", with: "radius")
        #expect(text.map(\.fault) == [.wrongType(expected: .list, found: "'radius'")])
    }
}
