package import Agreement

/// Something that goes wrong in a simulated network.
package struct Fault: Sendable, Equatable {
    /// When it begins.
    package enum Moment: Sendable, Equatable {
        /// When the participant is in this round, counted after the starts from 0; the time of a round is the unit of how
        /// long the fault lasts.
        case round(Int)
        /// Virtual time since the start.
        case time(Duration)
    }

    /// How long it lasts.
    package enum Length: Sendable, Equatable {
        case rounds(Int)
        case time(Duration)
        case forGood
    }

    package let at: Moment
    package let participant: Int
    package let kind: FaultKind
    package let length: Length
    /// Directives that the participant still carries out before it stops, for kinds that end its process.
    package let directivesLeft: Int

    package init(at: Moment, participant: Int, kind: FaultKind, length: Length, directivesLeft: Int = 0) {
        self.at = at
        self.participant = participant
        self.kind = kind
        self.length = length
        self.directivesLeft = directivesLeft
    }

    /// As a line of a topology file.
    package init(_ planned: PlannedFault) {
        self.init(
            at: .round(planned.round), participant: planned.peer, kind: planned.kind,
            length: planned.roundCount.map { .rounds($0) } ?? .forGood)
    }
}
