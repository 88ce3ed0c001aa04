import Agreement
package import Datasets
package import Learning
package import Storage
package import Transport

/// Why a daemon does not start, or stops.
package enum NodeError: Error {
    case storage(StorageError)
    case data(DatasetError)
    case training(TrainingError)
    case learning(LearningFailure)
    case transport(TransportError)
    /// The key file's key is not the key of any participant.
    case keyNotInAgreement(key: String, path: String)
    /// The key belongs to another participant than the configuration names.
    case keyOfOther(name: String, expected: String)
    /// The agreement has no participant of this name.
    case unknownName(String, known: [String])
    /// No complete row is left.
    case noRows(path: String, droppedRowCount: Int)
}
