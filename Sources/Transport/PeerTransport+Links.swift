import Logging
import NIOCore
import SecureChannel

/// What connections report.
extension PeerTransport {
    /// Message 1 of a handshake was genuine. A member has one unfinished handshake at most: its newest.
    func linkAuthenticated(_ link: LinkHandler, as member: Int) {
        guard link.dialled == nil else { return }
        let older = unconfirmed[member]
        unconfirmed[member] = link
        older?.finish(nil)
    }

    /// The other end holds the keys: only now an older session gives way.
    func linkConfirmed(_ link: LinkHandler, with member: Int) {
        if unconfirmed[member] === link { unconfirmed[member] = nil }
        if link.dialled == nil { budget.giveBack(link.address) }
        guard !isStopped else { return link.finish(.leaving) }
        let older = links[member]
        links[member] = nil
        older?.sayGoodbye(.replaced)
        links[member] = link
        dials[member].isDialling = false
        if link.dialled != nil { renewLater(link, member) }
        log.log(.debug, "link up", now: .now(), ["peer": "\(name(of: member))"])
        tell(.linkUp(member))
    }

    func received(_ message: [UInt8], from member: Int) {
        tell(.message(message, from: member))
    }

    /// A connection is over; called once for each.
    func linkEnded(_ link: LinkHandler, _ end: LinkEnd?) {
        open[ObjectIdentifier(link)] = nil
        if !link.isConfirmed && link.dialled == nil { budget.giveBack(link.address) }
        guard let member = link.member else {
            counters.rejected += 1
            explain(link, end)
            return
        }
        if unconfirmed[member] === link { unconfirmed[member] = nil }
        guard link.isConfirmed else {
            counters.rejected += 1
            explain(link, end)
            if link.dialled != nil { dialFailed(member) }
            return
        }
        counters.members[member].add(link.traffic)
        guard links[member] === link || end == .replaced else { return }
        if links[member] === link { links[member] = nil }
        log.log(
            end == .farewell || end == .leaving || end == .replaced ? .debug : .warning, "link down",
            now: .now(), ["peer": "\(name(of: member))", "reason": "\(end.map { "\($0)" } ?? "")"])
        tell(.linkDown(member, end ?? .truncated))
        guard end != .replaced else { return }
        if let since = link.confirmedAt { dials[member].backOff.sessionEnded(after: .now() - since) }
        redial(member)
    }

    /// One line about a handshake that came to nothing, for whoever compares agreements.
    private func explain(_ link: LinkHandler, _ end: LinkEnd?) {
        guard !isStopped else { return }
        var metadata: Logger.Metadata = ["address": "\(link.address)"]
        if case .fault(let fault)? = end { metadata["fault"] = "\(fault)" }
        if let member = link.dialled {
            metadata["peer"] = "\(name(of: member))"
            let line = "handshake failed; if the peer is meant, compare `network show`"
            log.log(.warning, line, now: .now(), metadata)
        } else {
            let named = settings.members.filter { $0.address.host == link.address }.map(\.name)
            guard !named.isEmpty else {
                return log.log(.info, "stranger closed", now: .now(), metadata)
            }
            metadata["peer"] = "\(named.prefix(3).joined(separator: " or "))"
            let line = "handshake failed; if a peer at this address is meant, compare `network show`"
            log.log(.warning, line, now: .now(), metadata)
        }
    }
}
