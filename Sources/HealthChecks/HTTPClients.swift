// SPDX-License-Identifier: Apache-2.0
import AsyncHTTPClient
import NIOCore
import Synchronization

/// The HTTP clients that all checks share: one that follows redirects and one that does not.
///
/// They hold no connections between runs: every run makes its own.
final class HTTPClients: Sendable {
    private let eventLoopGroup: any EventLoopGroup
    private let clients = Mutex<[Bool: HTTPClient]>([:])

    /// Makes no client yet.
    init(eventLoopGroup: any EventLoopGroup) { self.eventLoopGroup = eventLoopGroup }

    /// The shared client of this kind, made at first need.
    func client(followingRedirects: Bool) -> HTTPClient {
        clients.withLock { clients in
            if let client = clients[followingRedirects] { return client }
            let client = make(followingRedirects: followingRedirects, override: [:])
            clients[followingRedirects] = client
            return client
        }
    }

    /// A client that finds a name at another host; whoever asks for it shuts it down.
    func make(followingRedirects: Bool, override: [String: String]) -> HTTPClient {
        var configuration = HTTPClient.Configuration(
            // Consul: `DisableRedirects`; else ten at most, as Go does it.
            redirectConfiguration: followingRedirects
                ? .follow(max: 10, allowCycles: false) : .disallow,
            // The timeout of a check is its own affair; this only ends what nobody waits for.
            timeout: .init(connect: .minutes(2))
        )
        configuration.httpVersion = .http1Only
        configuration.dnsOverride = override
        // Consul: no keep-alive; pinned by "each run makes a new connection".
        configuration.maximumUsesPerConnection = 1
        // A refused connection is a finding, not something to try again.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 1024
        return HTTPClient(
            eventLoopGroupProvider: .shared(eventLoopGroup),
            configuration: configuration
        )
    }

    /// Ends the shared clients; none may be in use.
    func shutdown() async {
        let all = clients.withLock { clients in
            defer { clients.removeAll() }
            return Array(clients.values)
        }
        // What is lost: the error of a client that was shut down before, which nobody does.
        for client in all { try? await client.shutdown() }
    }
}
