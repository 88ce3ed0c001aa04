import Agreement
import Learning
import Privacy

/// What a daemon knows of itself and its network from its files, unchanged while it runs.
struct PeerFacts: Sendable {
    let agreement: NetworkAgreement
    let member: Int
    let version: String
    /// Values in the longest vector, the constant-1 channel included.
    let vectorCountMax: Int
    /// The kind's name in the agreement.
    let modelKind: String
    /// Where the model file goes when learning is over.
    let modelPath: String
    /// What becomes of own sums that rest on too few rows.
    let gate: PrivacyGate
    /// What the others can learn under the agreement; nil where nothing can be planned.
    let audit: LeakageStatement?

    func name(of member: Int) -> String { agreement.participants[member].name }

    /// What stopped learning, for people.
    func sentence(for failure: LearningFailure) -> String {
        switch failure {
        case .sumsDiffer(let members):
            "\(names(members)) voted for another sum of the same round; compare versions of the program"
        case .statesDiffer(let members):
            "\(names(members)) hold another state at the same round; compare `collabdict rounds`"
        case .aggregation(let fault): "the opened sum cannot be right: \(fault)"
        case .consensus(let fault): "no session can be planned: \(fault)"
        case .training(let fault): "the agreed sums cannot be learnt from: \(fault)"
        case .budgetSpent(let budget):
            "the privacy budget of epsilon \(budget.epsilon) is spent (\(budget.spent)): this round would take it beyond"
        case .unreadableRecord: "the stored state does not fit the agreement"
        }
    }

    private func names(_ members: [Int]) -> String {
        members.map(name(of:)).joined(separator: ", ")
    }
}

extension TrainingStage {
    /// The word that status and history use.
    package var name: String {
        switch self {
        case .scales: "scales"
        case .mean: "mean"
        case .deviation: "deviation"
        case .variance: "variance"
        case .spread: "spread"
        case .moments: "moments"
        case .start: "start"
        case .round: "round"
        case .calibration: "calibration"
        case .finished: "finished"
        }
    }
}
