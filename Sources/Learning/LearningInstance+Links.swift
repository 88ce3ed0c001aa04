import Consensus

/// Links and time: heartbeats, suspicion, stalled attempts (protocol.md §3.3).
extension LearningInstance {
    /// Time between two PINGs on a link.
    private static let heartbeat = Duration.seconds(1)
    /// How many times longer than a session the first exchange waits for members that have not been there yet.
    private static let foundingPatience = 10

    mutating func linkCameUp(_ peer: Int, now: Duration, _ directives: inout [LearningDirective]) {
        links.comesUp(peer, now: now)
        guard phase != .idle else { return }
        if controlNeighbours.contains(peer) || isDisturbed || !roster.contains(peer) {
            if phase == .revealing { lastProgress = now }
            var known = (journal?.proof ?? []) + (journal?.openings ?? []) + readies.present
            known += nextReadies.present + laterReadies.present + votes.all + (opening?.messages ?? [])
            known += (call?.messages ?? []) + (nextCall?.messages ?? []) + joins
            for message in known { directives.append(.send(message, to: peer)) }
        }
        if let aggregation, let place = attemptRoster.place(of: peer) {
            for case .send(let message, _) in aggregation.resend(to: place) {
                directives.append(.send(message, to: peer))
            }
        }
        askIfSourceless(newLink: peer, now: now, &directives)
    }

    /// Heartbeats, lost links, stalled attempts; once a second, sooner where something is due.
    mutating func tick(
        now: Duration, using generator: inout some RandomNumberGenerator,
        _ directives: inout [LearningDirective]
    ) {
        let isLate = now - timerDue > max(deadline / 2, Self.heartbeat)
        wake(after: Self.heartbeat, now: now, &directives)
        guard phase != .idle else { return }
        if isLate {
            // This process was suspended: what has come meanwhile is read first.
            links.refresh(now: now)
            lastProgress = now
            let ends = now + deadline
            call?.ends = ends
        }
        sendPings(now: now, &directives)
        guard phase != .failed else { return }
        repeatIfParted(now: now, &directives)
        shareIfDue(now: now, &directives)
        proposeIfDue(now: now, &directives)
        evaluateCall(now: now, &directives)
        decideIfVoted(now: now, &directives)
        askIfDue(now: now, &directives)
        followIfBehind(now: now, &directives)
        if phase == .joining { join(now: now, &directives) }
        guard !isLate else { return }
        suspect(now: now, &directives)
        restartIfStalled(now: now, &directives)
    }

    private mutating func sendPings(now: Duration, _ directives: inout [LearningDirective]) {
        if let lastPing, now - lastPing < Self.heartbeat { return }
        lastPing = now
        let own = ownReport
        let ping = PeerMessage.ping(
            PingMessage(
                round: own.round, attempt: own.attempt, phase: own.phase, step: own.step,
                isWaiting: own.isWaiting))
        let silence = settings.grace + max(settings.sessionDeadline / 2, deadline)
        for link in links.links where link.isUp {
            if now - link.lastHeard > silence {
                // Perhaps only the connection is dead: a new one is dialled.
                directives.append(.cut(link.peer))
                links.heard(link.peer, now: now)
            } else {
                directives.append(.send(ping, to: link.peer))
                links.sentPing(to: link.peer, now: now)
            }
        }
    }

    /// Members of the exchange's or the attempt's roster whose connection is gone or silent for longer than the grace time.
    func lostMembers(now: Duration) -> MemberSet {
        var lost = nobody
        for link in links.links where roster.contains(link.peer) || attemptRoster.contains(link.peer) {
            if !link.isUp {
                if link.wasUp, now - link.downSince >= settings.grace { lost.insert(link.peer) }
            } else if let since = link.unansweredSince, now - since >= settings.grace + deadline {
                lost.insert(link.peer)
            }
        }
        return lost
    }

    /// Members of the attempt that answer, do not wait for others, and have not moved for the session deadline.
    private func stuckMembers(now: Duration) -> MemberSet {
        var stuck = nobody
        for link in links.links
        where link.isUp && attemptRoster.contains(link.peer) && !link.report.isWaiting
            && link.report.round <= exchange
            && now - max(link.reportSince, lastProgress) >= settings.sessionDeadline
        {
            stuck.insert(link.peer)
        }
        return stuck
    }

    /// Members whose READY or vote has been missing for the session deadline.
    private func missingMembers(now: Duration) -> MemberSet {
        let isFounding = exchange == 0 && journal?.attempt == 0 && phase == .gathering
        let patience = settings.sessionDeadline * (isFounding ? Self.foundingPatience : 1)
        guard phase == .gathering || phase == .voting, now - lastProgress >= patience else { return nobody }
        return MemberSet(
            waitingFor.filter { $0 != member }, participantCount: settings.roster.count)
    }

    /// Those lost before the attempt began are accused at once.
    mutating func suspectKnownLosses(now: Duration, _ directives: inout [LearningDirective]) {
        guard links.hasLosses else { return }
        suspect(now: now, &directives)
    }

    /// Rule 11 of protocol.md: gives an attempt up for members that are lost; never because a step is late.
    private mutating func suspect(now: Duration, _ directives: inout [LearningDirective]) {
        switch phase {
        case .gathering, .exchanging, .voting, .fetching: break
        default: return
        }
        noteProgress(now: now)
        var accused = lostMembers(now: now)
        for member in accused.members where !attemptRoster.contains(member) { accused.remove(member) }
        if accused.isEmpty { accused = stuckMembers(now: now) }
        if accused.isEmpty { accused = missingMembers(now: now) }
        guard !accused.isEmpty else { return }
        giveUp(accusing: accused, now: now, &directives)
    }

    private mutating func noteProgress(now: Duration) {
        let key = [Int(phase.code), aggregation?.progress.step ?? 0, waitingFor.count]
        guard key != lastProgressKey else { return }
        lastProgressKey = key
        lastProgress = now
    }

    /// Gives up what has not moved, although nobody is to blame; each such failure doubles the time.
    private mutating func restartIfStalled(now: Duration, _ directives: inout [LearningDirective]) {
        noteProgress(now: now)
        let patience = settings.sessionDeadline * (1 << min(failedAttemptCount, 6))
        guard now - lastProgress > patience, takesPart else { return }
        switch phase {
        case .revealing: runAnew(now: now, &directives)
        case .exchanging, .fetching, .calling, .holding, .joining:
            giveUp(accusing: lostMembers(now: now), now: now, &directives)
        case .idle, .preparing, .gathering, .voting, .optimising, .finished, .failed, .held: break
        }
    }
}
