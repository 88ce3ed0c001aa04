import Glibc
import LinearAlgebra
import NIOCore
import NIOPosix

/// A TCP proxy on loopback that delays, starves, spoils and ends connections, for tests of real daemons.
///
/// usage: FaultProxy LISTEN-PORT TARGET-PORT THERE BACK CONNECTIONS [SEED]
///
/// THERE and BACK say what happens to the bytes of the caller and of the one called (``FaultPlan``), `-` for nothing.
/// Offsets count within a connection; faults with an offset happen to the first CONNECTIONS only, delays to all.
@main enum FaultProxy {
    static func main() async throws {
        let words = CommandLine.arguments
        guard words.count >= 6, let listen = Int(words[1]), let target = Int(words[2]),
            let there = FaultPlan(words[3] == "-" ? "" : words[3]),
            let back = FaultPlan(words[4] == "-" ? "" : words[4]), let spoilt = Int(words[5])
        else { exit(64) }
        let seed = words.count > 6 ? UInt64(words[6]) ?? 1 : 1
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let counter = ConnectionCounter()
        let server = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { caller in
                let number = counter.next()
                let isSpoilt = number < spoilt
                return join(
                    caller, target: target, there: isSpoilt ? there : there.delaysOnly,
                    back: isSpoilt ? back : back.delaysOnly, seed: seed &+ UInt64(number) << 8,
                    counter: counter)
            }
            .bind(host: "127.0.0.1", port: listen).get()
        try await server.closeFuture.get()
    }

    /// Calls the target and carries bytes both ways.
    private static func join(
        _ caller: any Channel, target: Int, there: FaultPlan, back: FaultPlan, seed: UInt64,
        counter: ConnectionCounter
    ) -> EventLoopFuture<Void> {
        let outwards = OneWay(plan: there, seed: seed)
        let inwards = OneWay(plan: back, seed: seed &+ 1)
        return caller.eventLoop.makeCompletedFuture {
            try caller.pipeline.syncOperations.addHandler(outwards)
        }.map {
            ClientBootstrap(group: caller.eventLoop)
                .channelOption(.autoRead, value: false)
                .channelOption(.allowRemoteHalfClosure, value: true)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(inwards)
                    }
                }
                .connect(host: "127.0.0.1", port: target)
                .whenComplete { result in
                    switch result {
                    case .success(let called):
                        outwards.begin(to: called)
                        inwards.begin(to: caller)
                    case .failure:
                        // Nothing was there to be spoilt yet.
                        counter.takeBack()
                        caller.close(promise: nil)
                    }
                }
        }
    }
}

/// Numbers connections from 0.
// SAFETY: used on the one event loop of the proxy.
private final class ConnectionCounter: @unchecked Sendable {
    private var count = 0

    func next() -> Int {
        defer { count += 1 }
        return count
    }

    func takeBack() { count -= 1 }
}

extension FaultPlan {
    /// The same without what happens at an offset.
    fileprivate var delaysOnly: FaultPlan {
        var plan = FaultPlan()
        (plan.delay, plan.jitter, plan.rate) = (delay, jitter, rate)
        return plan
    }
}
