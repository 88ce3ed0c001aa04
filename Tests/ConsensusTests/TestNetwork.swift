import LinearAlgebra
import Sodium
import Topology

@testable import Consensus

/// All members of one aggregation in one process, with a queue for each pair.
struct TestNetwork {
    /// A message under way.
    struct Envelope {
        let from: Int
        let to: Int
        let message: PeerMessage
    }

    /// In which order messages arrive; between two members it is always the order of sending.
    enum Order {
        case firstInFirstOut
        case shuffled(seed: UInt64)
    }

    /// What a member has at the end, its self masks taken off with the seeds of all.
    struct Outcome: Equatable {
        let sum: [Double]
        let memberCount: Int
        let digest: [UInt8]
        let steps: Int
        let agreementSteps: Int
    }

    let plan: AggregationPlan
    /// Seeds of the self masks, by member; empty without them.
    let selfSeeds: [[UInt8]]
    var instances: [AggregationInstance]
    /// Everything sent, in order.
    var sent: [Envelope] = []
    var outcomes: [Outcome?]
    /// Masked sums or shares, by member, and all else that the aggregation ended with.
    var maskedSums: [MaskedSum?]
    var closed: [AggregationOutcome?]
    var failures: [AggregationFailure?]
    var misbehaviours: [(member: Int, peer: Int, reason: Misbehaviour)] = []
    private var waiting: [Envelope] = []

    init(plan: AggregationPlan, vectors: [[Double]], seed: UInt64) {
        self.plan = plan
        var generator = SeededGenerator(seed: seed, label: "test-network")
        var secrets = SeededGenerator(seed: seed, label: "test-network/self-seeds")
        let selfSeeds =
            plan.hasSelfMasks ? vectors.map { _ in SelfMask.seed(using: &secrets) } : []
        self.selfSeeds = selfSeeds
        instances = vectors.indices.map {
            AggregationInstance(
                plan: plan, member: $0, vector: vectors[$0],
                selfSeed: selfSeeds.isEmpty ? [] : selfSeeds[$0], using: &generator)
        }
        outcomes = [Outcome?](repeating: nil, count: vectors.count)
        maskedSums = [MaskedSum?](repeating: nil, count: vectors.count)
        closed = [AggregationOutcome?](repeating: nil, count: vectors.count)
        failures = [AggregationFailure?](repeating: nil, count: vectors.count)
    }

    mutating func carryOut(_ directives: [AggregationDirective], of member: Int) {
        for directive in directives {
            switch directive {
            case .send(let message, let peer):
                let envelope = Envelope(from: member, to: peer, message: message)
                sent.append(envelope)
                waiting.append(envelope)
            case .completed(let outcome): open(outcome, of: member)
            case .misbehaved(let peer, let reason): misbehaviours.append((member, peer, reason))
            }
        }
    }

    private mutating func open(_ outcome: AggregationOutcome, of member: Int) {
        maskedSums[member] = outcome.maskedSum
        closed[member] = outcome
        // One share opens nothing.
        guard plan.shamirThreshold == nil else { return }
        do throws(AggregationFailure) {
            let opened = try plan.opened(outcome.maskedSum, selfSeeds: selfSeeds)
            outcomes[member] = Outcome(
                sum: opened.sum, memberCount: opened.memberCount, digest: outcome.digest,
                steps: outcome.steps, agreementSteps: outcome.agreementSteps)
        } catch {
            failures[member] = error
        }
    }

    mutating func start() {
        for member in instances.indices { carryOut(instances[member].start(), of: member) }
    }

    /// Delivers up to `limit` messages; returns how many there were.
    @discardableResult
    mutating func deliver(order: Order = .firstInFirstOut, limit: Int = .max) -> Int {
        var delivered = 0
        switch order {
        case .firstInFirstOut:
            var head = 0
            while head < waiting.count, delivered < limit {
                let envelope = waiting[head]
                head += 1
                delivered += 1
                hand(envelope)
                if head > 4_096 {
                    waiting.removeFirst(head)
                    head = 0
                }
            }
            waiting.removeFirst(head)
        case .shuffled(let seed):
            var generator = SeededGenerator(seed: seed, label: "delivery")
            var links = [[Envelope]](repeating: [], count: instances.count * instances.count)
            var heads = [Int](repeating: 0, count: links.count)
            var busy: [Int] = []
            while delivered < limit {
                for envelope in waiting {
                    let link = envelope.from * instances.count + envelope.to
                    if heads[link] == links[link].count { busy.append(link) }
                    links[link].append(envelope)
                }
                waiting = []
                guard !busy.isEmpty else { break }
                let place = Int(uniform(below: UInt64(busy.count), using: &generator))
                let link = busy[place]
                let envelope = links[link][heads[link]]
                heads[link] += 1
                if heads[link] == links[link].count { busy.swapAt(place, busy.count - 1) }
                if heads[link] == links[link].count { busy.removeLast() }
                delivered += 1
                hand(envelope)
            }
        }
        return delivered
    }

    /// Drops everything under way between two members, as a broken link does.
    mutating func lose(between one: Int, and other: Int) {
        waiting.removeAll { ($0.from, $0.to) == (one, other) || ($0.from, $0.to) == (other, one) }
    }

    private mutating func hand(_ envelope: Envelope) {
        let directives: [AggregationDirective]
        switch envelope.message {
        case .seed(let message):
            directives = instances[envelope.to].handle(message, from: envelope.from)
        case .data(let message):
            directives = instances[envelope.to].handle(message, from: envelope.from)
        default: directives = []
        }
        carryOut(directives, of: envelope.to)
    }

    /// Runs to the end and returns every member's outcome.
    static func run(
        plan: AggregationPlan, vectors: [[Double]], seed: UInt64 = 1, order: Order = .firstInFirstOut
    ) -> TestNetwork {
        var network = TestNetwork(plan: plan, vectors: vectors, seed: seed)
        network.start()
        network.deliver(order: order)
        return network
    }

    /// The vectors that all members sent at one step of one chunk, by member; `nil` where one sent none.
    func vectors(chunk: Int, step: Int) -> [[Double]?] {
        var result = [[Double]?](repeating: nil, count: instances.count)
        for envelope in sent {
            if case .data(let message) = envelope.message, Int(message.chunk) == chunk,
                Int(message.step) == step, case .values(let values) = message.payload
            {
                result[envelope.from] = values
            }
        }
        return result
    }
}

/// Members with fixed keys.
func sampleRoster(_ count: Int) throws -> [PublicIdentity] {
    try (0..<count).map { index in
        var seed = [UInt8](repeating: 7, count: 32)
        seed[0] = UInt8(index & 255)
        seed[1] = UInt8(index >> 8)
        return try SecretIdentity(seed: seed).publicIdentity
    }
}

/// Vectors in [−1, 1], one per member.
func sampleVectors(members: Int, count: Int, seed: UInt64 = 11) -> [[Double]] {
    var generator = SeededGenerator(seed: seed, label: "test-vectors")
    return (0..<members).map { _ in
        (0..<count).map { _ in Double(Int64(bitPattern: generator.next())) * 0x1p-63 }
    }
}

/// Settings and a plan in one go.
func samplePlan(
    members: Int, count: Int, topology: GraphRecipe = GraphRecipe(family: .randomRegular),
    weights: MixingWeights = .chebyshev, tolerance: Double = 1e-9,
    protection: ProtectionSettings = ProtectionSettings(), operation: AggregationOperation = .sum,
    attempt: UInt32 = 0, method: AggregationMethod = .dynamical
) throws -> AggregationPlan {
    let settings = AggregationSettings(
        networkID: [UInt8](repeating: 3, count: 32), topology: topology, method: method, weights: weights,
        tolerance: tolerance, protection: protection)
    return try AggregationPlan(
        settings: settings, roster: sampleRoster(members), round: 5, attempt: attempt,
        stateHash: [UInt8](repeating: 9, count: 32), operation: operation, vectorCount: count)
}

/// The exact sum up to a rounding per entry.
func exactSum(_ vectors: [[Double]]) -> [Double] {
    vectors.dropFirst().reduce(vectors[0]) { zip($0, $1).map { $0 + $1 } }
}

/// The largest difference between two vectors.
func largestDifference(_ first: [Double], _ second: [Double]) -> Double {
    zip(first, second).reduce(0) { max($0, ($1.0 - $1.1).magnitude) }
}
