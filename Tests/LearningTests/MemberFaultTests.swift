import Consensus
import Learning
import Testing

/// What log and status say of a member that sends what no honest one does.
@Suite struct MemberFaultTests {
    private func sentence(_ fault: MemberFault) -> String { fault.sentence { "clinic-\($0)" } }

    @Test func `whoever was to be blamed for another's words is named`() {
        #expect(
            sentence(.forgedSignature(claimed: 3))
                == "passed on a message in the name of clinic-3 that clinic-3 has not signed")
    }

    @Test(
        arguments: [
            (Misbehaviour.wrongCount(count: 7, expected: 9), ["7 values", "9 belong"]),
            (
                .valueOutOfBounds(index: 4, bitPattern: Double.nan.bitPattern, bound: 2.5),
                ["nan", "value 4", "2.5"]
            ),
            (.unknownChunk(chunk: 5, chunkCount: 4), ["chunk 5", "has 4"]),
            (.unknownStep(step: 60, stepCount: 58), ["step 60", "of 58"]),
            (.stepAhead(step: 6, current: 4), ["step 6", "step 4"]), (.notPartner(step: 2), ["step 2"]),
        ] as [(Misbehaviour, [String])])
    func `a fault in a vector says the number that is wrong and what it may be`(
        fault: Misbehaviour, parts: [String]
    ) {
        for part in parts { #expect(sentence(.aggregation(fault)).contains(part)) }
    }

    @Test func `no two faults read alike`() {
        let faults: [MemberFault] = [
            .aggregation(.notNeighbour), .aggregation(.wrongPayload), .aggregation(.contradiction),
            .wrongSeed,
            .wrongShare, .wrongPart, .foreignRoster, .otherState, .conflictingMessage(.ready),
            .conflictingMessage(.finished),
        ]
        #expect(Set(faults.map(sentence)).count == faults.count)
        #expect(sentence(.conflictingMessage(.finished)).contains("FINISHED"))
    }
}
