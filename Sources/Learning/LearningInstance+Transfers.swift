import Consensus
import Wire

/// What a member fetches from others, in parts, and checks by its hash.
struct Transfer: Sendable {
    enum Wanted: Sendable, Equatable {
        /// A closed sum that is voted for, by the vote's digest.
        case sum([UInt8])
        /// The state that a round begins with, by its hash.
        case state([UInt8], round: UInt64)

        var hash: [UInt8] {
            switch self {
            case .sum(let hash), .state(let hash, _): hash
            }
        }
    }

    let wanted: Wanted
    /// All of it comes from one member, so that a wrong whole is that member's.
    var source: Int?
    var received: [UInt8] = []
    var askedAt: Duration
    /// How often somebody was asked.
    var tries = 0
}

/// GET and PART: SUM and STATE between any two members (protocol.md §3.1).
extension LearningInstance {
    /// Bytes that a sum or a state may have: some vectors, and what is said of members.
    private var transferLimit: Int {
        (1 << 20) + 16 * 8 * trainer.settings.vectorCountMax + 64 * settings.roster.count
    }

    private var partLimit: Int {
        let longest = max(trainer.settings.vectorCountMax, trainer.settings.columnCount + 1) + 1
        return PartMessage.payloadLimit(vectorCountMax: longest)
    }

    /// Asks for something, unless that is being done.
    mutating func fetch(
        _ wanted: Transfer.Wanted, now: Duration, _ directives: inout [LearningDirective]
    ) {
        guard transfer?.wanted != wanted else { return }
        transfer = Transfer(wanted: wanted, askedAt: now)
        ask(now: now, &directives)
    }

    /// Asks the next of those who are linked, first of all those who are known to have it.
    mutating func ask(now: Duration, _ directives: inout [LearningDirective]) {
        guard let transfer else { return }
        self.transfer?.askedAt = now
        wake(after: min(deadline, .seconds(1)), now: now, &directives)
        let linked = links.upPeers
        let owners = linked.filter { has($0, transfer.wanted) }
        let asked = owners.isEmpty || transfer.tries % 4 == 3 ? linked : owners
        guard !asked.isEmpty else { return }
        let source = asked[transfer.tries % asked.count]
        if source != transfer.source { self.transfer?.received = [] }
        self.transfer?.source = source
        self.transfer?.tries += 1
        askOn(&directives)
    }

    /// Asks the source for what follows on what it has given.
    private func askOn(_ directives: inout [LearningDirective]) {
        guard let transfer, let source = transfer.source else { return }
        let offset = UInt32(transfer.received.count)
        directives.append(.send(.get(GetMessage(hash: transfer.wanted.hash, offset: offset)), to: source))
    }

    private func has(_ peer: Int, _ wanted: Transfer.Wanted) -> Bool {
        switch wanted {
        case .sum(let digest):
            return readies[peer]?.vote?.digest == digest
        case .state(let hash, _):
            return nextReadies[peer]?.stateHash == hash || laterReadies[peer]?.stateHash == hash
                || readies[peer]?.stateHash == hash
        }
    }

    /// A link has come up: somebody else may give what nobody has begun to give, or whose source was cut off.
    mutating func askIfSourceless(newLink peer: Int, now: Duration, _ directives: inout [LearningDirective]) {
        guard let transfer else { return }
        guard let source = transfer.source, source != peer, links.isUp(source), !transfer.received.isEmpty
        else { return ask(now: now, &directives) }
    }

    mutating func askIfDue(now: Duration, _ directives: inout [LearningDirective]) {
        guard let transfer, now - transfer.askedAt >= deadline else { return }
        ask(now: now, &directives)
    }

    /// Answers GET with the next part, if what is wanted is here.
    mutating func serve(_ message: GetMessage, to peer: Int, _ directives: inout [LearningDirective]) {
        if served?.hash != message.hash {
            var writer = ByteWriter()
            let values = [journal?.vote?.value, knownValue, previousValue].compactMap { $0 }
            if let value = values.first(where: { $0.digest == message.hash }) {
                value.write(to: &writer, hidesShare: true)
            } else if stateHash == message.hash {
                writer.write(bytes: stateBytes())
            } else {
                return
            }
            served = (message.hash, writer.bytes)
        }
        guard let bytes = served?.bytes, message.offset <= bytes.count else { return }
        let end = min(Int(message.offset) + partLimit, bytes.count)
        directives.append(
            .send(
                .part(
                    PartMessage(
                        hash: message.hash, total: UInt32(bytes.count), offset: message.offset,
                        bytes: Array(bytes[Int(message.offset)..<end]))), to: peer))
    }

    mutating func receivePart(
        _ message: PartMessage, from sender: Int, now: Duration, _ directives: inout [LearningDirective]
    ) {
        guard let known = transfer, message.hash == known.wanted.hash, sender == known.source,
            Int(message.offset) == known.received.count
        else { return }
        guard Int(message.total) <= transferLimit, !message.bytes.isEmpty else {
            directives.append(.misbehaved(member: sender, .wrongPart))
            return
        }
        transfer?.received += message.bytes
        transfer?.askedAt = now
        guard let transfer else { return }
        guard transfer.received.count >= Int(message.total) else { return askOn(&directives) }
        self.transfer = nil
        let isTaken: Bool
        switch transfer.wanted {
        case .sum(let digest): isTaken = takeSum(transfer.received, digest: digest, now: now, &directives)
        case .state(let hash, let round):
            isTaken = takeState(transfer.received, hash: hash, round: round, &directives)
        }
        guard !isTaken else { return }
        directives.append(.misbehaved(member: sender, .wrongPart))
        fetch(transfer.wanted, now: now, &directives)
    }

    /// - Returns: whether the bytes are what the hash stands for.
    private mutating func takeState(
        _ bytes: [UInt8], hash: [UInt8], round: UInt64, _ directives: inout [LearningDirective]
    ) -> Bool {
        guard RoundState.hash(bytes) == hash, let state = try? RoundState(decoding: bytes),
            state.round == round, state.roster.participantCount == settings.roster.count
        else { return false }
        guard round > exchange || round == exchange && !remembersAll else { return true }
        dropAttempt()
        adopting = state
        phase = .fetching
        compute(.adopt(agreed: state.agreed), &directives)
        return true
    }

    /// - Returns: whether the bytes are what the digest stands for.
    private mutating func takeSum(
        _ bytes: [UInt8], digest: [UInt8], now: Duration, _ directives: inout [LearningDirective]
    ) -> Bool {
        var reader = ByteReader(bytes)
        guard let parts = try? RoundValue.Parts(from: &reader), (try? reader.finish()) != nil,
            let geometry = geometry(for: parts.roster),
            let plan = plan(attempt: parts.attempt, geometry: geometry), parts.fit(plan)
        else { return false }
        let value = parts.value(plan)
        guard value.digest == digest else { return false }
        knownValue = value
        if phase == .fetching, boundDigest == digest {
            makeOpening(of: value, now: now, &directives)
            castVote(for: value, now: now, &directives)
        } else {
            decideIfVoted(now: now, &directives)
        }
        return true
    }
}
