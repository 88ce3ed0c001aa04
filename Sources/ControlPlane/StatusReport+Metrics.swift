extension StatusReport {
    /// The report as Prometheus text (version 0.0.4): base units, prefix `collabdict_`.
    package var metricsText: String {
        var text = ""
        func add(_ name: String, _ kind: String, _ help: String, _ value: Double?) {
            guard let value, value.isFinite else { return }
            text += "# HELP collabdict_\(name) \(help)\n# TYPE collabdict_\(name) \(kind)\n"
            text += "collabdict_\(name) \(value)\n"
        }
        add("uptime_seconds", "gauge", "Seconds since the daemon started.", uptimeSeconds)
        add("round", "gauge", "The round under way.", Double(round))
        add("attempt", "gauge", "The attempt of that round.", Double(attempt))
        add("members", "gauge", "Participants of the roster.", Double(members))
        add("members_alive", "gauge", "Participants with an open channel, this one too.", Double(alive))
        add("members_waited_for", "gauge", "Participants the round waits for.", Double(waitingFor.count))
        add("session_step", "gauge", "Steps done in this session.", session.map { Double($0.step) })
        add("session_steps", "gauge", "Steps of this session.", session.map { Double($0.steps) })
        add("session_residual", "gauge", "Largest change of the last averaging step.", session?.residual)
        add("patterns_active", "gauge", "Patterns that hold rows.", model.patternsActive.map(Double.init))
        add("objective", "gauge", "Agreed objective per row.", model.objective)
        add("l_diversity_min", "gauge", "Smallest entropy l-diversity.", privacy.lDiversityMin)
        add("l_diversity_max", "gauge", "Largest entropy l-diversity.", privacy.lDiversityMax)
        add("l_diversity_required", "gauge", "Agreed smallest entropy l-diversity.", privacy.required)
        add("effective_rows_min", "gauge", "Kish rows of the least own pattern.", privacy.effectiveRowsMin)
        add("largest_share", "gauge", "Largest share of one row in a pattern.", privacy.largestShare)
        add(
            "network_effective_rows_min", "gauge", "Kish rows of the least agreed pattern.",
            privacy.networkRowsMin)
        add("gate_held", "gauge", "1 while the own vector is held back.", phase == "held" ? 1 : 0)
        add(
            "suppressions_total", "counter", "Own vectors with patterns left out.",
            Double(privacy.suppressions))
        add("privacy_epsilon", "gauge", "Epsilon that a run may spend.", privacy.budget?.epsilon)
        add("privacy_epsilon_spent", "gauge", "Epsilon of all private vectors so far.", privacy.budget?.spent)
        add("noise_events_total", "counter", "Rounds with added noise.", Double(privacy.noiseEvents))
        add("sent_bytes_total", "counter", "Bytes written to peers.", Double(traffic.sentBytes))
        add("received_bytes_total", "counter", "Bytes read from peers.", Double(traffic.receivedBytes))
        add("handshakes_total", "counter", "Confirmed handshakes.", Double(traffic.handshakes))
        add(
            "rejected_connections_total", "counter", "Connections closed unanswered.",
            Double(traffic.rejected))
        add("checkpoint_age_seconds", "gauge", "Seconds since the last checkpoint.", checkpointAgeSeconds)
        return text
    }
}
