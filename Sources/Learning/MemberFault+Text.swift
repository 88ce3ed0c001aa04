import Consensus

extension MemberFault {
    /// What a member has done, after its name: "p03 …".
    ///
    /// - Parameter name: of a member, by its place in the agreement.
    package func sentence(naming name: (Int) -> String) -> String {
        switch self {
        case .aggregation(let fault): fault.sentence
        case .forgedSignature(let claimed):
            "passed on a message in the name of \(name(claimed)) that \(name(claimed)) has not signed"
        case .conflictingMessage(let type):
            "signed two different \("\(type)".uppercased()) messages for one attempt"
        case .wrongSeed: "revealed a seed that is not the one it had committed itself to"
        case .wrongShare: "gave a share of the sum that is not the one it had committed itself to"
        case .wrongPart: "gave a sum or state whose hash is not the one asked for"
        case .foreignRoster: "sent a roster of another agreement, or one without itself"
        case .otherState:
            "is in another state than the others at the same round; compare versions and `collabdict rounds`"
        }
    }
}

extension Misbehaviour {
    fileprivate var sentence: String {
        switch self {
        case .notNeighbour: "sent a vector or seed without being a neighbour in this session"
        case .unknownChunk(let chunk, let count): "sent chunk \(chunk); the agreement has \(count)"
        case .unknownStep(let step, let count): "sent step \(step) of a session of \(count)"
        case .stepAhead(let step, let current):
            "sent step \(step) at step \(current), more than one ahead"
        case .notPartner(let step): "sent a vector at step \(step), where it has none to send here"
        case .wrongPayload: "sent another kind of vector than this session's"
        case .wrongCount(let count, let expected): "sent \(count) values where \(expected) belong"
        case .valueOutOfBounds(let index, let bits, let bound):
            "sent \(Double(bitPattern: bits)) as value \(index); a value must be finite and at most \(bound) in size"
        case .contradiction: "sent a second, different message in place of one that has come"
        }
    }
}
