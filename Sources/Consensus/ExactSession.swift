/// One member's side of one chunk of an exact sum: masked words in, the chunk's sum of the whole roster out; or with
/// Shamir's shares residues in, the member's share of the sum out.
///
/// Addition over Z_2^64 knows no order, so there is nothing to agree on afterwards.
protocol ExactSession: Sendable {
    /// Members that DATA is exchanged with, ascending.
    var neighbours: [Int] { get }
    /// The step whose messages are awaited; `stepCount` at the end.
    var step: Int { get }
    /// Whether the sum is complete and everything for it has been sent.
    var isFinished: Bool { get }
    /// Members whose message is missing now, ascending.
    var waitingFor: [Int] { get }
    /// The sum or the share of it, once finished; shape `(messageCount)`.
    var total: [UInt64] { get }

    /// Begins with these words, and takes what has come before.
    mutating func start(with words: [UInt64]) -> [ExactMessage]

    /// Keeps what a neighbour sent, or says why not; a refused message leaves everything as it was.
    mutating func receive(_ payload: DataPayload, step: Int, from peer: Int) -> ChunkSession.Reception

    /// Takes all steps for which the messages are there.
    mutating func advance() -> [ExactMessage]

    /// Everything that `peer` has been sent, in the order of sending: a link that comes back needs it again, as a
    /// partner may be any number of steps behind.
    func sent(to peer: Int) -> [ExactMessage]
}

/// DATA of an exact sum on its way to one member.
struct ExactMessage: Sendable {
    let peer: Int
    let step: Int
    let payload: DataPayload
}
