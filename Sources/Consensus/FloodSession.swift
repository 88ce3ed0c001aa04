import Topology

/// A chunk of an exact sum along explicit edges: every member's words travel to all others.
///
/// From each origin along the tree of shortest ways in which everybody's parent is its smallest neighbour nearer to
/// the origin. All know the graph, so each vector crosses each tree edge once and reaches a member once; the step of
/// a message is the sender's distance from the origin. The diameter many steps in all.
struct FloodSession: ExactSession {
    /// What one origin's words do here.
    private struct Route: Sendable {
        /// Distance from the origin.
        let distance: Int
        /// The neighbour they come from; nil for the own.
        let parent: Int?
        /// The neighbours they go on to, ascending.
        let children: [Int]
        var hasArrived = false
        /// What came, as long as it may be asked for again.
        var words: [UInt64] = []
    }

    let neighbours: [Int]
    private let member: Int
    private let stepCount: Int
    private let count: Int
    private var routes: [Route]
    private var missingCount: Int
    /// Origins that came since the last ``advance()``.
    private var arrivals: [Int] = []
    private var isStarted = false
    private(set) var total: [UInt64] = []

    /// - Parameters:
    ///   - graph: connected.
    ///   - diameter: of the graph.
    ///   - count: words of a vector.
    init(graph: Graph, diameter: Int, member: Int, count: Int) {
        let neighbours = graph.neighbours(of: member)
        let own = graph.distances(from: member)
        let near = neighbours.map { graph.distances(from: $0) }
        // Whether a neighbour's parent is this member needs the distances of the neighbour's neighbours.
        let around = neighbours.map { neighbour in
            graph.neighbours(of: neighbour).prefix { $0 < member }.map { graph.distances(from: $0) }
        }
        routes = (0..<graph.vertexCount).map { origin in
            let parent = neighbours.indices.first { near[$0][origin] < own[origin] }
            let children = neighbours.indices.filter { place in
                near[place][origin] > own[origin]
                    && !around[place].contains { $0[origin] < near[place][origin] }
            }
            return Route(
                distance: own[origin], parent: parent.map { neighbours[$0] },
                children: children.map { neighbours[$0] })
        }
        self.neighbours = neighbours
        self.member = member
        self.count = count
        stepCount = diameter
        missingCount = graph.vertexCount - 1
    }

    var isFinished: Bool { isStarted && missingCount == 0 }

    /// Rings of origins that are complete.
    var step: Int {
        var nearest = stepCount
        for route in routes where route.parent != nil && !route.hasArrived {
            nearest = min(nearest, route.distance - 1)
        }
        return nearest
    }

    var waitingFor: [Int] {
        let nearest = step
        return neighbours.filter { peer in
            routes.contains { $0.parent == peer && !$0.hasArrived && $0.distance == nearest + 1 }
        }
    }

    mutating func start(with words: [UInt64]) -> [ExactMessage] {
        precondition(!isStarted && words.count == count, "\(words.count) words, not \(count)")
        isStarted = true
        total = words
        routes[member].words = words
        var messages: [ExactMessage] = []
        for origin in routes.indices where origin != member && routes[origin].hasArrived {
            WordArithmetic.add(routes[origin].words, to: &total)
        }
        arrivals = []
        for origin in routes.indices { relay(origin, &messages) }
        return messages
    }

    mutating func receive(_ payload: DataPayload, step: Int, from peer: Int) -> ChunkSession.Reception {
        guard neighbours.contains(peer) else { return .refused(.notNeighbour) }
        guard step < stepCount else { return .refused(.unknownStep(step: step, stepCount: stepCount)) }
        guard case .relayed(let words, let sender) = payload else { return .refused(.wrongPayload) }
        let origin = Int(sender)
        guard origin < routes.count, routes[origin].parent == peer, routes[origin].distance == step + 1
        else { return .refused(.notPartner(step: step)) }
        guard words.count == count else {
            return .refused(.wrongCount(count: words.count, expected: count))
        }
        if routes[origin].hasArrived {
            let known = routes[origin].words
            return known.isEmpty || known == words ? .repeated : .refused(.contradiction)
        }
        routes[origin].hasArrived = true
        missingCount -= 1
        routes[origin].words = words
        arrivals.append(origin)
        return .taken
    }

    mutating func advance() -> [ExactMessage] {
        var messages: [ExactMessage] = []
        guard isStarted else { return messages }
        for origin in arrivals {
            WordArithmetic.add(routes[origin].words, to: &total)
            relay(origin, &messages)
        }
        arrivals = []
        return messages
    }

    /// Sends an origin's words on; at a leaf of its tree they are needed no longer.
    private mutating func relay(_ origin: Int, _ messages: inout [ExactMessage]) {
        let route = routes[origin]
        guard !route.words.isEmpty else { return }
        for child in route.children { messages.append(message(of: route, origin: origin, to: child)) }
        if route.children.isEmpty { routes[origin].words = [] }
    }

    private func message(of route: Route, origin: Int, to peer: Int) -> ExactMessage {
        ExactMessage(
            peer: peer, step: route.distance, payload: .relayed(route.words, origin: UInt16(origin)))
    }

    func sent(to peer: Int) -> [ExactMessage] {
        guard isStarted else { return [] }
        var messages: [ExactMessage] = []
        for (origin, route) in routes.enumerated() where route.children.contains(peer) {
            if !route.words.isEmpty { messages.append(message(of: route, origin: origin, to: peer)) }
        }
        return messages
    }
}
