import Consensus
import Models
import Privacy
import Sodium
import Wire

/// From one exchange to the next: local work, the decision, the records.
extension LearningInstance {
    /// Takes the result of a local update or of an optimisation.
    mutating func take(
        _ result: LearningResult, now: Duration, using generator: inout some RandomNumberGenerator,
        _ directives: inout [LearningDirective]
    ) {
        switch result.outcome {
        case .failed(let error):
            fail(.training(error), &directives)
        case .prepared(let update):
            enter(update: update, now: now, using: &generator, &directives)
        case .absorbed(let trainer, let update):
            guard phase == .optimising else { return }
            advance(to: trainer, update: update, now: now, using: &generator, &directives)
        }
    }

    /// The first exchange of this process: its inputs go to disk with the state they belong to.
    private mutating func enter(
        update: GatedUpdate, now: Duration, using generator: inout some RandomNumberGenerator,
        _ directives: inout [LearningDirective]
    ) {
        guard phase == .preparing else { return }
        if let report = heldReport(update) { return hold(report, now: now, &directives) }
        prepareJournal(
            admitted(update, using: &generator), proof: journal?.proof ?? [],
            openings: journal?.openings ?? [])
        guard count(&directives) else { return }
        phase = .gathering
        lastProgress = now
        store(
            checkpoint: checkpointBytes(), then: .announce(attempt: journal?.attempt ?? 0), &directives)
    }

    /// The sum of the exchange has been optimised: the next one begins.
    private mutating func advance(
        to next: Trainer, update: GatedUpdate?, now: Duration,
        using generator: inout some RandomNumberGenerator, _ directives: inout [LearningDirective]
    ) {
        let stage = trainer.stage
        let attempts = (journal?.vote?.attempt ?? 0) + 1
        let clipped = journal?.clippedCount ?? 0
        let proof = decidedVotes()
        let openings = geometry.memo.value(.copy, of: opening?.messages ?? []) { $0 }
        let figures = diversity
        trainer = next
        stateHash = BLAKE2b.hash256(trainer.agreedBytes())
        let summary = RoundSummary(
            exchange: exchange, stage: stage, attempts: attempts, objective: trainer.objective,
            activePatternCount: trainer.model?.activePatternCount ?? 0, warning: trainer.warning,
            averagingSteps: lastSteps.averaging, agreementSteps: lastSteps.agreement,
            residual: lastSteps.residual, clippedEntryCount: clipped,
            stateHash: stateHash, diversity: figures, privacy: privacy)
        exchange += 1
        readies = nextReadies
        nextReadies = ReadyTable(memberCount: settings.roster.count)
        votes = VoteTable(memberCount: settings.roster.count)
        aggregation = nil
        early.removeAll()
        opening = nil
        openedSum = nil
        isVoteWithdrawn = false
        failedCheckCount = 0
        failedAttemptCount = 0
        wantedAttempt = readies.latestAttempt
        lastProgress = now
        directives.append(.completed(summary))
        if let update, let report = heldReport(update) {
            journal = Journal(
                attempt: 0, inputs: [], clippedCount: 0, kept: [], proof: proof, openings: openings)
            store(checkpoint: checkpointBytes(), then: .hold, &directives)
            hold(report, now: now, &directives)
        } else if let update {
            prepareJournal(
                admitted(update, using: &generator), proof: proof, openings: openings)
            guard count(&directives) else { return }
            phase = .gathering
            store(
                checkpoint: checkpointBytes(), then: .announce(attempt: journal?.attempt ?? 0), &directives)
        } else {
            journal = Journal(
                attempt: 0, inputs: [], clippedCount: 0, kept: [], proof: proof, openings: openings)
            store(checkpoint: checkpointBytes(), then: .finish, &directives)
        }
    }

    private mutating func prepareJournal(
        _ update: LocalUpdate, proof: [PeerMessage], openings: [PeerMessage]
    ) {
        var clipped = 0
        let inputs = update.shared.layout.normalised(update.shared.values, clippedCount: &clipped)
        journal = Journal(
            attempt: wantedAttempt, inputs: inputs, clippedCount: clipped, kept: update.kept.bytes,
            proof: proof, openings: openings)
        wantedAttempt = 0
    }

    /// All members' votes for the decided attempt, in order.
    func decidedVotes() -> [PeerMessage] {
        guard let vote = journal?.vote else { return [] }
        return geometry.memo.value(.copy, of: votes.votes(attempt: vote.attempt)) { $0 }
    }

    /// The sum is open: from here on only this member's own work and disk stand before the next exchange.
    mutating func optimise(_ sum: [Double], now: Duration, _ directives: inout [LearningDirective]) {
        guard let journal else { preconditionFailure("a sum without the own inputs") }
        phase = .optimising
        aggregation = nil
        openedSum = sum
        lastProgress = now
        let values = trainer.layout.denormalised(sum)
        noteNetworkDiversity(values)
        // This exchange's inputs are on disk already; the rows only matter to the next one's.
        if let rows = pendingRows {
            pendingRows = nil
            do throws(TrainingError) { try trainer.replaceRows(rows) } catch {
                return fail(.training(error), &directives)
            }
        }
        directives.append(
            .compute(
                LearningWork(
                    task: .absorb(values: values, kept: KeptState(bytes: journal.kept)), trainer: trainer,
                    gate: settings.gate)))
    }

    // MARK: - Records

    private func checkpointBytes() -> [UInt8] {
        let agreed = trainer.agreedBytes()
        let kept = trainer.keptBytes()
        var writer = ByteWriter(reservingCapacity: agreed.count + kept.count + 16)
        writer.write(exchange)
        writer.write(UInt32(agreed.count))
        writer.write(bytes: agreed)
        writer.write(UInt32(kept.count))
        writer.write(bytes: kept)
        return writer.bytes
    }

    /// Puts back the state of the last records.
    mutating func recover(_ record: LearningRecord) throws(LearningFailure) {
        guard let checkpoint = record.checkpoint else { throw .unreadableRecord }
        do throws(WireError) {
            var reader = ByteReader(checkpoint)
            let round = try reader.readUInt64()
            let agreed = try reader.readBytes(count: Int(try reader.readUInt32()))
            let kept = try reader.readBytes(count: Int(try reader.readUInt32()))
            try reader.finish()
            guard round == record.round else { throw WireError.trailing(count: 0) }
            exchange = round
            // Shares of sums stand there; nothing is allocated for entries that are not.
            let limits = MessageLimits(vectorCountMax: record.journal.count / 8 + 1)
            journal = try Journal(decoding: record.journal, limits: limits)
            do throws(TrainingError) {
                try trainer.restore(agreed: agreed, kept: kept)
            } catch {
                throw WireError.trailing(count: 0)
            }
        } catch {
            throw .unreadableRecord
        }
        stateHash = BLAKE2b.hash256(trainer.agreedBytes())
        if let release { ledger.add(release) }
        if let vote = journal?.vote {
            guard [0, settings.roster.count].contains(vote.commitments.count) else {
                throw .unreadableRecord
            }
            votes.put(.finished(signedVote(attempt: vote.attempt, digest: vote.digest)), of: member)
            let sharing = shareOpening(vote.maskedSum, attempt: vote.attempt)
            let isShared = plan(attempt: vote.attempt)?.shamirThreshold != nil
            guard isShared == (sharing != nil), !isShared || vote.commitments.count == settings.roster.count
            else { throw .unreadableRecord }
            opening = SumOpening(attempt: vote.attempt, commitments: vote.commitments, sharing: sharing)
        }
    }
}
