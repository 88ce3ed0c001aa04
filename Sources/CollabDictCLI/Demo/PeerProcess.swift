import Dispatch
import Foundation
import Synchronization

/// The peers that this process started, ended with it whatever happens.
final class PeerProcess: Sendable {
    /// This program's own file.
    static let binary = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    private static let grace = Duration.seconds(10)

    private let children = ChildProcesses()
    private let watch: SignalWatch

    /// Starts `collabdict peer` for every peer of a network.
    ///
    /// - Throws: ``Failure``; those that were started are ended.
    init(_ network: DemoNetwork) throws(Failure) {
        // An interrupted demo leaves no process and no key behind.
        let (children, network) = (children, network)
        watch = SignalWatch([SIGINT, SIGTERM, SIGHUP]) { number in
            network.end.take()
            children.close()
            // A peer that is just ending may still make a folder: first all must be gone, for which a second is ample.
            for _ in 0..<1_000 where children.all.contains(where: \.isRunning) { usleep(1_000) }
            network.remove()
            exit(128 + number)
        }
        for peer in network.peers {
            do {
                let process = Process()
                process.executableURL = Self.binary
                process.arguments = ["peer", "--config", peer.configuration]
                _ = FileManager.default.createFile(atPath: peer.log, contents: nil)
                let log = try FileHandle(forWritingTo: URL(filePath: peer.log))
                process.standardInput = FileHandle.nullDevice
                process.standardOutput = log
                process.standardError = log
                try children.start(process)
            } catch {
                children.close()
                throw Failure(
                    status: .failure, code: "NOT_STARTED",
                    message: "\(peer.name) could not be started: \(error)",
                    fix: "Check the limits of processes and open files.")
            }
        }
    }

    /// Process numbers in the order of the network.
    var identifiers: [Int32] { children.all.map(\.processIdentifier) }

    /// The first peer that has ended, and its exit code.
    var firstEnded: (index: Int, status: Int32)? {
        let processes = children.all
        return processes.firstIndex { !$0.isRunning }.map { ($0, processes[$0].terminationStatus) }
    }

    /// Asks all to leave, waits, and ends those that do not.
    ///
    /// - Returns: whether all left by themselves with code 0.
    func stop() async -> Bool {
        let processes = children.all
        for process in processes where process.isRunning { process.terminate() }
        let deadline = ContinuousClock.now + Self.grace
        while processes.contains(where: \.isRunning), ContinuousClock.now < deadline {
            try? await Task.sleep(for: .milliseconds(20))
        }
        children.close()
        for process in processes { process.waitUntilExit() }
        watch.cancel()
        return processes.allSatisfy { $0.terminationReason == .exit && $0.terminationStatus == 0 }
    }
}

/// Processes that this one started.
private final class ChildProcesses: Sendable {
    private struct State {
        var processes: [Process] = []
        var isClosed = false
    }

    private let state = Mutex(State())

    var all: [Process] { state.withLock { $0.processes } }

    /// Starts and remembers in one piece, so that whoever ends all misses none.
    ///
    /// - Throws: the system's error; `CancellationError` once closed.
    func start(_ process: Process) throws {
        try state.withLock { state in
            guard !state.isClosed else { throw CancellationError() }
            try process.run()
            state.processes.append(process)
        }
    }

    /// Ends those that still run, at once; none can be started any more.
    func close() {
        state.withLock { $0.isClosed = true }
        for process in all where process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }
}

/// Signals that would end the process, handled on a thread of their own.
// SAFETY: the sources are made in `init`; afterwards they are cancelled only, which Dispatch allows anywhere.
private final class SignalWatch: @unchecked Sendable {
    private let sources: [any DispatchSourceSignal]

    init(_ numbers: [Int32], handler: @escaping @Sendable (Int32) -> Void) {
        sources = numbers.map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { handler(number) }
            source.resume()
            return source
        }
    }

    func cancel() {
        for source in sources { source.cancel() }
    }
}
