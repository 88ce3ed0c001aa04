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
        // One thing at a time: who is away already is left alone.
        guard isAlive[member], asleep[member] == nil else { return }
        faultCount += 1
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
        case .partition, .cut, .swizzleClog: stop(planned, by: 1)
        }
        guard let length = length(of: planned) else { return }
        network.schedule(.end(fault: fault), at: network.now + length)
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
        case .partition, .cut, .swizzleClog: stop(planned, by: -1)
        case .crash, .lostDisk, .tornWrite, .fullDisk, .clockJump: break
        }
    }

    /// Stops directions, or lets them go on.
    private mutating func stop(_ fault: Fault, by change: Int) {
        let member = fault.participant
        let all = instances.indices
        switch fault.kind {
        case .partition:
            for one in all where one < member {
                for other in all where other >= member {
                    network.stop(from: one, to: other, by: change)
                    network.stop(from: other, to: one, by: change)
                }
            }
        case .cut:
            for other in all where other != member { network.stop(from: member, to: other, by: change) }
        default:
            // Every other connection stalls both ways; which ones go on first is up to their queues.
            for other in all where other != member && (other + member) % 2 == 0 {
                network.stop(from: member, to: other, by: change)
                network.stop(from: other, to: member, by: change)
            }
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
