import Consensus
import Models
import Privacy
import Sodium
import Topology
import Wire

/// From one exchange to the next: local work, the decision, the records.
extension LearningInstance {
    /// Takes the result of a local update, of an optimisation, or of a state taken over.
    mutating func take(
        _ result: LearningResult, now: Duration, using generator: inout some RandomNumberGenerator,
        _ directives: inout [LearningDirective]
    ) {
        guard result.token == workToken, phase != .failed else { return }
        switch result.outcome {
        case .failed(let error):
            fail(.training(error), &directives)
        case .prepared(let update):
            guard phase == .preparing else { return }
            begin(
                update, proof: journal?.proof ?? [], openings: journal?.openings ?? [], now: now,
                using: &generator, &directives)
        case .absorbed(let trainer, let update):
            guard phase == .optimising else { return }
            advance(to: trainer, update: update, now: now, using: &generator, &directives)
        case .adopted(let trainer, let update):
            guard let state = adopting else { return }
            adopt(state, trainer: trainer, update: update, now: now, using: &generator, &directives)
        }
    }

    /// The exchange begins: its inputs go to disk with the state they belong to, then READY leaves, or an ABORT that has
    /// come before is answered, or the member waits outside. Without inputs the run is over.
    mutating func begin(
        _ gated: GatedUpdate?, proof: [PeerMessage], openings: [PeerMessage], now: Duration,
        using generator: inout some RandomNumberGenerator,
        _ directives: inout [LearningDirective]
    ) {
        lastProgress = now
        useGeometry(of: roster)
        let held = gated.flatMap { heldReport($0) }
        guard let gated, held == nil else {
            journal = Journal(
                attempt: 0, inputs: [], clippedCount: 0, kept: [], proof: proof, openings: openings)
            phase = .optimising
            store(checkpoint: checkpointBytes(), then: held == nil ? .finish : .hold, &directives)
            if let held { hold(held, now: now, &directives) }
            return
        }
        let update = admitted(gated, using: &generator)
        var clipped = 0
        let inputs = update.shared.layout.normalised(update.shared.values, clippedCount: &clipped)
        journal = Journal(
            attempt: 0, inputs: inputs, clippedCount: clipped, kept: update.kept.bytes, proof: proof,
            openings: openings)
        guard count(&directives) else { return }
        guard takesPart else {
            phase = .joining
            return store(checkpoint: checkpointBytes(), then: .enter, &directives)
        }
        if let call {
            phase = .calling
            journal?.attempt = call.attempt
            return store(checkpoint: checkpointBytes(), then: .enter, &directives)
        }
        phase = .gathering
        if let latest = readies.latest, latest.attempt > 0 {
            journal?.attempt = latest.attempt
            guard latest.roster.contains(member), geometry(for: latest.roster) != nil else {
                journal?.attempt = 0
                phase = .joining
                return store(checkpoint: checkpointBytes(), then: .enter, &directives)
            }
            useGeometry(of: latest.roster)
        }
        store(
            checkpoint: checkpointBytes(), then: .announce(attempt: journal?.attempt ?? 0), &directives)
    }

    /// The sum of the exchange has been optimised: the next one begins.
    private mutating func advance(
        to next: Trainer, update: GatedUpdate?, now: Duration,
        using generator: inout some RandomNumberGenerator,
        _ directives: inout [LearningDirective]
    ) {
        guard let value = journal?.vote?.value else { preconditionFailure("a sum that nobody voted for") }
        let stage = trainer.stage
        let clipped = journal?.clippedCount ?? 0
        let proof = decidedVotes()
        let openings = geometry.memo.value(.copy, of: opening?.messages ?? []) { $0 }
        let figures = diversity
        let wasMember = roster.contains(member)
        // A sum with this member in it, which this life has not been in: an earlier one has.
        let isForgotten =
            beganEmpty && value.roster.contains(member) && !secrets.contains { $0.attempt == value.attempt }
        previousValue = value
        trainer = next
        exchange += 1
        if value.roster.contains(member) { failedJoinCount = 0 }
        if !value.joiners.isEmpty || value.roster != roster {
            var members = value.roster
            members.formUnion(value.joiners)
            setRoster(members, now: now, &directives)
        }
        if wasMember, !roster.contains(member) { noteLoss() }
        // Let in as one who was outside: there is no vote that it could have forgotten.
        if !wasMember, roster.contains(member), joinedAt != nil { remembersAll = true }
        if isForgotten {
            remembersAll = false
            unknownUntil = exchange + 1
        }
        stateHash = RoundState.hash(stateBytes())
        let summary = RoundSummary(
            exchange: exchange - 1, stage: stage, attempts: value.attempt + 1, objective: trainer.objective,
            activePatternCount: trainer.model?.activePatternCount ?? 0, warning: trainer.warning,
            averagingSteps: lastSteps.averaging, agreementSteps: lastSteps.agreement,
            residual: lastSteps.residual, clippedEntryCount: clipped,
            stateHash: stateHash, diversity: figures, privacy: privacy, memberCount: value.roster.count)
        beginTables(after: 1)
        directives.append(.completed(summary))
        begin(update, proof: proof, openings: openings, now: now, using: &generator, &directives)
    }

    /// Empties what belongs to the exchange before, and takes what has come for this one.
    ///
    /// - Parameter steps: how many exchanges further this one is, ≥ 0.
    mutating func beginTables(after steps: UInt64) {
        if steps > 0 {
            readies = steps == 1 ? nextReadies : ReadyTable(memberCount: settings.roster.count)
            call = steps == 1 ? nextCall : nil
            nextReadies = ReadyTable(memberCount: settings.roster.count)
            nextCall = nil
            let later = laterReadies.present
            laterReadies = ReadyTable(memberCount: settings.roster.count)
            for message in later {
                guard case .ready(let ready) = message else { continue }
                let sender = Int(ready.sender)
                if ready.round == exchange { readies.put(message, of: sender) }
                if ready.round == exchange + 1 { nextReadies.put(message, of: sender) }
                if ready.round > exchange + 1 { laterReadies.put(message, of: sender) }
            }
        } else {
            call = nil
        }
        votes = VoteTable(memberCount: settings.roster.count)
        aggregation = nil
        early.removeAll()
        opening = nil
        openingSetAside = nil
        earlyOpenings = []
        secrets = []
        openedSum = nil
        isVoteLost = false
        blockedDigest = nil
        failedCheckCount = 0
        failedAttemptCount /= 2
        hold = nil
        transfer = nil
        served = nil
        knownValue = nil
        boundDigest = nil
        behindSince = nil
    }

    /// The attempt's roster from now on, where it has a geometry.
    mutating func useGeometry(of members: MemberSet) {
        guard members != attemptRoster else { return }
        if let found = geometry(for: members) { geometry = found }
        attemptRoster = members
    }

    /// Another roster: other control neighbours.
    mutating func setRoster(
        _ members: MemberSet, now: Duration, _ directives: inout [LearningDirective]
    ) {
        roster = members
        for place in members.members { joiners.remove(place) }
        controlNeighbours = neighbours(in: members)
        connect(controlNeighbours, now: now, &directives)
    }

    /// Control neighbours in a roster; outside it, those of the agreement.
    private mutating func neighbours(in members: MemberSet) -> [Int] {
        guard let place = members.place(of: member), let geometry = geometry(for: members) else {
            return agreementGeometry.controlGraph.neighbours(of: member)
        }
        return participants(at: geometry.controlGraph.neighbours(of: place), of: members)
    }

    /// Votes that decide the own value, in the order of their members.
    func decidedVotes() -> [PeerMessage] {
        guard let digest = journal?.vote?.value.digest,
            let decided = votes.decided(quorum: settings.quorum, except: nil), decided.digest == digest
        else { return [] }
        return geometry.memo.value(.copy, of: votes.votes(attempt: decided.attempt)) { $0 }
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
        compute(.absorb(values: values, kept: KeptState(bytes: journal.kept)), &directives)
    }

    // MARK: - Records

    func checkpointBytes() -> [UInt8] {
        let agreed = trainer.agreedBytes()
        let kept = trainer.keptBytes()
        var writer = ByteWriter(reservingCapacity: agreed.count + kept.count + 16)
        writer.write(exchange)
        roster.write(to: &writer)
        writer.write(UInt32(agreed.count))
        writer.write(bytes: agreed)
        writer.write(UInt32(kept.count))
        writer.write(bytes: kept)
        if let unknownUntil, exchange <= unknownUntil { writer.write(unknownUntil) }
        return writer.bytes
    }

    /// Puts back the state of the last records.
    mutating func recover(_ record: LearningRecord) throws(LearningFailure) {
        guard let checkpoint = record.checkpoint else { throw .unreadableRecord }
        do throws(WireError) {
            var reader = ByteReader(checkpoint)
            let round = try reader.readUInt64()
            let members = try MemberSet(from: &reader)
            let agreed = try reader.readBytes(count: Int(try reader.readUInt32()))
            let kept = try reader.readBytes(count: Int(try reader.readUInt32()))
            unknownUntil = reader.remaining > 0 ? try reader.readUInt64() : nil
            try reader.finish()
            guard round == record.round, members.participantCount == settings.roster.count else {
                throw WireError.trailing(count: 0)
            }
            exchange = round
            if members != roster {
                roster = members
                controlNeighbours = neighbours(in: members)
            }
            useGeometry(of: roster)
            // The life before this one began without records in this very exchange.
            if let unknownUntil, exchange < unknownUntil, roster.contains(member) { remembersAll = false }
            do throws(TrainingError) {
                try trainer.restore(agreed: agreed, kept: kept)
            } catch {
                throw WireError.trailing(count: 0)
            }
            storedJournal = record.journal
        } catch {
            throw .unreadableRecord
        }
    }

    /// Puts back the journal, once the state hash that its vote depends on is known.
    mutating func recoverVote() throws(LearningFailure) {
        let bytes = storedJournal
        storedJournal = []
        // Shares of sums stand there; nothing is allocated for entries that are not.
        let limits = MessageLimits(vectorCountMax: bytes.count / 8 + 1)
        var isValid = true
        do throws(WireError) {
            journal = try Journal(decoding: bytes, limits: limits) { parts in
                guard let geometry = geometry(for: parts.roster),
                    let plan = plan(attempt: parts.attempt, geometry: geometry), parts.fit(plan)
                else {
                    isValid = false
                    return nil
                }
                return parts.value(plan)
            }
        } catch {
            throw .unreadableRecord
        }
        guard isValid else { throw .unreadableRecord }
        if let release { ledger.add(release) }
        if let vote = journal?.vote {
            votes.put(
                .finished(signedVote(attempt: vote.attempt, digest: vote.value.digest)), of: member)
        }
    }
}
