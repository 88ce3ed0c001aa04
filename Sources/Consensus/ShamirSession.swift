import LinearAlgebra
import Sodium

/// One member's side of a sum shared by Shamir's scheme (mathematics.md §5.4), up to the share that it opens later.
///
/// Member s draws F_s(z) = x_s + Σ_l a_l z^l of degree `threshold` for every entry, over the field of 2^61 − 1 elements,
/// and sends F_s(j + 1) to member j alone (step 0). What j gets adds up to its share of the sum. It tells everybody a
/// commitment to that (step 1), and the session ends with all commitments: from then on every member knows that all
/// the others hold their shares, and which. The shares themselves leave after the decision (`SumShareMessage`).
///
/// `threshold` colluders see `threshold` values of each honest member's polynomials, which fit any x_s alike. So an
/// attempt that is given up at any step tells nothing.
struct ShamirSession: ExactSession {
    /// Steps of the session.
    static let stepCount = 2

    let neighbours: [Int]
    private let member: Int
    private let threshold: Int
    private let count: Int
    /// One key for the coefficients of each power of z.
    private let keys: [[UInt8]]
    private let salt: [UInt8]
    /// The own entries, and the coefficients of each power of z; empty before the start and once nobody needs them.
    private var polynomials: [[UInt64]] = []
    private var hasShares: [Bool]
    private var missingCount: Int
    private(set) var step = 0
    /// The sum of the shares so far; at the end this member's share of the sum.
    private(set) var total: [UInt64]
    /// By member; empty where missing.
    private(set) var commitments: [[UInt8]]

    /// - Parameters:
    ///   - threshold: colluders that learn nothing, at least 1 and below `memberCount`.
    ///   - count: entries of a vector.
    ///   - generator: cryptographic in a daemon. Drawn: a key for each power, and the salt.
    init(
        memberCount: Int, member: Int, threshold: Int, count: Int,
        using generator: inout some RandomNumberGenerator
    ) {
        precondition(
            threshold >= 1 && threshold < memberCount,
            "a threshold of \(threshold) for \(memberCount) members")
        self.member = member
        self.threshold = threshold
        self.count = count
        neighbours = (0..<memberCount).filter { $0 != member }
        keys = (0..<threshold).map { _ in EdgeMask.key(using: &generator) }
        salt = EdgeMask.key(using: &generator)
        hasShares = [Bool](repeating: false, count: memberCount)
        missingCount = memberCount
        total = [UInt64](repeating: 0, count: count)
        commitments = [[UInt8]](repeating: [], count: memberCount)
    }

    var isFinished: Bool { step == Self.stepCount }

    /// This member's share, once the first step is over.
    var share: SumShare { SumShare(salt: salt, residues: total) }

    var waitingFor: [Int] {
        switch step {
        case 0: neighbours.filter { !hasShares[$0] }
        case 1: neighbours.filter { commitments[$0].isEmpty }
        default: []
        }
    }

    /// - Parameter words: residues.
    mutating func start(with words: [UInt64]) -> [ExactMessage] {
        precondition(polynomials.isEmpty && words.count == count, "\(words.count) residues, not \(count)")
        polynomials = [words] + keys.map { Self.uniformResidues(key: $0, count: count) }
        take(values(at: member), from: member)
        return neighbours.map { dealt(to: $0) } + advance()
    }

    mutating func receive(_ payload: DataPayload, step sent: Int, from peer: Int) -> ChunkSession.Reception {
        guard neighbours.contains(peer) else { return .refused(.notNeighbour) }
        guard sent < Self.stepCount else {
            return .refused(.unknownStep(step: sent, stepCount: Self.stepCount))
        }
        switch (payload, sent) {
        case (.shares(let shares), 0):
            guard shares.count == count else {
                return .refused(.wrongCount(count: shares.count, expected: count))
            }
            guard !hasShares[peer] else { return .repeated }
            take(shares, from: peer)
            return .taken
        case (.commitment(let hash), 1):
            // Nobody has all shares before this member has dealt its own.
            guard !polynomials.isEmpty || isFinished else { return .refused(.stepAhead(step: 1, current: 0)) }
            let known = commitments[peer]
            guard known.isEmpty else { return known == hash ? .repeated : .refused(.contradiction) }
            commitments[peer] = hash
            return .taken
        default: return .refused(.wrongPayload)
        }
    }

    mutating func advance() -> [ExactMessage] {
        var messages: [ExactMessage] = []
        guard !polynomials.isEmpty else { return messages }
        if step == 0, missingCount == 0 {
            step = 1
            commitments[member] = share.commitment
            messages = neighbours.map { committed(to: $0) }
        }
        if step == 1, commitments.allSatisfy({ !$0.isEmpty }) {
            step = Self.stepCount
            polynomials = []
        }
        return messages
    }

    /// The shares as long as `peer` has not committed itself to their sum, and the own commitment.
    func sent(to peer: Int) -> [ExactMessage] {
        var messages: [ExactMessage] = []
        if !polynomials.isEmpty, commitments[peer].isEmpty { messages.append(dealt(to: peer)) }
        if step > 0 { messages.append(committed(to: peer)) }
        return messages
    }

    private mutating func take(_ shares: [UInt64], from peer: Int) {
        PrimeField.add(shares, to: &total)
        hasShares[peer] = true
        missingCount -= 1
    }

    /// The own polynomials at the point of a member.
    private func values(at place: Int) -> [UInt64] {
        PrimeField.combination(
            of: polynomials, weights: PrimeField.powers(of: UInt64(place + 1), count: threshold + 1))
    }

    private func dealt(to peer: Int) -> ExactMessage {
        ExactMessage(peer: peer, step: 0, payload: .shares(values(at: peer)))
    }

    private func committed(to peer: Int) -> ExactMessage {
        ExactMessage(peer: peer, step: 1, payload: .commitment(commitments[member]))
    }

    /// Residues, uniform, expanded from a 32-byte key that is used for nothing else.
    ///
    /// 61 bits of a word each; if one of them is no residue, which has probability `count`/2^61, all are drawn again.
    private static func uniformResidues(key: [UInt8], count: Int) -> [UInt64] {
        var key = key
        while true {
            let residues = ChaCha20.keystream(key: key, wordCount: count).map { $0 >> 3 }
            if residues.allSatisfy({ $0 < PrimeField.modulus }) { return residues }
            key = BLAKE2b.hash256(key)
        }
    }
}
