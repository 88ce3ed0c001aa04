import Testing

@testable import Agreement

@Suite struct PeerConfigurationTests {
    private func read(_ text: String, _ overrides: [String] = []) throws -> PeerConfiguration {
        try PeerConfiguration(
            yaml: Array(text.utf8), path: "peers/peer.yaml",
            overrides: overrides.map { try SettingOverride(argument: $0) })
    }

    @Test func `an empty file has every default, at its own folder`() throws {
        let peer = try read("")
        #expect(peer == PeerConfiguration(folder: "peers"))
        #expect(peer.name == nil)
        #expect(peer.network == "peers/network.yaml")
        #expect(peer.key == "peers/peer.key")
        #expect(peer.data == PeerConfiguration.DataSource(train: "peers/rows.csv", missing: .auto))
        #expect(peer.listen == NetworkAddress(host: "0.0.0.0", port: 7440))
        #expect(peer.control.http == nil)
        #expect(peer.threads == 1)
        #expect(peer.log == PeerConfiguration.Log(level: .info, format: .text))
    }

    @Test func `the example of the manual is read`() throws {
        let peer = try read(
            """
            name: north
            network: network.yaml
            key: north.key                 # 0600, made by `collabdict keygen`
            data: {train: rows.csv, missing: auto}        # auto | drop
            listen: "0.0.0.0:7440"
            state: /var/lib/collabdict     # SQLite database, checkpoints, control socket
            control: {socket: control.sock, http: "127.0.0.1:7441"}            # http is off unless named
            threads: 1
            log: {level: info, format: text}              # or json
            """)
        #expect(
            peer
                == PeerConfiguration(
                    folder: "peers", name: "north", http: NetworkAddress(host: "127.0.0.1", port: 7441)))
        #expect(peer.key == "peers/north.key")
        #expect(peer.state == "/var/lib/collabdict")
        #expect(peer.control.socket == "/var/lib/collabdict/control.sock")
    }

    @Test func `relative paths start at the folder of the file, the socket's in the state folder`() throws {
        let peer = try read(
            "state: state\nkey: ../keys/a.key\ndata: {train: /data/rows.csv, missing: drop, memory: 64}")
        #expect(peer.state == "peers/state")
        #expect(peer.control.socket == "peers/state/control.sock")
        #expect(peer.key == "peers/../keys/a.key")
        #expect(
            peer.data == PeerConfiguration.DataSource(train: "/data/rows.csv", missing: .drop, memory: 64))
    }

    @Test func `a configuration written out reads as itself`() throws {
        let peer = PeerConfiguration(
            folder: "/tmp/a b", name: "no", key: "k#.key", missing: .drop, memory: 512,
            listen: NetworkAddress(host: "::1", port: 0), state: "s: t", socket: "c",
            http: NetworkAddress(host: "localhost", port: 80), threads: 3,
            log: PeerConfiguration.Log(level: .debug, format: .json))
        #expect(try read(peer.yaml()) == peer)
        let bare = PeerConfiguration(folder: "/srv")
        #expect(try read(bare.yaml()) == bare)
    }

    @Test(arguments: [
        ("nme: north", "nme", "Did you mean name?"),
        ("data: {trian: x}", "data.trian", "Did you mean data.train?"),
        ("data: {missing: keep}", "data.missing", "Set data.missing to auto or drop."),
        ("data: {memory: 0}", "data.memory", "1 to 1073741824"),
        ("listen: 7440", "listen", "Set listen to an address"), ("threads: 0", "threads", "1 to 1024"),
        ("log: {level: verbose}", "log.level", "debug"), ("log: {format: xml}", "log.format", "text or json"),
        ("log: {level: debgu}", "log.level", "Did you mean debug?"),
        ("control: {http: on}", "control.http", "Set control.http to an address"),
        ("name: a b", "name", "letters"), ("key: ''", "key", "1 to 4096 bytes"),
        ("state: /\(String(repeating: "s", count: 100))", "control.socket", "at most 107 bytes"),
    ])
    func `what is wrong is named with its fix`(text: String, key: String, fix: String) {
        let found = SampleFiles.problems { _ = try read(text) }
        #expect(found.map(\.key) == [key])
        #expect(found.first?.fix.contains(fix) == true)
        #expect(found.first?.message.hasPrefix("peers/peer.yaml:1:") == true)
    }

    @Test func `settings are laid over the file`() throws {
        #expect(try read("log: {level: info}", ["log.level=trace", "threads=2"]).log.level == .trace)
    }
}
