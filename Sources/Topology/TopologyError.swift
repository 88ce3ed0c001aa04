/// Why a graph cannot be built or used.
package enum TopologyError: Error, Equatable, Sendable {
    /// A random-regular graph needs a degree of at least 2.
    case degreeTooSmall(degree: Int, minimum: Int)
    /// An edge names a participant that is not there.
    case vertexOutOfRange(vertex: Int, vertexCount: Int)
    /// An edge joins a participant to itself.
    case loop(vertex: Int)
    /// Some participants cannot reach each other.
    case disconnected(vertexCount: Int, edgeCount: Int)
    /// No connected draw among the seeds tried.
    case noConnectedDraw(vertexCount: Int, degree: Int, seedsTried: Int)
    /// `finite` weights need all eigenvalues, and those are computed up to `limit` vertices.
    case tooManyVertices(vertexCount: Int, limit: Int)
    /// The ends of the spectrum of a large graph were not found.
    case spectrumNotFound(vertexCount: Int)
}
