import Consensus
import Sodium

/// ABORT and the roll call: from an attempt that was given up to the roster of the next (protocol.md §3.3).
extension LearningInstance {
    /// Attempts of one exchange after which members take their time.
    private static let attemptsInHaste: UInt32 = 16

    /// Gives the attempt up, or a call that came to nothing.
    ///
    /// - Parameter accused: members that are lost; perhaps nobody.
    mutating func giveUp(
        accusing accused: MemberSet, now: Duration, _ directives: inout [LearningDirective]
    ) {
        guard takesPart, journal != nil else { return }
        switch phase {
        case .gathering, .exchanging, .voting, .fetching, .calling, .holding, .joining: break
        case .idle, .preparing, .revealing, .optimising, .finished, .failed, .held: return
        }
        if accused.isEmpty { failedAttemptCount += 1 }
        let latest = max(journal?.attempt ?? 0, phase == .joining ? readies.latest?.attempt ?? 0 : 0)
        let attempt = call.map { max($0.attempt + 1, latest) } ?? latest
        openCall(attempt: attempt, accusing: accused, now: now, &directives)
    }

    /// Begins the roll call of an attempt here, and answers it.
    mutating func openCall(
        attempt: UInt32, accusing accused: MemberSet, now: Duration,
        _ directives: inout [LearningDirective]
    ) {
        dropAttempt()
        if call?.attempt != attempt {
            let ends = now + deadline
            call = RollCall(attempt: attempt, participantCount: settings.roster.count, ends: ends)
            wake(after: min(deadline, .seconds(1)), now: now, &directives)
            // The control neighbours may be those that are gone.
            connect(agreementGeometry.emergencyNeighbours(of: member), now: now, &directives)
        }
        lastProgress = now
        switch phase {
        case .gathering, .exchanging, .voting, .fetching, .holding, .joining, .calling:
            phase = .calling
            hold = nil
        case .idle, .preparing, .revealing, .optimising, .finished, .failed, .held: break
        }
        if call?.answers[member] == nil {
            // Who sends nothing leaves: the others need not wait.
            let leaving = MemberSet([member], participantCount: settings.roster.count)
            let own = signedAbort(
                round: exchange, attempt: attempt, accused: phase == .held ? leaving : accused)
            let answering = member
            call?.put(own, of: answering)
            flood(own, except: nil, &directives)
        }
        // What was decided before needs no other attempt.
        decideIfVoted(now: now, &directives)
        evaluateCall(now: now, &directives)
    }

    private func signedAbort(round: UInt64, attempt: UInt32, accused: MemberSet) -> PeerMessage {
        var message = AbortMessage(
            round: round, attempt: attempt, sender: UInt16(member), accused: accused)
        message.signature = authenticator.sign(message.signedBytes(networkID: networkID))
        return .abort(message)
    }

    mutating func receiveAbort(
        _ message: AbortMessage, _ flooded: PeerMessage, from link: Int, now: Duration,
        _ directives: inout [LearningDirective]
    ) {
        let sender = Int(message.sender)
        guard sender < settings.roster.count, sender != member, phase != .idle, phase != .failed else {
            return
        }
        if message.round < exchange || phase.isDecided && message.round == exchange {
            return tellWhatIsDecided(to: link, now: now, &directives)
        }
        guard message.round - exchange <= 1 else { return }
        if message.round == exchange, phase == .revealing {
            // The proof takes the place of an answer. What is not kept is not passed on: it would go round for ever.
            return tellWhatIsDecided(to: link, now: now, &directives)
        }
        let isNext = message.round > exchange
        let known = isNext ? nextCall : call
        let floor = max(known?.attempt ?? 0, isNext ? 0 : journal?.attempt ?? 0)
        guard message.attempt >= floor else { return }
        // One that was given before a crash and one after it may differ: the first counts.
        if let known, known.attempt == message.attempt, known.answers[sender] != nil { return }
        guard isSigned(message, by: sender, over: link, &directives) else { return }
        guard message.accused.participantCount == settings.roster.count else {
            directives.append(.misbehaved(member: sender, .foreignRoster))
            return
        }
        flood(flooded, except: link, &directives)
        if isNext {
            answerNextCall(flooded, message, now: now, &directives)
        } else {
            answerCall(flooded, message, now: now, &directives)
        }
    }

    /// A member is ahead and misses somebody there: this one is alive.
    private mutating func answerNextCall(
        _ flooded: PeerMessage, _ message: AbortMessage, now: Duration,
        _ directives: inout [LearningDirective]
    ) {
        if nextCall?.attempt != message.attempt {
            nextCall = RollCall(
                attempt: message.attempt, participantCount: settings.roster.count, ends: now + deadline)
        }
        nextCall?.put(flooded, of: Int(message.sender))
        guard takesPart, nextCall?.answers[member] == nil else { return }
        let own = signedAbort(
            round: message.round, attempt: message.attempt, accused: lostMembers(now: now))
        let answering = member
        nextCall?.put(own, of: answering)
        flood(own, except: nil, &directives)
    }

    private mutating func answerCall(
        _ flooded: PeerMessage, _ message: AbortMessage, now: Duration,
        _ directives: inout [LearningDirective]
    ) {
        if call?.attempt != message.attempt {
            call = RollCall(
                attempt: message.attempt, participantCount: settings.roster.count, ends: now + deadline)
            wake(after: min(deadline, .seconds(1)), now: now, &directives)
        }
        call?.put(flooded, of: Int(message.sender))
        guard takesPart else { return }
        if phase == .holding {
            // Others may be on their way back as well.
            let ends = now + deadline
            call?.ends = ends
            wake(after: min(deadline, .seconds(1)), now: now, &directives)
        }
        openCall(attempt: message.attempt, accusing: lostMembers(now: now), now: now, &directives)
    }

    /// Ends the call when all have answered, or after its deadline: the next roster, and whose turn it is to propose it.
    mutating func evaluateCall(now: Duration, _ directives: inout [LearningDirective]) {
        guard phase == .calling, let call else { return }
        guard now >= call.ends || call.isComplete(roster) else { return }
        let present = call.rest(of: roster, keys: settings.roster)
        var rest = present
        if !isViable(rest) { rest = widened(present, by: call) }
        if let known = call.proposal, known.roster == rest { return }
        guard isViable(rest) else { return holdBelow(present: present.count, now: now, &directives) }
        let next = call.attempt + 1
        // Who is invited from outside may not know of the call yet.
        let answering = MemberSet(
            rest.members.filter { call.answers[$0] != nil }, participantCount: rest.participantCount)
        let order = RollCall.order(
            of: answering, keys: settings.roster, networkID: networkID, round: exchange, attempt: next)
        // Who is left out hears of it.
        guard let turn = order.firstIndex(of: member) else { return }
        var pause = deadline * turn
        if next > Self.attemptsInHaste { pause += settings.sessionDeadline }
        self.call?.proposal = (rest, next + UInt32(turn), now + pause)
        guard pause > .zero else { return proposeIfDue(now: now, &directives) }
        wake(after: min(pause, .seconds(1)), now: now, &directives)
    }

    /// The own proposal, unless somebody else's has come.
    mutating func proposeIfDue(now: Duration, _ directives: inout [LearningDirective]) {
        guard phase == .calling, let proposal = call?.proposal, now >= proposal.at else { return }
        announce(attempt: proposal.attempt, roster: proposal.roster, now: now, &directives)
    }

    /// Whether these members can decide the exchange: by a sum of their own, or by one that is voted for.
    private mutating func isViable(_ rest: MemberSet) -> Bool {
        let isVotedFor = journal?.vote != nil || !votes.isEmpty
        return rest.count >= (isVotedFor ? settings.quorum : settings.rosterMinimum)
            && geometry(for: rest) != nil
    }

    /// Too few are there: the answers of others go on counting.
    mutating func holdBelow(present: Int, now: Duration, _ directives: inout [LearningDirective]) {
        phase = .holding
        hold =
            present >= settings.rosterMinimum
            ? .noGraph(present: present) : .tooFew(present: present, needed: settings.rosterMinimum)
        lastProgress = now
    }

    /// The owner ends the process: the others need not wait to find out.
    mutating func leave(now: Duration, _ directives: inout [LearningDirective]) {
        guard takesPart, phase != .finished, phase != .failed, phase != .idle else { return }
        announceLeaving(&directives)
        phase = .failed
    }

    /// The latest attempt of this exchange that the member has heard of.
    var latestAttempt: UInt32 {
        mutating get { max(readies.latest?.attempt ?? 0, journal?.attempt ?? 0, call?.attempt ?? 0) }
    }

    /// An ABORT that accuses the member itself.
    mutating func announceLeaving(_ directives: inout [LearningDirective]) {
        let own = MemberSet([member], participantCount: settings.roster.count)
        let attempt = latestAttempt
        let isOver = phase == .optimising
        flood(
            signedAbort(
                round: isOver ? exchange + 1 : exchange, attempt: isOver ? 0 : attempt, accused: own),
            except: nil, &directives)
        guard !isOver else { return }
        // One answer a call: it may have been given already.
        if call?.attempt == attempt {
            flood(
                signedAbort(round: exchange, attempt: attempt + 1, accused: own), except: nil, &directives)
        }
    }
}
