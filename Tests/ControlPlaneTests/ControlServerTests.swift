import Foundation
import Logging
import NIOPosix
import Testing

@testable import ControlPlane

@Suite struct ControlServerTests {
    @Test func `a verb reads the status over the socket`() async throws {
        try await withServer { path in
            let status = try await ControlClient(socketPath: path).status()
            var expected = FixedProvider().report
            expected.session?.residual = nil
            #expect(status == expected)
        }
    }

    @Test func `a verb reads the rounds over the socket`() async throws {
        try await withServer { path in
            let rounds = try await ControlClient(socketPath: path).rounds()
            #expect(rounds == FixedProvider().rounds)
        }
    }

    @Test func `every key of the status is there, null where there is nothing`() async throws {
        try await withServer { path in
            let bytes = try await ControlClient(socketPath: path).body("/v1/status")
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(text.hasPrefix(#"{"data":{"alive":30,"attempt":0,"checkpointAgeSeconds":1.5,"#))
            #expect(text.contains(#""lastError":null"#))
            #expect(text.contains(#""session":{"chunk":1,"residual":null,"step":20,"steps":90}"#))
            #expect(text.hasSuffix(#""ok":true,"schema":"collabdict.status/1"}"#))
        }
    }

    @Test func `every one of many questions gets its answer`() async throws {
        try await withServer { path in
            for _ in 0..<200 {
                let status = try await ControlClient(socketPath: path).status()
                #expect(status.round == 7)
            }
        }
    }

    @Test func `nobody but the owner may use the socket`() async throws {
        try await withServer { path in
            let facts = try FileManager.default.attributesOfItem(atPath: path)
            #expect(facts[.posixPermissions] as? Int == 0o600)
        }
    }

    @Test func `the metrics are Prometheus text`() async throws {
        try await withServer { path in
            let bytes = try await ControlClient(socketPath: path).body("/metrics")
            let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
            #expect(lines.contains("collabdict_round 7.0"))
            #expect(lines.contains("# TYPE collabdict_sent_bytes_total counter"))
            for line in lines where !line.hasPrefix("#") {
                #expect(line.hasPrefix("collabdict_") && line.split(separator: " ").count == 2)
                #expect(Double(line.split(separator: " ")[1])?.isFinite == true)
            }
        }
    }

    @Test func `a peer without all its channels is alive and not ready`() async throws {
        var provider = FixedProvider()
        provider.ready = false
        try await withServer(provider) { path in
            let client = ControlClient(socketPath: path)
            let health = try await client.body("/healthz")
            #expect(health == Array("ok\n".utf8))
            await #expect(throws: ControlError.refused(route: "/readyz", status: 503)) {
                try await client.body("/readyz")
            }
            await #expect(throws: ControlError.refused(route: "/v1/model", status: 404)) {
                try await client.body("/v1/model")
            }
        }
    }

    @Test func `a large model file comes whole`() async throws {
        var provider = FixedProvider()
        let model = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0) }
        provider.model = model
        try await withServer(provider) { path in
            let bytes = try await ControlClient(socketPath: path).body("/v1/model")
            #expect(bytes == model)
        }
    }

    @Test func `a request over four kibibytes is refused`() async throws {
        try await withServer { path in
            let padding = String(repeating: "x", count: ControlLimits.requestBytes)
            let text = try await answer(to: "GET /v1/status HTTP/1.1\r\nx-pad: \(padding)\r\n\r\n", at: path)
            #expect(!text.contains("200 OK"))
            let status = try await ControlClient(socketPath: path).status()
            #expect(status.round == 7)
        }
    }

    @Test func `a client that says nothing is cut, and others are served`() async throws {
        try await withServer { path in
            try await withThrowingTaskGroup(of: String.self) { tasks in
                for _ in 0..<ControlLimits.clients {
                    tasks.addTask { try await answer(to: "GET /v1/st", at: path) }
                }
                let status = try await ControlClient(socketPath: path).status()
                #expect(status.round == 7)
                for try await text in tasks { #expect(!text.contains("200 OK")) }
            }
        }
    }

    @Test(arguments: ["POST", "DELETE", "PUT"])
    func `nothing can be changed`(method: String) async throws {
        try await withServer { path in
            let text = try await answer(
                to: "\(method) /v1/status HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", at: path)
            #expect(text.hasPrefix("HTTP/1.1 404"))
        }
    }

    @Test func `a daemon that is not running is said to be so`() async throws {
        let path = FileManager.default.temporaryDirectory.path + "/cd-nobody.sock"
        await #expect(throws: ControlError.notRunning(path: path)) {
            try await ControlClient(socketPath: path).status()
        }
    }

    @Test func `a path the kernel cannot take is refused with its length`() async throws {
        let path = "/" + String(repeating: "x", count: 120)
        await #expect(throws: ControlError.pathTooLong(path: path, byteCount: 121, limit: 107)) {
            try await ControlClient(socketPath: path).status()
        }
    }

    @Test func `only loopback serves HTTP`() {
        #expect(throws: ControlError.notLoopback(host: "0.0.0.0")) {
            try ControlServer(
                socketPath: "x", loopback: ("0.0.0.0", 1), provider: FixedProvider(),
                group: MultiThreadedEventLoopGroup.singleton, logger: Logger(label: "test"))
        }
    }
}
