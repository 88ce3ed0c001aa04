package import Consensus
import Models

/// What the member shows of itself.
extension LearningInstance {
    /// A view of the member for `status`.
    package var status: LearningStatus {
        LearningStatus(
            phase: phase, stage: trainer.stage, exchange: exchange, attempt: journal?.attempt ?? 0,
            progress: aggregation?.progress, waitingFor: waitingFor, linkIsUp: linkIsUp,
            objective: trainer.objective, activePatternCount: trainer.model?.activePatternCount ?? 0,
            warning: trainer.warning, stateHash: stateHash, diversity: diversity, privacy: privacy,
            failure: failure, budget: trainer.settings.privacy?.budget(of: ledger), roster: roster,
            hold: isVoteLost ? hold ?? .seedsLost : hold)
    }

    /// What a simulator looks at after every event, without a copy of the member.
    package var standing: MemberStanding {
        mutating get {
            var round: Int?
            if case .round(let number) = trainer.stage { round = number }
            return MemberStanding(exchange: exchange, phase: phase, round: round)
        }
    }

    /// ``controlNeighbours``, without a copy of the member.
    package var floodNeighbours: [Int] { mutating get { controlNeighbours } }

    private var linkIsUp: [Bool] {
        var isUp = [Bool](repeating: false, count: settings.roster.count)
        isUp[member] = true
        for link in links.links { isUp[link.peer] = link.isUp }
        return isUp
    }

    /// Members whose READY, message, vote or answer the phase waits for.
    var waitingFor: [Int] {
        switch phase {
        case .gathering:
            return attemptRoster.members.filter {
                $0 != member
                    && readies[$0].map { $0.attempt != journal?.attempt || $0.roster != attemptRoster }
                        ?? true
            }
        case .exchanging:
            guard let waiting = aggregation?.progress.waitingFor else { return [] }
            return participants(at: waiting, of: attemptRoster)
        case .voting:
            return attemptRoster.members.filter { sender in
                journal?.vote.map { votes.vote(of: sender, attempt: $0.attempt) == nil } ?? true
            }
        case .revealing:
            return opening.map { participants(at: $0.missing, of: $0.roster) } ?? []
        case .calling, .holding:
            return roster.members.filter { call?.answers[$0] == nil }
        case .idle, .preparing, .optimising, .fetching, .joining, .finished, .failed, .held: return []
        }
    }

    /// The participants at these places of a roster.
    func participants(at places: [Int], of roster: MemberSet) -> [Int] {
        guard roster.count < roster.participantCount else { return places }
        let members = roster.members
        return places.map { members[$0] }
    }

    /// Members in the sum that the own vote stands for.
    package var decidedRoster: MemberSet? { journal?.vote?.value.roster }

    /// What PING and PONG say.
    var ownReport: LinkReport {
        let isWaiting: Bool
        switch phase {
        case .idle, .preparing, .optimising: isWaiting = false
        default: isWaiting = true
        }
        return LinkReport(
            round: exchange, attempt: journal?.attempt ?? 0, phase: phase.code,
            step: UInt32(aggregation?.progress.step ?? 0), isWaiting: isWaiting)
    }

    var nobody: MemberSet { MemberSet(participantCount: settings.roster.count) }

    var networkID: [UInt8] { settings.aggregation.networkID }

    /// How long answers are waited for: srtt + 4·rttvar, half a second at least, doubled by attempts that failed and named
    /// nobody.
    var deadline: Duration {
        let base: Duration
        if let step = settings.stepDeadline {
            base = step
        } else if let (smoothed, deviation) = links.roundTrip {
            base = max(smoothed + deviation * 4, .milliseconds(500))
        } else {
            base = .milliseconds(500)
        }
        return min(base * (1 << min(failedAttemptCount, 6)), max(settings.sessionDeadline, base))
    }
}
