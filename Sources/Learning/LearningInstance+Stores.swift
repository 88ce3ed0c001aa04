import Consensus

/// The disk: what must be durable before something leaves.
extension LearningInstance {
    mutating func store(
        checkpoint: [UInt8]?, then continuation: StoreContinuation, _ directives: inout [LearningDirective]
    ) {
        guard let journal else { preconditionFailure("nothing to store before the first local update") }
        let token = nextToken
        nextToken += 1
        pendingStores.append((token, continuation))
        let releases = uncountedRelease.map { [$0] } ?? []
        uncountedRelease = nil
        directives.append(
            .store(
                LearningRecord(
                    round: exchange, checkpoint: checkpoint, journal: journal, releases: releases),
                token: token))
    }

    mutating func continueAfterStore(
        _ token: UInt64, now: Duration, using generator: inout some RandomNumberGenerator,
        _ directives: inout [LearningDirective]
    ) {
        guard let first = pendingStores.first, first.token == token else { return }
        pendingStores.removeFirst()
        switch first.continuation {
        case .announce(let attempt):
            guard phase == .gathering, journal?.attempt == attempt else { return }
            floodOwnReady(now: now, using: &generator, &directives)
            suspectKnownLosses(now: now, &directives)
            startIfAllReady(now: now, using: &generator, &directives)
        case .enter:
            switch phase {
            case .calling:
                if let call {
                    openCall(
                        attempt: call.attempt, accusing: lostMembers(now: now), now: now, &directives)
                }
                decideIfVoted(now: now, &directives)
            case .joining: join(now: now, &directives)
            default: break
            }
        case .vote(let attempt):
            guard journal?.vote?.attempt == attempt else { return }
            floodOwnVote(&directives)
            guard phase != .exchanging else { return }
            decideIfVoted(now: now, &directives)
        case .finish:
            phase = .finished
            if roster.contains(member) { floodOwnReady(now: now, using: &generator, &directives) }
            directives.append(.finished)
        case .hold: break
        }
    }
}
