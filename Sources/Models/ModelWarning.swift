/// Something about a model that its participants ought to know; the run goes on.
package enum ModelWarning: Sendable, Equatable {
    /// Posterior collapse: fewer than half of the latents say anything about the rows of all participants.
    case posteriorCollapse(active: Int, latents: Int)
    /// The same of the participant's own rows and encoder, where the network as a whole is well. Private.
    case ownPosteriorCollapse(active: Int, latents: Int)

    /// A phrase for status and logs.
    package var text: String {
        switch self {
        case .posteriorCollapse(let active, let latents):
            "posterior collapse: \(active) of \(latents) latents active"
        case .ownPosteriorCollapse(let active, let latents):
            "posterior collapse on the own rows: \(active) of \(latents) latents active"
        }
    }
}
