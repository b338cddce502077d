// SPDX-License-Identifier: Apache-2.0
import AsyncHTTPClient
import NIOCore
import Locking

/// The HTTP client that all Docker checks share.
///
/// It follows no redirects, which no engine sends, and holds no connections between runs: every
/// run makes its own.
final class HTTPClients: Sendable {
    private let eventLoopGroup: any EventLoopGroup
    private let shared = Lock<HTTPClient?>(nil)

    /// Makes no client yet.
    init(eventLoopGroup: any EventLoopGroup) { self.eventLoopGroup = eventLoopGroup }

    /// The shared client, made at first need.
    func client() -> HTTPClient {
        shared.withLock { shared in
            if let shared { return shared }
            let client = make()
            shared = client
            return client
        }
    }

    private func make() -> HTTPClient {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            // The timeout of a check is its own affair; this only ends what nobody waits for.
            timeout: .init(connect: .minutes(2))
        )
        configuration.httpVersion = .http1Only
        configuration.maximumUsesPerConnection = 1
        // A refused connection is a finding, not something to try again.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 1024
        return HTTPClient(
            eventLoopGroupProvider: .shared(eventLoopGroup),
            configuration: configuration
        )
    }

    /// Ends the shared client; it may not be in use.
    func shutdown() async {
        let client = shared.withLock { $0.take() }
        // What is lost: that it was shut down before, which nobody does.
        try? await client?.shutdown()
    }
}
