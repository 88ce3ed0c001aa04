import Foundation
import Testing

/// Real daemons over links that spoil, lose, delay and end their bytes.
@Suite struct FaultProxyTests {
    /// Six ports a run: where the daemons listen, then where others call them.
    private static let firstPort = 32_000 + Int(ProcessInfo.processInfo.processIdentifier) % 60 * 6

    /// What happens to the bytes of callers, and of the one called, at each of the three proxies.
    private static let plans = [
        ("flip@3000", "duplicate@2500"),
        ("cut@4000", "reset@9000,delay=3,jitter=2"),
        ("stall@2000=300,half-close@7000", "rate=2000000,delay=1"),
    ]

    @Test func `a network over spoilt links learns what an undisturbed one does`() async throws {
        let settings = [
            "rounds.maximum=8", "rounds.tolerance=0", "model.patterns=2", "consensus.method=exact",
            "deadlines.grace=1s",
        ]
        let network = try await PeerNetwork(
            firstPort: Self.firstPort, settings: settings, advertised: Self.firstPort + 3)
        var proxies: [CollabDictProcess] = []
        defer { for proxy in proxies { proxy.signal(SIGKILL) } }
        for (index, (there, back)) in Self.plans.enumerated() {
            proxies.append(
                try CollabDictProcess(
                    ["\(Self.firstPort + 3 + index)", "\(Self.firstPort + index)", there, back, "2", "7"],
                    in: network.folder.url, program: "FaultProxy"))
        }
        for name in PeerNetwork.names { try network.start(name) }
        let hashes = try await network.finish()
        #expect(Set(hashes).count == 1)
        let running = proxies.count { $0.isRunning }
        #expect(running == proxies.count)
        // Who calls whom follows from the keys, but two proxies are called: some link ended by what the record layer
        // found, or without a goodbye.
        let logs = PeerNetwork.names.map(network.log).joined()
        let ends = ["recordRejected", "recordLength", "truncated"]
        #expect(ends.contains { logs.contains($0) })
        #expect(await network.stop() == [0, 0, 0])

        // `exact` gives the same bits in every run, whatever happened on the way.
        let quiet = try await PeerNetwork(
            firstPort: Self.firstPort, settings: settings, advertised: Self.firstPort)
        for name in PeerNetwork.names { try quiet.start(name) }
        _ = try await quiet.finish()
        let undisturbed = try quiet.sharedParameters("p00")
        let spoilt = try network.sharedParameters("p00")
        #expect(undisturbed == spoilt)
        #expect(await quiet.stop() == [0, 0, 0])
    }
}
