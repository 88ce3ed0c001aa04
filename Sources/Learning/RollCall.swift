import Consensus
import Sodium
import Wire

/// The ABORTs of one attempt: who is there, and whom each of them misses.
struct RollCall: Sendable {
    let attempt: UInt32
    /// By member.
    private(set) var answers: [PeerMessage?]
    /// When the silent are taken for lost.
    var ends: Duration
    /// Who goes on, and when this member proposes it unless somebody else does; nil while the call lasts.
    var proposal: (roster: MemberSet, attempt: UInt32, at: Duration)?

    init(attempt: UInt32, participantCount: Int, ends: Duration) {
        self.attempt = attempt
        answers = Array(repeating: nil, count: participantCount)
        self.ends = ends
    }

    /// A member's answer.
    func answer(of member: Int) -> AbortMessage? {
        guard case .abort(let message)? = answers[member] else { return nil }
        return message
    }

    /// - Parameter message: the ABORT of a member.
    mutating func put(_ message: PeerMessage, of member: Int) { answers[member] = message }

    /// All answers, in the order of their members.
    var messages: [PeerMessage] { answers.compactMap { $0 } }

    /// Whether a member has said that it leaves.
    func isLeaving(_ member: Int) -> Bool { answer(of: member)?.accused.contains(member) == true }

    /// Whether all members of a roster have answered.
    func isComplete(_ roster: MemberSet) -> Bool { roster.members.allSatisfy { answers[$0] != nil } }

    /// Who goes on: of those who have answered and do not leave, while accusations among them remain, the one in most of
    /// them, as accuser or accused, is left out; of several the one with the largest key.
    func rest(of roster: MemberSet, keys: [PublicIdentity]) -> MemberSet {
        var rest = MemberSet(
            roster.members.filter { answers[$0] != nil && !isLeaving($0) },
            participantCount: roster.participantCount)
        while true {
            var counts = [Int](repeating: 0, count: answers.count)
            for accuser in rest.members {
                for accused in answer(of: accuser)?.accused.members ?? []
                where rest.contains(accused) && accused != accuser {
                    counts[accuser] += 1
                    counts[accused] += 1
                }
            }
            guard let most = counts.max(), most > 0 else { return rest }
            let worst = counts.indices.filter { counts[$0] == most }.max { keys[$0] < keys[$1] }
            if let worst { rest.remove(worst) }
        }
    }

    /// The order in which members may propose the next attempt.
    static func order(
        of roster: MemberSet, keys: [PublicIdentity], networkID: [UInt8], round: UInt64, attempt: UInt32
    ) -> [Int] {
        let ranked = roster.members.map { member -> (hash: [UInt8], member: Int) in
            var writer = ByteWriter(reservingCapacity: 128)
            writer.write(bytes: Array("collabdict/proposer/v1".utf8))
            writer.write(bytes: networkID)
            writer.write(round)
            writer.write(attempt)
            writer.write(bytes: keys[member].bytes)
            return (BLAKE2b.hash256(writer.bytes), member)
        }
        return ranked.sorted { $0.hash.lexicographicallyPrecedes($1.hash) }.map(\.member)
    }
}
