import ArgumentParser
import Node

/// `--threads`.
struct ThreadOption: ParsableArguments {
    @Option(help: "Threads to use; never changes an answer.") var threads = 1

    /// The threads, to be lent to whatever computes.
    var runner: ThreadRunner { ThreadRunner(threadCount: threads) }

    func validate() throws {
        guard (1...1024).contains(threads) else {
            throw ValidationError("'--threads \(threads)' is not between 1 and 1024")
        }
    }
}
