// SPDX-License-Identifier: Apache-2.0
import Logging
import NIOPosix
import Testing

@testable import DNSTransport

/// A forwarder in front of recursors with these behaviours.
enum ForwarderBench {
    /// Runs `body`, then stops all; whatever happened, nothing stays open.
    static func run(
        _ behaviours: [TestUpstream.Behaviour],
        _ change: (inout Forwarder.Configuration) -> Void = { _ in },
        _ body: (Forwarder, [TestUpstream]) async throws -> Void
    ) async throws {
        var upstreams: [TestUpstream] = []
        for behaviour in behaviours { upstreams.append(try await TestUpstream(behaviour)) }
        var configuration = Forwarder.Configuration(recursors: upstreams.map(\.address))
        change(&configuration)
        let forwarder = Forwarder(
            configuration: configuration,
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: Logger(label: "test")
        )
        do {
            try await body(forwarder, upstreams)
        } catch {
            await forwarder.stop()
            throw error
        }
        await forwarder.stop()
        #expect(forwarder.counters.inFlight == 0)
        for upstream in upstreams { await upstream.stop() }
    }
}
