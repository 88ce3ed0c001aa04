import Testing

@testable import Agreement

@Suite struct PlainValueTests {
    @Test(arguments: [
        ("20ms", Duration.milliseconds(20)), ("30s", .seconds(30)), ("2m", .seconds(120)),
        ("1.5s", .milliseconds(1500)),
        ("0s", .zero), ("7us", .microseconds(7)), ("3ns", .nanoseconds(3)), ("24h", .seconds(86_400)),
    ])
    func `a duration is a number and its unit`(text: String, duration: Duration) {
        #expect(Duration(configurationText: text) == duration)
        #expect(Duration(configurationText: duration.configurationText) == duration)
    }

    @Test(arguments: [
        "", "s", "30", "-1s", "1 s", "1.s", ".5s", "1e3s", "0.5ns", "9999999999999999h", "1d", "1.2.3s",
        "1000000000000000000000s", "1S",
    ])
    func `anything else is none`(text: String) { #expect(Duration(configurationText: text) == nil) }

    @Test func `a duration is written in its largest whole unit`() {
        #expect(Duration.seconds(30).configurationText == "30s")
        #expect(Duration.seconds(120).configurationText == "2m")
        #expect(Duration.milliseconds(1500).configurationText == "1500ms")
        #expect(Duration.zero.configurationText == "0s")
    }

    @Test(arguments: [
        ("north.example:7440", "north.example", 7440), ("127.0.0.1:1", "127.0.0.1", 1),
        ("[::1]:7440", "::1", 7440),
        ("[fe80::1%eth0]:65535", "fe80::1%eth0", 65535), ("0.0.0.0:0", "0.0.0.0", 0),
    ])
    func `an address is host and port`(text: String, host: String, port: Int) {
        let address = NetworkAddress(text: text)
        #expect(address == NetworkAddress(host: host, port: port))
        #expect(address?.text == text)
    }

    @Test(arguments: [
        "", "north", ":7440", "north:", "north:65536", "north:-1", "north:+1", "::1:7440", "[::1]", "[]:1",
        "[a]:1",
        "a b:1", "a/b:1", "north:07440x", "http://north:7440", "nörth:7440",
    ])
    func `anything else is no address`(text: String) { #expect(NetworkAddress(text: text) == nil) }

    @Test(arguments: [
        ("patern", "patterns"), ("sparcity", "sparsity"), ("stars", "starts"), ("kidn", "kind"),
        ("see", "seed"),
    ])
    func `a slip finds its word`(slip: String, word: String) {
        #expect(NearestName.of(slip, among: ["kind", "patterns", "sparsity", "starts", "seed"]) == word)
    }

    @Test func `another word finds nothing`() {
        #expect(NearestName.of("temperature", among: ["kind", "patterns", "seed"]) == nil)
        #expect(NearestName.of("", among: ["kind"]) == nil)
        #expect(NearestName.of(String(repeating: "kind", count: 1000), among: ["kind"]) == nil)
    }

    @Test func `a swap of neighbours is one edit`() {
        #expect(NearestName.editDistance(Array("kind".utf8), Array("kidn".utf8)) == 1)
        #expect(NearestName.editDistance(Array("kind".utf8), Array("".utf8)) == 4)
        #expect(NearestName.editDistance(Array("".utf8), Array("".utf8)) == 0)
        #expect(NearestName.editDistance(Array("sitting".utf8), Array("kitten".utf8)) == 3)
    }
}
