/// What the process tells its caller: the exit codes of docs/interface.md.
enum ExitStatus: Int32, Sendable {
    case success = 0
    case failure = 1
    case usage = 2
    case daemonNotRunning = 3
    case configuration = 4
    case membership = 5
    case unreachable = 6
    case privacyGate = 7
    case data = 8
    case deadline = 9
}
