import Agreement
import Consensus
import ControlPlane
import Learning
import Privacy
import Simulator

extension Failure {
    /// Why nobody could learn from the rows, or from what was agreed.
    init(_ error: TrainingError, participant: String? = nil) {
        let who = participant.map { "\($0): " } ?? ""
        switch error {
        case .noRows:
            self = .data("\(who)there are no rows", fix: "Add rows.")
        case .columnCountMismatch(let expected, let found):
            self = .data(
                "\(who)\(found) columns where \(expected) are agreed",
                fix: "Bring the columns of the agreement.")
        case .columnWithoutValues(let column):
            self = .data(
                "\(who)no row has a value in column \(column + 1)",
                fix: "Leave the column out, or have a participant bring values.")
        case .valueOutOfRange(let row, let column, let value):
            self = .data(
                "\(who)row \(row + 1), column \(column + 1) holds \(value), beyond ±2^400",
                fix: "Correct the value, or leave the cell empty.")
        case .impossibleRowCount(let count) where count < 0.5:
            self.init(
                status: .privacyGate, code: "PRIVACY_GATE",
                message: "\(who)no rows are left in the agreed sums: every participant left its own out",
                fix:
                    "Bring more rows, agree on a lower privacy.l-diversity, or set privacy.on-violation to warn."
            )
        case .impossibleRowCount(let count):
            self.init(
                status: .failure, code: "SUM", message: "\(who)the agreed number of rows is \(count)",
                fix: "Check that all participants run the same version.")
        case .model(let error):
            self.init(explaining: error, or: "\(who)the model could not be optimised")
        case .malformedState(let field):
            self.init(
                status: .failure, code: "STATE",
                message: "\(who)the stored state does not fit: \(field.rawValue)",
                fix: "Use the state folder with the agreement it was made under.")
        }
    }

    /// Why a network, simulated or real, came to no end.
    init(_ error: LearningFailure, participant: String) {
        switch error {
        case .training(let error): self.init(error, participant: participant)
        case .consensus(let error): self.init(error)
        case .aggregation, .sumsDiffer, .statesDiffer:
            self.init(
                status: .failure, code: "SUM",
                message: "\(participant): what was agreed cannot be right: \(error)",
                fix: "Check that all participants run the same version; then report it.")
        case .budgetSpent(let budget):
            self.init(
                status: .privacyGate, code: "BUDGET",
                message:
                    "\(participant): the privacy budget of epsilon \(budget.epsilon) is spent (\(budget.spent))",
                fix: "Learn under a new agreement; its budget adds to this one's.")
        case .unreadableRecord:
            self.init(
                status: .failure, code: "STATE", message: "\(participant): the stored record cannot be read",
                fix: "Move the state folder away and start anew.")
        }
    }

    /// Why no sum can be planned under an agreement.
    init(_ error: ConsensusError) {
        let (message, fix): (String, String) =
            switch error {
            case .topology(let error):
                (Failure(explaining: error)?.message ?? "\(error)", "Change the section topology.")
            case .rosterSize(let count, let limit):
                ("\(count) participants, at most \(limit) can take part", "Use fewer participants.")
            case .repeatedMember(let index):
                ("participant \(index) stands there twice", "Remove one of the two.")
            case .chunkCount(let count, let limit):
                ("consensus.protection.chunks is \(count)", "Use 1 to \(limit).")
            case .tolerance(let tolerance):
                ("consensus.tolerance is \(tolerance)", "Use a value between 0 and 1.")
            case .shamirThreshold(let threshold, let count):
                (
                    "consensus.protection.shamir.threshold is \(threshold) for \(count) participants: threshold + 1 "
                        + "of them open a sum, and one may be gone",
                    count < 3
                        ? "Have 3 or more participants." : "Use 1 to \(count - 2)."
                )
            case .stepCount(let steps, let limit):
                (
                    "a session would take \(steps) steps, at most \(limit) are allowed",
                    "Use consensus.weights chebyshev, a denser graph, or a larger tolerance."
                )
            }
        self.init(status: .configuration, code: "CONSENSUS", message: message, fix: fix)
    }

    /// Why a simulation came to no end.
    init(_ error: SimulationError) {
        switch error {
        case .rows(let participant, let error): self.init(error, participant: participant)
        case .member(let participant, let failure): self.init(failure, participant: participant)
        case .gateClosed(let participant, let report):
            self.init(
                gateOf: participant,
                message: "\(Figure.decimal(report.minimum, places: 1)) rows are behind a sum, "
                    + "\(Figure.decimal(report.gate.required, places: 1)) are asked for")
        case .misbehaviour(let participant, let other, let fault):
            self.init(
                status: .failure, code: "INVARIANT",
                message: "\(participant) saw \(other) send what no honest peer sends: \(fault)",
                fix: "This should not happen; please report it with the command that caused it.")
        case .stalled(let exchange, let waiting):
            self.init(
                status: .unreachable, code: "STALLED",
                message: "the network stopped after exchange \(exchange); waiting: "
                    + waiting.map { member in
                        let place = member.phase.map {
                            "\($0.rawValue), exchange \(member.exchange), attempt \(member.attempt)"
                        }
                        return "\(member.name) (\(place ?? "away"))"
                    }.joined(separator: ", "),
                fix: "Fewer than a quorum are left, or fewer than a sum needs; give a fault a 'for'.")
        case .violated(let violation):
            self.init(
                status: .failure, code: "INVARIANT", message: "an invariant does not hold: \(violation)",
                fix: "This should not happen; please report it with the command that caused it.")
        }
    }

    /// A participant's gate is closed (`privacy.on-violation: hold`).
    init(gateOf participant: String, message: String) {
        self.init(
            status: .privacyGate, code: "PRIVACY_GATE",
            message: "\(participant) sends nothing: \(message)",
            fix: "Bring more rows, turn masks on, agree on fewer patterns or a lower privacy.l-diversity, "
                + "or set privacy.on-violation to warn or suppress.")
    }

    /// Why a run of many did not end as it must.
    init(_ broken: SeedSweep.Broken) {
        let cause = Failure(broken.cause)
        self.init(
            status: cause.status, code: cause.code, message: "seed \(broken.seed): \(cause.message)",
            fix: "Repeat it with --seeds \(broken.seed)..\(broken.seed).")
    }

    /// Why a topology file describes no network that can run.
    init(_ error: ScenarioError) {
        switch error {
        case .data(let error): self.init(error)
        case .tooFewParticipants(let folder, let found, let asked):
            self = .data(
                "\(folder) has \(found) participants, \(asked) are asked for",
                fix: "Ask for at most \(found).")
        case .unknownPeer(let peer, let count):
            self.init(
                status: .configuration, code: "CONFIGURATION",
                message: "simulation.faults names peer \(peer) of \(count)",
                fix: "Count peers from 0 to \(count - 1).")
        case .rangeCount(let found, let columnCount):
            self.init(
                status: .configuration, code: "CONFIGURATION",
                message: "privacy.dp.range has \(found) ranges for \(columnCount) columns",
                fix: "Give one range for all columns, or one a column in their order.")
        case .noNetwork(let found):
            self = .data(
                "\(found) participant has data, a network needs two", fix: "Add another NAME_train.csv.")
        }
    }

    /// Why a running daemon could not be asked.
    init(_ error: ControlError) {
        switch error {
        case .notRunning(let path):
            self.init(
                status: .daemonNotRunning, code: "NOT_RUNNING", message: "no daemon listens at \(path)",
                fix: "Start it with 'collabdict peer', or name its configuration with --config.")
        case .system(let path, let code):
            self.init(
                status: .failure, code: "CONTROL", message: "\(path): \(Self.systemText(code))",
                fix: "Run as the user of the daemon.")
        case .pathTooLong(let path, let count, let limit):
            self.init(
                status: .configuration, code: "CONTROL",
                message: "\(path) has \(count) bytes, a socket's path at most \(limit)",
                fix: "Use a state folder with a shorter path.")
        case .notLoopback(let host):
            self.init(
                status: .configuration, code: "CONTROL",
                message: "control.http is \(host), which is not loopback",
                fix: "Use 127.0.0.1 or [::1].")
        case .refused(let route, let status):
            self.init(
                status: .failure, code: "CONTROL",
                message: "the daemon answered \(route) with HTTP \(status)",
                fix: "Use the daemon's own version of this program.")
        case .noAnswer(let path, let seconds):
            self.init(
                status: .deadline, code: "NO_ANSWER", message: "\(path) gave no answer within \(seconds) s",
                fix: "Look at the daemon's log.")
        case .unexpectedAnswer(let route, let count):
            self.init(
                status: .failure, code: "CONTROL",
                message: "the daemon's \(count) bytes for \(route) are not known here",
                fix: "Use the daemon's own version of this program.")
        }
    }

    private init(explaining error: any Error, or message: String) {
        self =
            Failure(explaining: error)
            ?? Failure(status: .failure, code: "INTERNAL", message: message, fix: "Please report it.")
    }
}
