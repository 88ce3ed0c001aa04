import Consensus
import Learning

/// A world without forgers: what arrives from a member is the member's.
struct HonestWorld: FloodAuthenticator {
    private static let signature = [UInt8](repeating: 0, count: 64)

    func sign(_ message: @autoclosure () -> [UInt8]) -> [UInt8] { Self.signature }
    func isValid(_ signature: [UInt8], over message: @autoclosure () -> [UInt8], by member: Int) -> Bool {
        true
    }
}

extension Simulation {
    /// Compares the opened sums of all members with the exact one as soon as the first member has decided.
    mutating func checkSum(after member: Int) {
        guard instances[member]?.phase == .optimising, let exchange = instances[member]?.exchange,
            checkedExchange != exchange, instances[member]?.trainer.stage.isMaximum == false
        else { return }
        checkedExchange = exchange
        let present = instances.compactMap { $0 }.filter { $0.exchange == exchange }
        let inputs = present.compactMap(\.ownInputs)
        let opened = present.compactMap(\.openedSum)
        guard inputs.count == instances.count, let width = inputs.first?.count else { return }
        for entry in 0..<width {
            let exact = compensatedSum(inputs, entry)
            for sum in opened {
                relativeError = max(relativeError, abs(sum[entry] - exact) / Double(inputs.count))
            }
        }
    }

    func outcome() -> SimulationOutcome {
        let trainers = instances.compactMap { $0?.trainer }
        return SimulationOutcome(
            trainers: trainers, summaries: summaries,
            stateHashes: instances.compactMap { $0?.status.stateHash }, messageCount: network.messageCount,
            byteCount: network.byteCount, relativeError: relativeError,
            stepsPerSession: summaries.map(\.averagingSteps).max() ?? 0,
            agreementSteps: summaries.map(\.agreementSteps).max() ?? 0, sessionCount: sessionCount,
            virtualTime: network.now,
            diversities: instances.compactMap { $0?.status.diversity },
            privacies: instances.compactMap { $0?.status.privacy })
    }
}
