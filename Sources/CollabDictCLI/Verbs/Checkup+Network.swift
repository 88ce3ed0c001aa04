import Agreement
import Glibc
import Sodium
import Topology
import Transport

/// What `doctor` asks the system and the other participants.
extension Checkup {
    /// Descriptors beside those of links: files, event loops, the control socket's clients, unfinished handshakes.
    private static let spareDescriptors: UInt64 = 128
    /// Locked bytes beside those of sessions: identity and handshakes under way.
    private static let spareLockedBytes: UInt64 = 1 << 20
    /// Locked bytes of a session: an area of keys takes a page between two guard pages.
    private static let lockedBytesPerSession: UInt64 = 16_384

    mutating func listening(_ configuration: PeerConfiguration, isRunning: Bool) async {
        var places = [("listen", configuration.listen)]
        if let http = configuration.control.http { places.append(("control.http", http)) }
        for (key, address) in places {
            guard !isRunning else {
                pass(key, "\(address.text) is the running daemon's")
                continue
            }
            _ = await look(key) {
                try await NetworkProbe.tryToListen(
                    at: TransportAddress(host: address.host, port: address.port))
                return (true, "\(address.text) is free")
            }
        }
    }

    /// Calls the neighbours in the control graph; the others are dialled only when a session needs them.
    mutating func neighbours(
        of member: Int, _ identity: SecretIdentity, _ agreement: NetworkAgreement
    ) async {
        let built = await look("graph") {
            let built = try agreement.settings.topology.build(vertexCount: agreement.participants.count)
            let neighbours = built.graph.neighbours(of: member)
            return (neighbours, "\(neighbours.count) neighbours, \(built.family?.rawValue ?? "edges")")
        }
        let members = agreement.participants.map {
            TransportMember(
                name: $0.name, identity: $0.key,
                address: TransportAddress(host: $0.address.host, port: $0.address.port))
        }
        let networkID = agreement.networkID
        for neighbour in built ?? [] {
            let answer = await NetworkProbe.call(
                neighbour, members: members, identity: identity, networkID: networkID)
            let name = agreement.participants[neighbour].name
            let place = agreement.participants[neighbour].address.text
            switch answer {
            case .sameAgreement: pass("peer \(name)", "\(place) has the same agreement")
            case .accepts: pass("peer \(name)", "\(place) accepts connections; it dials this peer")
            case .silent:
                fail(
                    "peer \(name)",
                    Failure(
                        status: .membership, code: "NO_HANDSHAKE",
                        message: "\(place) accepts connections and does not answer the handshake",
                        fix: "Compare `collabdict network show` with \(name), and check its address."))
            case .unreachable(let code):
                let reason = code == 0 ? "no answer" : Failure.systemText(code)
                fail(
                    "peer \(name)",
                    Failure(
                        status: .unreachable, code: "PEER_UNREACHABLE",
                        message: "\(place) cannot be reached: \(reason)",
                        fix: "Start the daemon of \(name), or check address, network and firewall."))
            }
        }
    }

    mutating func limits(memberCount: Int) {
        check(
            "descriptors", of: RLIMIT_NOFILE, atLeast: UInt64(memberCount) * 2 + Self.spareDescriptors,
            fix: "Raise 'ulimit -n', or LimitNOFILE of the service.")
        check(
            "memory lock", of: __RLIMIT_MEMLOCK,
            atLeast: UInt64(memberCount) * Self.lockedBytesPerSession + Self.spareLockedBytes,
            fix: "Raise 'ulimit -l', or LimitMEMLOCK of the service; else keys may reach the swap."
        ) { Figure.bytes(Double($0)) }
    }

    private mutating func check(
        _ subject: String, of resource: __rlimit_resource, atLeast needed: UInt64, fix: String,
        text: (UInt64) -> String = { "\($0)" }
    ) {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(resource.rawValue), &limit) == 0 else { return }
        let found = UInt64(limit.rlim_cur)
        guard found < needed else {
            return pass(subject, found == UInt64.max ? "no limit" : "\(text(found)) allowed")
        }
        fail(
            subject,
            Failure(
                status: .failure, code: "LIMIT",
                message: "\(text(found)) allowed, \(text(needed)) may be needed",
                fix: fix))
    }
}
