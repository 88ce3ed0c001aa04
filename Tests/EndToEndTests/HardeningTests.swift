import Foundation
import Testing

/// What a running daemon keeps to itself, and what cannot bring it down (docs/reliability.md).
@Suite(.serialized) struct HardeningTests {
    private static func firstPort(_ offset: Int) -> Int {
        27_000 + Int(ProcessInfo.processInfo.processIdentifier) % 400 * 12 + offset
    }

    private static let settings = [
        "rounds.maximum=30", "rounds.tolerance=0", "model.patterns=2", "deadlines.grace=1s",
    ]

    /// The library that makes a disk fail, from the one C file of StorageTests; nil without a C compiler.
    private static let diskFaults: String? = {
        let library = FileManager.default.temporaryDirectory.appending(
            path: "daemon-faults-\(ProcessInfo.processInfo.processIdentifier).so")
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/cc")
        process.arguments = [
            "-shared", "-fPIC", "-O1", "-o", library.path(),
            Repository.path("Tests/StorageTests/Faults/disk-faults.c"), "-ldl",
        ]
        guard (try? process.run()) != nil else { return nil }
        process.waitUntilExit()
        return process.terminationStatus == 0 ? library.path() : nil
    }()

    private func mode(_ path: String) throws -> Int {
        try #require(
            try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
    }

    /// How often each text stands in a process's memory; nil where this user may not look.
    private func copiesInMemory(of texts: [Data], _ process: Int32) -> [Int]? {
        let memory = unsafe open("/proc/\(process)/mem", O_RDONLY)
        // A file of the kernel has no size, so it has to be read to its end.
        guard memory >= 0,
            let text = try? FileHandle(forReadingAtPath: "/proc/\(process)/maps")?.readToEnd()
        else { return nil }
        let maps = String(decoding: text, as: UTF8.self)
        defer { close(memory) }
        var counts = texts.map { _ in 0 }
        for line in maps.split(separator: "\n") {
            let words = line.split(separator: " ")
            let ends = words[0].split(separator: "-").compactMap { Int($0, radix: 16) }
            guard words[1].hasPrefix("r"), ends.count == 2 else { continue }
            var piece = [UInt8](repeating: 0, count: ends[1] - ends[0])
            // Addresses of the kernel's own pages do not fit an offset, and hold nothing of the process.
            guard let offset = off_t(exactly: ends[0]) else { continue }
            let count = unsafe pread(memory, &piece, piece.count, offset)
            guard count > 0 else { continue }
            let data = Data(piece[..<count])
            for (index, text) in texts.enumerated() {
                var rest = data[...]
                while let found = rest.range(of: text) {
                    counts[index] += 1
                    rest = rest[found.upperBound...]
                }
            }
        }
        return counts
    }

    @Test
    func
        `under umask 0 all files are the owner's alone, and the secret key is once in memory and nowhere else`()
        async throws
    {
        let network = try await PeerNetwork(firstPort: Self.firstPort(0), settings: Self.settings)
        for name in PeerNetwork.names { try network.start(name, prelude: "umask 0") }
        _ = try await network.finish()
        let folder = network.folder.path("p00")
        #expect(try mode(folder) == 0o700)
        let text = try String(contentsOfFile: network.folder.path("p00.key"), encoding: .utf8)
        let secret = String(try #require(text.split(separator: " ").last).prefix(64))
        let digits = Array(secret)
        let seed = Data(
            stride(from: 0, to: 64, by: 2).compactMap { UInt8(String(digits[$0...($0 + 1)]), radix: 16) })
        #expect(seed.count == 32)
        var seen: [String] = []
        for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() {
            #expect(try mode("\(folder)/\(name)") == 0o600, "\(name)")
            seen.append(name)
            guard name != "control.sock" else { continue }
            let data = try Data(contentsOf: URL(filePath: "\(folder)/\(name)"))
            #expect(data.range(of: seed) == nil && data.range(of: Data(secret.utf8)) == nil, "\(name)")
        }
        #expect(Set(seen).isSuperset(of: ["collabdict.sqlite", "control.sock", "lock", "model.json"]))
        #expect(!network.log("p00").contains(secret))

        if let copies = copiesInMemory(of: [seed, Data(secret.utf8)], network.processIdentifier("p00")) {
            #expect(copies == [1, 0])
        }

        // No core file may be written, and a closed socket is no reason to die.
        let process = "/proc/\(network.processIdentifier("p00"))"
        let limits = try String(contentsOfFile: "\(process)/limits", encoding: .utf8)
        let core = try #require(limits.split(separator: "\n").first { $0.hasPrefix("Max core file size") })
        #expect(core.split(separator: " ").dropFirst(4).prefix(2) == ["0", "0"])
        let status = try String(contentsOfFile: "\(process)/status", encoding: .utf8)
        let ignored = try #require(status.split(separator: "\n").first { $0.hasPrefix("SigIgn:") })
        let mask = try #require(UInt64(ignored.split(separator: "\t")[1], radix: 16))
        #expect(mask >> UInt64(SIGPIPE - 1) & 1 == 1)
        #expect(await network.stop() == [0, 0, 0])
    }

    @Test func `a second SIGTERM ends a daemon that waits for goodbyes`() async throws {
        let network = try await PeerNetwork(firstPort: Self.firstPort(3), settings: Self.settings)
        for name in PeerNetwork.names { try network.start(name) }
        _ = try await network.finish()
        for name in ["p01", "p02"] { network.signal(name, SIGSTOP) }
        network.signal("p00", SIGTERM)
        while !network.log("p00").contains("leaving") { await Task.yield() }
        // By now the next signal is the kernel's business, unless the goodbyes are over already.
        let path = "/proc/\(network.processIdentifier("p00"))/status"
        if let text = try? String(contentsOfFile: path, encoding: .utf8) {
            for line in text.split(separator: "\n")
            where line.hasPrefix("SigIgn:") || line.hasPrefix("SigCgt:") {
                let mask = try #require(UInt64(line.split(separator: "\t")[1], radix: 16))
                #expect(mask >> UInt64(SIGTERM - 1) & 1 == 0, "\(line)")
            }
        }
        network.signal("p00", SIGTERM)
        let result = try #require(await network.end(of: "p00"))
        #expect([0, SIGTERM].contains(result.status))
        for name in ["p01", "p02"] {
            network.signal(name, SIGCONT)
            await network.kill(name)
        }
    }

    @Test(
        .enabled(if: diskFaults != nil),
        arguments: [("enospc", "disk"), ("eio", "failed"), ("fsync", "failed")])
    func `a daemon whose disk fails stops with a clear line, and comes back on a sound one`(
        kind: String, says: String
    ) async throws {
        let network = try await PeerNetwork(firstPort: Self.firstPort(6), settings: Self.settings)
        for name in ["p00", "p02"] { try network.start(name) }
        try network.start(
            "p01",
            environment: ["LD_PRELOAD": Self.diskFaults ?? "", "DISK_FAULT": "\(kind):40"])
        let ended = try #require(await network.end(of: "p01"))
        #expect(ended.status == 1)
        #expect(ended.error.contains("error: ") && ended.error.contains("fix: "))
        #expect(ended.error.contains(says), "\(ended.error.suffix(400))")
        try network.start("p01")
        #expect(Set(try await network.finish()).count == 1)
        #expect(await network.stop() == [0, 0, 0])
    }

    @Test func `strangers who take all descriptors delay nobody for good`() async throws {
        let network = try await PeerNetwork(firstPort: Self.firstPort(9), settings: Self.settings)
        try network.start("p00", prelude: "ulimit -n 40")
        _ = try await network.wait(for: "p00") { _ in true }
        var sockets: [Int32] = []
        defer { for socket in sockets { close(socket) } }
        for _ in 0..<200 {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = in_port_t(Self.firstPort(9)).bigEndian
            address.sin_addr.s_addr = unsafe inet_addr("127.0.0.1")
            let result = unsafe withUnsafePointer(to: &address) {
                unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            guard result == 0 else {
                close(descriptor)
                break
            }
            sockets.append(descriptor)
        }
        #expect(sockets.count > 40)
        for name in ["p01", "p02"] { try network.start(name) }
        #expect(Set(try await network.finish()).count == 1)
        #expect(await network.stop() == [0, 0, 0])
    }
}
