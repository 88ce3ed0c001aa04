import Sodium
import Topology

@testable import Consensus

/// What a curious coalition does with the words of exact sums that it sends or receives: it solves for everybody's
/// encoded vector over Z_2^64, from all attempts that ran on the same vectors.
///
/// It knows the agreement, hence who adds up what when; the SEEDs and shares that came to it; and the self seeds that
/// are revealed after a decision. Of its own members it knows no more than their messages tell.
struct ExactAttack {
    /// An attempt as recorded.
    struct Recording {
        let network: TestNetwork
        /// Numbers of its roster among all members.
        let members: [Int]
        /// DATA of steps 0 ..< this were sent before it was given up.
        let messageSteps: Int
        /// Whether it was decided, so that the self seeds are revealed.
        let isDecided: Bool
    }

    /// Numbers among all members.
    let coalition: [Int]
    let memberCount: Int
    let recordings: [Recording]

    /// The members outside the coalition whose every word it has, ascending.
    ///
    /// - Parameter vectors: of all members; each claim is checked to the bit, and a wrong one returns nil.
    func recovered(of vectors: [[Double]]) -> [Int]? {
        var system = ModularSystem(unknownCount: memberCount + recordings.reduce(0) { $0 + width(of: $1) })
        var offset = memberCount
        for recording in recordings {
            observe(recording, offset: offset, into: &system)
            offset += width(of: recording)
        }
        system.eliminate(memberCount..<offset)
        let encoding = FixedPoint(summands: recordings[0].members.count)
        var found: [Int] = []
        for member in 0..<memberCount where !coalition.contains(member) {
            let others = (0..<memberCount).filter { $0 != member }
            guard
                let words = system.solution(of: member, others: others, bitCount: encoding.fractionBits)
            else { continue }
            guard words == encoding.words(vectors[member] + [1]) else { return nil }
            found.append(member)
        }
        return found
    }

    /// Unknowns of an attempt besides the vectors: for each chunk and member its part of the vector (or for a colluder its
    /// masked start) and its self mask, and the masks of pairs.
    private func width(of recording: Recording) -> Int {
        let plan = recording.network.plan
        return plan.chunkCount * (2 * plan.roster.count + (plan.geometry.maskGraph?.edges.count ?? 0))
    }

    private func observe(_ recording: Recording, offset: Int, into system: inout ModularSystem) {
        let plan = recording.network.plan
        let size = plan.roster.count
        let isCurious = recording.members.map { coalition.contains($0) }
        let edges = plan.geometry.maskGraph?.edges ?? []
        let seeds = knownSelfSeeds(recording, isCurious)
        for chunk in 0..<plan.chunkCount {
            let base = offset + chunk * (2 * size + edges.count)
            let known = knownMasks(recording, isCurious, seeds: seeds, chunk: chunk)
            // What each member starts a session with, as unknowns and their factors.
            var starts = (0..<size).map { place in [(unknown: base + place, factor: UInt64(1))] }
            for place in 0..<size where !isCurious[place] {
                if chunk == plan.chunkCount - 1 {
                    starts[place] = [(recording.members[place], 1)]
                    for drawn in 0..<chunk {
                        starts[place].append((offset + drawn * (2 * size + edges.count) + place, .max))
                    }
                }
                if plan.hasSelfMasks, seeds[place].isEmpty { starts[place].append((base + size + place, 1)) }
            }
            for (index, edge) in edges.enumerated() where !isCurious[edge.low] && !isCurious[edge.high] {
                starts[edge.low].append((base + 2 * size + index, 1))
                starts[edge.high].append((base + 2 * size + index, .max))
            }
            for envelope in recording.network.sent where isCurious[envelope.from] || isCurious[envelope.to] {
                guard case .data(let message) = envelope.message, Int(message.chunk) == chunk,
                    Int(message.step) < recording.messageSteps
                else { continue }
                let (places, words) = content(of: message, from: envelope.from, plan: plan, chunk: chunk)
                var factors = [UInt64](repeating: 0, count: system.unknownCount)
                var values = words
                for place in places {
                    for term in starts[place] { factors[term.unknown] = factors[term.unknown] &+ term.factor }
                    WordArithmetic.subtract(known[place], from: &values)
                }
                system.add(factors, values)
            }
        }
    }

    /// Whose starts a message adds up.
    private func content(
        of message: DataMessage, from sender: Int, plan: AggregationPlan, chunk: Int
    ) -> (places: [Int], words: [UInt64]) {
        switch message.payload {
        case .relayed(let words, let origin): return ([Int(origin)], words)
        case .values, .shares, .commitment: preconditionFailure("\(message.payload) in a masked exact sum")
        case .words(let words):
            let ranks = plan.chunkRanks[chunk]
            let schedule = FoldSchedule(size: ranks.count)
            let rank = ranks[sender]
            let step = Int(message.step)
            let first = schedule.hasFold ? 1 : 0
            if schedule.hasFold, step == 0 { return ([sender], words) }
            // After b doublings a rank has those that differ in the last b bits, and their guests.
            let bits = min(step - first, schedule.doublings)
            let places = ranks.indices.filter { place in
                (ranks[place] % schedule.innerCount) >> bits == rank >> bits
            }
            return (places, words)
        }
    }

    /// The self seeds that the coalition has, by place: revealed, or opened with its shares; empty where it has none.
    private func knownSelfSeeds(_ recording: Recording, _ isCurious: [Bool]) -> [[UInt8]] {
        let plan = recording.network.plan
        guard plan.hasSelfMasks else { return isCurious.map { _ in [] } }
        if recording.isDecided { return recording.network.selfSeeds }
        return isCurious.indices.map { owner in
            var shares: [(place: Int, values: [UInt64])] = []
            for envelope in recording.network.sent where envelope.from == owner && isCurious[envelope.to] {
                if case .seed(let seed) = envelope.message { shares.append((envelope.to, seed.share)) }
            }
            guard shares.count >= plan.geometry.shareThreshold(of: owner) else { return [] }
            return ShamirShares.open(shares) ?? []
        }
    }

    /// What the coalition can take off each honest member's start, by place: pair masks shared with it, opened self masks.
    private func knownMasks(
        _ recording: Recording, _ isCurious: [Bool], seeds: [[UInt8]], chunk: Int
    ) -> [[UInt64]] {
        let plan = recording.network.plan
        var masks = [[UInt64]](
            repeating: [UInt64](repeating: 0, count: plan.messageCount), count: plan.roster.count)
        let halves = recording.network.sent.filter { isCurious[$0.from] || isCurious[$0.to] }
        for envelope in halves where isCurious[envelope.to] && !isCurious[envelope.from] {
            guard case .seed(let own) = envelope.message else { continue }
            for answer in halves where answer.from == envelope.to && answer.to == envelope.from {
                guard case .seed(let other) = answer.message else { continue }
                let isLow = plan.roster[envelope.from] < plan.roster[envelope.to]
                let seed = EdgeMask.pairSeed(
                    lowHalf: isLow ? own.half : other.half, highHalf: isLow ? other.half : own.half)
                EdgeMask.apply(to: &masks[envelope.from], pairSeed: seed, chunk: chunk, isAdded: isLow)
            }
        }
        for place in masks.indices where !isCurious[place] && !seeds[place].isEmpty {
            SelfMask.apply(to: &masks[place], seed: seeds[place], chunk: chunk, isAdded: true)
        }
        return masks
    }
}
