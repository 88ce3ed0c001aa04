import Agreement
import Learning

/// How faults begin and end.
extension FaultSimulation {
    mutating func beginDueFaults(
        of member: Int, in round: Int, _ onRound: (RoundSummary) -> Void
    ) throws(SimulationError) {
        let due = pending.filter { fault in
            guard case .round(let first) = scenario.faults[fault].at else { return false }
            return scenario.faults[fault].participant == member && round >= first
        }
        for fault in due { try begin(fault, onRound) }
    }

    mutating func begin(
        _ fault: Int, _ onRound: (RoundSummary) -> Void
    ) throws(SimulationError) {
        guard let place = pending.firstIndex(of: fault) else { return }
        pending.remove(at: place)
        let planned = scenario.faults[fault]
        let member = planned.participant
        guard planned.kind != .lostDisk || mayLoseDisk(member) else {
            pending.append(fault)
            return network.schedule(.begin(fault: fault), at: network.now + .milliseconds(100))
        }
        // One thing at a time: who is away already is left alone.
        guard isAlive[member], asleep[member] == nil else { return }
        begun.append(planned)
        lastChange = network.now
        switch planned.kind {
        case .crash, .lostDisk:
            guard planned.directivesLeft == 0 else {
                dying[member] = (planned.directivesLeft, fault)
                return
            }
            return try kill(member, by: fault, onRound)
        case .tornWrite, .fullDisk:
            dyingAtWrite[member] = fault
            return
        case .clockJump: clocks[member] += .seconds(3600)
        case .pause: asleep[member] = []
        case .lies:
            isLiar[member] = true
            hasLied[member] = true
        case .slow: network.slowness[member] += 1
        case .loss: network.lossiness[member] += 1
        case .reorder: network.disorder[member] += 1
        case .duplicate: network.repetition[member] += 1
        case .partition, .cut: stop(planned, by: 1)
        case .swizzleClog: return clog(planned)
        }
        guard let length = length(of: planned) else { return }
        network.schedule(.end(fault: fault), at: network.now + length)
    }

    /// A disk that is lost in the first exchange cannot be told from a first start, so its owner might vote a second time:
    /// until a quorum has that exchange behind it, no disk is lost.
    private func mayLoseDisk(_ member: Int) -> Bool {
        record.memberCount(after: 0) >= scenario.learning.quorum || finished[member]
    }

    private func length(of fault: Fault) -> Duration? {
        switch fault.length {
        case .rounds(let count): roundTime * count
        case .time(let time): time
        case .forGood: nil
        }
    }

    mutating func end(_ fault: Int, _ onRound: (RoundSummary) -> Void) throws(SimulationError) {
        lastChange = network.now
        let planned = scenario.faults[fault]
        let member = planned.participant
        switch planned.kind {
        case .pause:
            let missed = asleep[member] ?? []
            asleep[member] = nil
            for event in missed { try feed(event, to: member, onRound) }
        case .lies: isLiar[member] = false
        case .slow: network.slowness[member] -= 1
        case .loss: network.lossiness[member] -= 1
        case .reorder: network.disorder[member] -= 1
        case .duplicate: network.repetition[member] -= 1
        case .partition, .cut: stop(planned, by: -1)
        case .crash, .lostDisk, .tornWrite, .fullDisk, .clockJump, .swizzleClog: break
        }
    }

    /// Stops directions, or lets them go on.
    private mutating func stop(_ fault: Fault, by change: Int) {
        let member = fault.participant
        let all = instances.indices
        guard fault.kind == .partition else {
            for other in all where other != member { network.stop(from: member, to: other, by: change) }
            return
        }
        for one in all where one < member {
            for other in all where other >= member {
                network.stop(from: one, to: other, by: change)
                network.stop(from: other, to: one, by: change)
            }
        }
    }

    /// Each of a member's connections stalls both ways at a moment of its own in the first half of the fault, and goes on
    /// at one in the second half: in another order.
    private mutating func clog(_ fault: Fault) {
        let member = fault.participant
        for other in instances.indices where other != member {
            let length = length(of: fault)
            let half = (length ?? roundTime) / 2
            network.schedule(.stop(member, other, by: 1), at: network.now + half * network.draw())
            guard length != nil else { continue }
            network.schedule(
                .stop(member, other, by: -1), at: network.now + half + half * network.draw())
        }
    }

    /// Ends a member's process.
    mutating func kill(
        _ member: Int, by fault: Int, _ onRound: (RoundSummary) -> Void
    ) throws(SimulationError) {
        let planned = scenario.faults[fault]
        instances[member] = nil
        isAlive[member] = false
        lives[member] += 1
        finished[member] = false
        dying[member] = nil
        if planned.kind == .lostDisk {
            disks[member] = nil
            hasLostDisk[member] = true
            record.forget(member)
        }
        for other in instances.indices where network.isConnected(member, other) {
            network.disconnect(member, other)
            try feed(.linkDown(member), to: other, onRound)
        }
        guard let length = length(of: planned) else {
            goneForGood[member] = true
            return
        }
        network.schedule(.restart(member), at: network.now + length)
    }
}
