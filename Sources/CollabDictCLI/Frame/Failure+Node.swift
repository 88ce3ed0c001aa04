import Node
import Storage
import Transport

extension Failure {
    /// Why a daemon does not start, or stops.
    init(_ error: NodeError) {
        switch error {
        case .storage(let error): self.init(error)
        case .data(let error): self.init(error)
        case .training(let error): self.init(error)
        case .learning(let error): self.init(error, participant: "this peer")
        case .transport(let error): self.init(error)
        case .keyNotInAgreement(let key, let path):
            self.init(
                status: .membership, code: "NOT_A_MEMBER",
                message: "\(path) holds the key \(key), which the agreement does not name",
                fix: "Name the key file of a participant, or have the agreement made anew with this key.")
        case .keyOfOther(let name, let expected):
            self.init(
                status: .membership, code: "KEY_OF_OTHER",
                message:
                    "the key is that of participant '\(name)', and the configuration names '\(expected)'",
                fix: "Name the right key file, or the right participant.")
        case .unknownName(let name, let known):
            self.init(
                status: .membership, code: "NOT_A_MEMBER",
                message: "the agreement has no participant '\(name)'",
                fix: "Use one of: \(known.joined(separator: ", ")).")
        case .noRows(let path, let dropped):
            self = .data(
                "\(path) has no complete row (\(dropped) with missing cells)", fix: "Fill the missing cells.")
        }
    }

    /// Why the daemon cannot be reached by others.
    init(_ error: TransportError) {
        let (message, fix): (String, String) =
            switch error {
            case .cannotListen(let address, let code):
                (
                    "\(address.host):\(address.port) cannot be listened at: \(Self.systemText(code))",
                    "Free the port, or set another 'listen' in peer.yaml."
                )
            case .unknownHost(let address):
                (
                    "the host '\(address.host)' of 'listen' is not known here",
                    "Use an address of this machine."
                )
            }
        self.init(status: .failure, code: "LISTEN", message: message, fix: fix)
    }
}
