import Consensus
import Models

/// Outside the roster: the state of others, and the way back in (protocol.md §3.4).
extension LearningInstance {
    /// What a roll call and the turns of those who may propose take, in deadlines.
    private static let rollCallDeadlines = 8

    /// Rounds that a JOIN waits at most, while there are any.
    private static let joinPauseMaximum: UInt64 = 32

    /// The attempt under way goes on without this member.
    mutating func stayOutside(now: Duration, _ directives: inout [LearningDirective]) {
        let before = phase
        leaveAttempt()
        if phase != before { lastProgress = now }
    }

    private mutating func leaveAttempt() {
        switch phase {
        case .gathering, .exchanging, .voting, .fetching, .calling, .holding:
            dropAttempt()
            phase = .joining
        case .idle, .preparing, .revealing, .optimising, .joining, .finished, .failed, .held: break
        }
    }

    /// This member was in the roster and is no longer: the next JOIN waits the longer, the oftener that happens.
    mutating func noteLoss() {
        let pause =
            failedJoinCount == 0 ? 0 : min(Self.joinPauseMaximum, 1 << UInt64(min(failedJoinCount, 6)))
        joinNotBefore = exchange + pause
        joinedAt = nil
        failedJoinCount += 1
    }

    /// The own READY of an attempt that no record knows of, or another one of this attempt than has been sent: an earlier
    /// life was as far or further, and its disk is lost.
    mutating func hearOwn(
        _ message: ReadyMessage, over link: Int, _ directives: inout [LearningDirective]
    ) {
        let known = journal.map { (exchange, $0.attempt) } ?? (exchange, 0)
        let isOther =
            (message.round, message.attempt) == known
            && readies[member].map { $0.attempt == message.attempt && $0 != message } ?? false
        guard remembersAll, phase != .idle, (message.round, message.attempt) > known || isOther,
            isSigned(message, by: member, over: link, &directives)
        else { return }
        noteLostMemory(of: message.round)
    }

    /// The own vote of an attempt in which this life has not voted: a vote is on disk before it leaves.
    mutating func hearOwn(
        _ message: FinishedMessage, over link: Int, _ directives: inout [LearningDirective]
    ) {
        let isKnown = journal?.vote.map { $0.attempt >= message.attempt } ?? false
        guard remembersAll, phase != .idle, !isKnown, isSigned(message, by: member, over: link, &directives)
        else { return }
        noteLostMemory(of: message.round)
    }

    /// This member may have voted in an exchange and not know for what: it takes no part until it was outside and has been
    /// let in again.
    private mutating func noteLostMemory(of round: UInt64) {
        remembersAll = false
        unknownUntil = max(exchange, round) + 1
        joinedAt = nil
        leaveAttempt()
    }

    /// Asks to be let in, once a state; a member that may have forgotten votes asks to be left out first.
    mutating func join(now: Duration, _ directives: inout [LearningDirective]) {
        guard phase == .joining else { return }
        if links.upPeers.isEmpty {
            connect(agreementGeometry.emergencyNeighbours(of: member), now: now, &directives)
        }
        guard !roster.contains(member) else {
            // An attempt that goes on without it already would only be ended by one more word.
            let isCountedOn = readies.latest.map { $0.roster.contains(member) } ?? true
            if !remembersAll, exchange > 0, isCountedOn { askToBeLeftOut(now: now, &directives) }
            return
        }
        // Where an exchange does not end, those who are left in it may be too few, and wait for whoever asks to be let in.
        let isDue = exchange >= joinNotBefore || now - lastProgress >= deadline * Self.rollCallDeadlines
        guard isDue, joinedAt != exchange, exchange > 0 else { return }
        joinedAt = exchange
        var message = JoinMessage(round: exchange, sender: UInt16(member), stateHash: stateHash)
        message.signature = authenticator.sign(message.signedBytes(networkID: networkID))
        keep(.join(message), of: member)
        flood(.join(message), except: nil, &directives)
    }

    /// Once an attempt, and once more where nothing has come of it: every word begins a roll call, which must come to its end.
    private mutating func askToBeLeftOut(now: Duration, _ directives: inout [LearningDirective]) {
        if let last = leavingTold, last.exchange == exchange, latestAttempt <= last.attempt,
            now - last.at < deadline * Self.rollCallDeadlines
        {
            return
        }
        announceLeaving(&directives)
        // The call of the announced attempt, or the one behind it, has this member's answer.
        leavingTold = (exchange, latestAttempt + 1, now)
    }

    // MARK: - Rule 9

    /// Whether there is no vote in this exchange that an earlier life may have cast.
    var isFree: Bool { remembersAll && (unknownUntil.map { exchange > $0 } ?? true) }

    /// Those who are left of the roster, and participants outside it that have this exchange's state, have asked to be let
    /// in, and are not missed by anybody who has answered.
    func widened(_ rest: MemberSet, by call: RollCall) -> MemberSet {
        var invited = rest
        for case .join(let join) in joins where join.round == exchange && join.stateHash == stateHash {
            let sender = Int(join.sender)
            let isMissed = call.messages.contains { answer in
                if case .abort(let abort) = answer { abort.accused.contains(sender) } else { false }
            }
            if !roster.contains(sender), !isMissed { invited.insert(sender) }
        }
        return invited
    }

    /// Whether a READY that has this member in its roster lets it in from outside; who may have forgotten a vote of the
    /// exchange asks to be left out.
    mutating func isInvited(
        by message: ReadyMessage, now: Duration, _ directives: inout [LearningDirective]
    ) -> Bool {
        guard phase == .joining, !roster.contains(member), message.roster.contains(member),
            message.attempt > 0, message.stateHash == stateHash
        else { return false }
        if !isFree { askToBeLeftOut(now: now, &directives) }
        return isFree
    }

    private mutating func keep(_ message: PeerMessage, of sender: Int) {
        joins.removeAll { known in
            if case .join(let join) = known { Int(join.sender) == sender } else { true }
        }
        joins.append(message)
    }

    mutating func receiveJoin(
        _ message: JoinMessage, _ flooded: PeerMessage, from link: Int,
        _ directives: inout [LearningDirective]
    ) {
        let sender = Int(message.sender)
        guard sender < settings.roster.count, sender != member else { return }
        let isNew = joins.allSatisfy { known in
            guard case .join(let join) = known, Int(join.sender) == sender else { return true }
            return join.round < message.round
        }
        guard isNew else { return }
        guard isSigned(message, by: sender, over: link, &directives) else { return }
        keep(flooded, of: sender)
        flood(flooded, except: link, &directives)
        if !roster.contains(sender) { joiners.insert(sender) }
    }

    /// The latest later exchange that a quorum of READYs is in with one state.
    private var stateAhead: (round: UInt64, hash: [UInt8])? {
        var found: [(round: UInt64, hash: [UInt8], count: Int)] = []
        for message in nextReadies.present + laterReadies.present {
            guard case .ready(let ready) = message, ready.round > exchange else { continue }
            let place = found.firstIndex { $0.round == ready.round && $0.hash == ready.stateHash }
            if let place {
                found[place].count += 1
            } else {
                found.append((ready.round, ready.stateHash, 1))
            }
        }
        let ahead = found.filter { $0.count >= settings.quorum }.max { $0.round < $1.round }
        return ahead.map { ($0.round, $0.hash) }
    }

    /// Fetches the state of an exchange that a quorum is in, unless this member is on its way there.
    mutating func followIfBehind(now: Duration, _ directives: inout [LearningDirective]) {
        guard !(nextReadies.isEmpty && laterReadies.isEmpty), adopting == nil else { return }
        switch phase {
        case .idle, .failed: return
        case .optimising where laterReadies.isEmpty: return
        default: break
        }
        let mayBeInTime = takesPart && phase != .joining && laterReadies.isEmpty
        // What opens a decided sum may be one deadline on its way, and the own private part is worth it.
        let patience = phase == .revealing ? settings.revealDeadline * 2 + deadline * 2 : deadline * 2
        if mayBeInTime, let behindSince, now - behindSince < patience { return }
        guard let ahead = stateAhead else { return }
        if mayBeInTime, behindSince == nil {
            behindSince = now
            return
        }
        fetch(.state(ahead.hash, round: ahead.round), now: now, &directives)
    }

    /// The state of others is here, and the own vector of their exchange.
    mutating func adopt(
        _ state: RoundState, trainer next: Trainer, update: GatedUpdate?, now: Duration,
        using generator: inout some RandomNumberGenerator,
        _ directives: inout [LearningDirective]
    ) {
        adopting = nil
        guard state.round >= exchange else { return }
        let steps = state.round - exchange
        if roster.contains(member), !state.roster.contains(member) { noteLoss() }
        if state.roster.contains(member), !hasRecord, joinedAt == nil {
            // A roster that names a member without records: there were some.
            remembersAll = false
        }
        if state.roster.contains(member), joinedAt != nil { remembersAll = true }
        // An earlier life may have been as far as that, or begun the next.
        if !hasRecord { unknownUntil = state.round + 1 }
        trainer = next
        exchange = state.round
        setRoster(state.roster, now: now, &directives)
        stateHash = RoundState.hash(stateBytes())
        hasRecord = true
        beginTables(after: steps)
        begin(update, proof: [], openings: [], now: now, using: &generator, &directives)
    }
}
