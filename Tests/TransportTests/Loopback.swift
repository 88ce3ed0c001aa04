import Testing

/// All tests with real sockets, one after the other: each takes ports that were free a moment ago, and another
/// test could take them first.
@Suite(.serialized) enum Loopback {}
