import Sodium

/// `topologies/*.yaml`: a simulation in one file. Every key has a default, so an empty file is one.
package struct TopologyFile: Sendable, Equatable {
    /// The key `network`, unless it is left out.
    package var name: String?
    /// The sections of the agreement.
    package var settings: AgreementSettings
    package var simulation: SimulationSettings
    /// `data.limit`: only the first so many training rows of each participant count. 1…10^9.
    package var rowLimit: Int?

    package init(
        name: String? = nil, settings: AgreementSettings = AgreementSettings(),
        simulation: SimulationSettings = SimulationSettings(), rowLimit: Int? = nil
    ) {
        self.name = name
        self.settings = settings
        self.simulation = simulation
        self.rowLimit = rowLimit
    }

    /// What is hashed for the network id of a simulation: the sections of the agreement, the name, the seed and the
    /// number of participants, in canonical form. Where the data lie does not show, as in an agreement.
    package func canonicalForm(participantCount: Int) -> String {
        let identity: [(String, CanonicalValue)] = [
            ("version", .integer(NetworkAgreement.version)),
            ("network", name.map(CanonicalValue.text) ?? .null),
            (
                "simulation",
                .object([("participants", .integer(participantCount)), ("seed", .seed(simulation.seed))])
            ),
        ]
        return CanonicalValue.object(identity + settings.canonicalEntries).canonicalForm
    }

    /// BLAKE2b-256 of the UTF-8 bytes of ``canonicalForm(participantCount:)``: 32 bytes.
    package func networkID(participantCount: Int) -> [UInt8] {
        BLAKE2b.hash256(Array(canonicalForm(participantCount: participantCount).utf8))
    }
}

/// The section `simulation`.
package struct SimulationSettings: Sendable, Equatable {
    /// 2…65,535; nil leaves it to the folder of data, or to ``defaultParticipantCount``.
    package var participantCount: Int?
    /// Of everything random in a simulation.
    package var seed: UInt64
    package var data: SimulatedData
    package var network: SimulatedNetwork
    /// What goes wrong, in the order of the file.
    package var faults: [PlannedFault]

    /// Participants of generated data when the file does not say.
    package static let defaultParticipantCount = 31

    package init(
        participantCount: Int? = nil, seed: UInt64 = 1, data: SimulatedData = .generated(GeneratedData()),
        network: SimulatedNetwork = SimulatedNetwork(), faults: [PlannedFault] = []
    ) {
        self.participantCount = participantCount
        self.seed = seed
        self.data = data
        self.network = network
        self.faults = faults
    }
}

/// Where the rows of a simulation come from.
package enum SimulatedData: Sendable, Equatable {
    case generated(GeneratedData)
    /// A folder with one `NAME_train.csv`, and perhaps `NAME_test.csv`, a participant; joined to the file's folder.
    case directory(String)
}

/// Generators of rows.
package enum DataGenerator: String, Sendable, CaseIterable {
    /// Shared Gaussian patterns with sparse precision, mixed anew by every participant (docs/interface.md).
    case heterogeneousClusters = "heterogeneous-clusters"
}

/// Rows that a generator makes.
package struct GeneratedData: Sendable, Equatable {
    package var generator: DataGenerator
    /// Normal training rows a participant; half as many are test rows. 2…10^7.
    package var rows: Int
    /// 1…4096.
    package var columns: Int
    /// Shared patterns, 1…1024.
    package var clusters: Int

    package init(
        generator: DataGenerator = .heterogeneousClusters, rows: Int = 500, columns: Int = 8,
        clusters: Int = 5
    ) {
        self.generator = generator
        self.rows = rows
        self.columns = columns
        self.clusters = clusters
    }
}

/// What the simulated links do.
package struct SimulatedNetwork: Sendable, Equatable {
    /// One way, 0 s…1 h.
    package var latency: Duration
    /// Added at random, uniformly from zero to this. 0 s…1 h.
    package var jitter: Duration
    /// The probability that a message is lost, 0…0.9: its connection breaks, and is made again.
    package var loss: Double

    package init(latency: Duration = .milliseconds(20), jitter: Duration = .milliseconds(5), loss: Double = 0)
    {
        self.latency = latency
        self.jitter = jitter
        self.loss = loss
    }
}

/// Something that goes wrong in a simulation: `{at: round 3, peer: 4, kind: crash, for: 2 rounds}`.
package struct PlannedFault: Sendable, Equatable {
    /// The round at whose beginning it happens; 0 is the time before the first round.
    package var round: Int
    /// The participant, from 0.
    package var peer: Int
    package var kind: FaultKind
    /// How many rounds it lasts; nil is for good.
    package var roundCount: Int?

    package init(round: Int, peer: Int, kind: FaultKind = .crash, roundCount: Int? = nil) {
        self.round = round
        self.peer = peer
        self.kind = kind
        self.roundCount = roundCount
    }
}

/// What can go wrong.
package enum FaultKind: String, Sendable, CaseIterable {
    /// The process ends; what it had on disk comes back with it.
    case crash
    /// The process ends, and its disk is empty when it comes back.
    case lostDisk = "lost-disk"
    /// The process ends in the middle of a write, which is as if it had never been.
    case tornWrite = "torn-write"
    /// The disk is full at the next write, which ends the process.
    case fullDisk = "full-disk"
    /// The process stands still, and its connections stay.
    case pause
    /// Participants from this one on and those before it do not hear of each other.
    case partition
    /// Nothing that the participant sends arrives; it hears everything.
    case cut
    /// The participant's messages take ten times as long.
    case slow
    /// The participant's connections break again and again.
    case loss
    /// The participant's messages to different others overtake each other.
    case reorder
    /// All that the participant sends comes twice.
    case duplicate
    /// The participant's connections stall one by one, and go on in another order.
    case swizzleClog = "swizzle-clog"
    /// The participant's clock jumps an hour ahead.
    case clockJump = "clock-jump"
    /// The participant sends messages that no honest one sends, besides its own.
    case lies
}
