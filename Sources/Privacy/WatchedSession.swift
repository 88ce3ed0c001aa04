import LinearAlgebra
package import Topology

/// One chunk's session of a sum: who sends what to whom, hence what a coalition sees of it.
///
/// Whatever the method, a message is a linear function of the members' starting vectors that everybody knows. So the
/// view of a coalition is a space of such functions, and exact linear algebra says what follows from it.
package enum WatchedSession: Sendable, Equatable {
    /// Averaging along a graph whose labels are places in the roster: a member's message of step t is a polynomial of
    /// degree t in the graph's Laplacian.
    case averaging(Graph)
    /// The words of every member travel along a connected graph to all others; a message of step t has come t edges.
    case flooding(Graph)
    /// Recursive doubling with fold: partial sums. `ranks[i]` is the rank of the member at place i.
    case doubling(ranks: [Int])

    /// Members of the roster.
    package var memberCount: Int {
        switch self {
        case .averaging(let graph), .flooding(let graph): graph.vertexCount
        case .doubling(let ranks): ranks.count
        }
    }

    /// How many others see a member's own starting vector in the first message that it sends, by place.
    var firstReceiverCounts: [Int] {
        switch self {
        case .averaging(let graph), .flooding(let graph): return graph.degrees
        case .doubling(let ranks):
            let schedule = FoldSchedule(size: ranks.count)
            // A rank that first took over a guest's words shows nobody its own.
            return ranks.map { schedule.exchanges(of: $0).first.map { $0.sends ? 1 : 0 } ?? 0 }
        }
    }

    /// Products of the field that the view of one coalition and its null space take, roughly.
    ///
    /// - Parameter isAlone: whether no other chunk's view has to be brought together with this one.
    func effort(isAlone: Bool) -> Int {
        let count = memberCount
        switch self {
        case .averaging: return count * count * max(count / 2, 1)
        case .flooding: return count * count
        case .doubling: return isAlone ? 64 * count * count : count * count * max(count / 2, 1)
        }
    }

    /// What the coalition sees of the starting vectors, as rows of coefficients.
    ///
    /// - Parameters:
    ///   - coalition: places in the roster, each once, at least one; their own starting vectors are among what is known.
    ///   - messageSteps: messages of steps 0 ..< this are seen.
    /// - Returns: the space over GF(2⁶¹ − 1), and the number of the step whose messages completed it, if any did.
    func view(
        of coalition: [Int], messageSteps: Int
    ) -> (space: PrimeFieldEchelon, fullRankStep: Int?) {
        precondition(
            !coalition.isEmpty && messageSteps >= 0, "\(coalition.count) watch \(messageSteps) steps")
        var space = PrimeFieldEchelon(columnCount: memberCount)
        for member in coalition {
            precondition(member >= 0 && member < memberCount, "colluder \(member) of \(memberCount)")
            space.insert(unit(member))
        }
        if case .averaging(let graph) = self {
            let full = averaged(graph, coalition, messageSteps, into: &space)
            return (space, full)
        }
        for (step, row) in partialSums(seenBy: coalition, messageSteps: messageSteps) {
            space.insert(row)
            if space.isFull { return (space, step) }
        }
        return (space, nil)
    }

    private func unit(_ member: Int) -> [UInt64] {
        var row = [UInt64](repeating: 0, count: memberCount)
        row[member] = 1
        return row
    }

    /// A coalition sees every vector of its members and of their neighbours, hence the span of e_jᵀLᵗ over these j and
    /// the steps watched, whatever the weights.
    private func averaged(
        _ graph: Graph, _ coalition: [Int], _ messageSteps: Int, into space: inout PrimeFieldEchelon
    ) -> Int? {
        // A chain e_jᵀLᵗ that meets the space stays in it at all later steps, so it need not be followed; the own vectors
        // of the coalition begin chains although they are known already.
        var isColluder = [Bool](repeating: false, count: memberCount)
        for member in coalition { isColluder[member] = true }
        var chains = watched(by: coalition, in: graph).map { (vertex: $0, row: unit($0)) }
        for step in 0..<messageSteps {
            chains = chains.filter { space.insert($0.row) || (step == 0 && isColluder[$0.vertex]) }
            if space.isFull { return step }
            if chains.isEmpty { return nil }
            chains = chains.map { ($0.vertex, laplacianTimes($0.row, graph)) }
        }
        return nil
    }

    /// The sums of members' words that a coalition sees in an exact sum, as rows of 0 and 1 with the step they came at;
    /// steps ascending, the coalition's own words first, as if of step 0.
    ///
    /// - Precondition: not averaging.
    func partialSums(
        seenBy coalition: [Int], messageSteps: Int
    ) -> [(step: Int, row: [UInt64])] {
        switch self {
        case .averaging: preconditionFailure("averaging sends no partial sums")
        case .flooding(let graph): words(graph, coalition, messageSteps)
        case .doubling(let ranks): doublings(ranks, coalition, messageSteps)
        }
    }

    /// What has come t edges arrives with the message of step t − 1.
    private func words(
        _ graph: Graph, _ coalition: [Int], _ messageSteps: Int
    ) -> [(step: Int, row: [UInt64])] {
        var nearest = [Int](repeating: Int.max, count: memberCount)
        for member in coalition {
            for (origin, distance) in graph.distances(from: member).enumerated() where distance >= 0 {
                nearest[origin] = min(nearest[origin], distance)
            }
        }
        let seen = nearest.indices.filter { nearest[$0] <= messageSteps }
        return seen.map { (max(nearest[$0] - 1, 0), unit($0)) }.sorted { $0.0 < $1.0 }
    }

    /// Every message that a colluder sends or receives.
    private func doublings(
        _ ranks: [Int], _ coalition: [Int], _ messageSteps: Int
    ) -> [(step: Int, row: [UInt64])] {
        let schedule = FoldSchedule(size: ranks.count)
        var isColluder = [Bool](repeating: false, count: ranks.count)
        for member in coalition { isColluder[ranks[member]] = true }
        let exchanges = (0..<ranks.count).map { schedule.exchanges(of: $0) }
        // held[r][i]: whether the words of the member at place i are in what rank r holds.
        var held = [[UInt64]](repeating: [], count: ranks.count)
        for (place, rank) in ranks.enumerated() { held[rank] = unit(place) }
        var sums = coalition.map { (step: 0, row: unit($0)) }
        for step in 0..<min(messageSteps, schedule.stepCount) {
            let before = held
            for rank in held.indices {
                for exchange in exchanges[rank] where exchange.step == step && exchange.receives {
                    let sent = before[exchange.partner]
                    if isColluder[rank] || isColluder[exchange.partner] { sums.append((step, sent)) }
                    if exchange.kind == .takeBack {
                        held[rank] = sent
                    } else {
                        for place in sent.indices { held[rank][place] |= sent[place] }
                    }
                }
            }
        }
        return sums
    }
}

/// The coalition and its neighbours, ascending: whose messages it sees.
func watched(by coalition: [Int], in graph: Graph) -> [Int] {
    var isWatched = [Bool](repeating: false, count: graph.vertexCount)
    for member in coalition {
        isWatched[member] = true
        for neighbour in graph.neighbours(of: member) { isWatched[neighbour] = true }
    }
    return isWatched.indices.filter { isWatched[$0] }
}

/// `L·v` over GF(2⁶¹ − 1).
private func laplacianTimes(_ vector: [UInt64], _ graph: Graph) -> [UInt64] {
    var result = vector.indices.map { vertex in
        PrimeField.product(vector[vertex], UInt64(graph.degree(of: vertex)))
    }
    for edge in graph.edges {
        result[edge.low] = PrimeField.difference(result[edge.low], vector[edge.high])
        result[edge.high] = PrimeField.difference(result[edge.high], vector[edge.low])
    }
    return result
}
