import Agreement
import Consensus
import ControlPlane
import Datasets
import Learning
import Models
import Node
import Simulator
import Storage
import Topology
import Transport

extension Failure {
    /// What a person is told of an error of one of the rooms; nil for errors that are not known here.
    init?(explaining error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case let problems as ConfigurationProblems: self.init(problems.problems)
        case let problem as ConfigurationProblem: self.init([problem])
        case let error as TopologyError: self.init(error)
        case let error as StorageError: self.init(error)
        case let error as DatasetError: self.init(error)
        case let error as ModelError: self.init(error)
        case let error as TrainingError: self.init(error)
        case let error as ConsensusError: self.init(error)
        case let error as SimulationError: self.init(error)
        case let error as SeedSweep.Broken: self.init(error)
        case let error as ScenarioError: self.init(error)
        case let error as ControlError: self.init(error)
        case let error as NodeError: self.init(error)
        case let error as TransportError: self.init(error)
        default: return nil
        }
    }

    private init(_ problems: [ConfigurationProblem]) {
        self.init(
            status: .configuration, code: "CONFIGURATION",
            message: problems.map(\.message).joined(separator: "\nerror: "),
            fix: problems.map(\.fix).joined(separator: "\n  fix: "))
    }

    private init(_ error: TopologyError) {
        let (message, fix): (String, String) =
            switch error {
            case .degreeTooSmall(let degree, let minimum):
                ("topology.degree is \(degree), at least \(minimum) is needed", "Raise topology.degree.")
            case .vertexOutOfRange(let vertex, let count):
                (
                    "topology.edges names participant \(vertex) of \(count)",
                    "Count participants from 0 to \(count - 1)."
                )
            case .loop(let vertex):
                ("topology.edges joins participant \(vertex) to itself", "Remove that edge.")
            case .disconnected(let vertexCount, let edgeCount):
                (
                    "the \(edgeCount) edges leave some of the \(vertexCount) participants unreachable",
                    "Add edges until everybody is connected."
                )
            case .noConnectedDraw(let count, let degree, let seeds):
                (
                    "no connected graph of degree \(degree) among \(seeds) draws for \(count) participants",
                    "Raise topology.degree."
                )
            case .tooManyVertices(let count, let limit):
                (
                    "finite weights end at \(limit) participants, the graph has \(count)",
                    "Set consensus.weights to chebyshev."
                )
            case .spectrumNotFound(let count):
                (
                    "the spectrum of the graph of \(count) participants was not found",
                    "Use random-regular, or consensus.method: exact."
                )
            }
        self.init(status: .configuration, code: "TOPOLOGY", message: message, fix: fix)
    }

    private init(_ error: ModelError) {
        let (message, fix): (String, String) =
            switch error {
            case .impossibleSum(let block, let index, let value):
                (
                    "the agreed sum of block \(block) holds \(value) at \(index), which no rows can have",
                    "Check the participants' data for extreme values."
                )
            case .noPatternLeft(let rowCount):
                ("no pattern is left for \(rowCount) rows", "Lower model.patterns, or bring more rows.")
            case .notPositiveDefinite(let pattern, let minor):
                (
                    "pattern \(pattern) has no positive definite precision (minor \(minor))",
                    "Raise model.sparsity or model.prior-strength."
                )
            case .notConverged(let pattern, let iterations, let residual):
                (
                    "pattern \(pattern) did not converge in \(iterations) sweeps (residual \(residual))",
                    "Raise model.sparsity or model.prior-strength."
                )
            case .malformedState(let field, let expected, let found):
                (
                    "the stored model's \(field) has \(found) where \(expected) belongs",
                    "Use a model file or state folder that this version wrote."
                )
            }
        self.init(status: .failure, code: "MODEL", message: message, fix: fix)
    }
}
