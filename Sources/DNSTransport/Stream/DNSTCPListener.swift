// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Listening
import Locking
import NIOCore
import NIOPosix
import Synchronization

/// What happened on the connections.
final class StreamTally: Sendable {
    let connections = Atomic<UInt64>(0)
    let refused = Atomic<UInt64>(0)
    let queries = Atomic<UInt64>(0)
    let timeouts = Atomic<UInt64>(0)
    /// Of the replies that a loop made itself.
    let replies = ReplyTally()
    /// How long they took.
    let durations = SourceDurations()
    /// Of all queries.
    let questions = QuestionTally()
}

/// Accepts TCP clients on the event loops.
final class DNSTCPListener: Sendable {
    /// The fast lines, by event loop.
    typealias Responders = [ObjectIdentifier: NIOLoopBound<LoopResponder>]

    private let group: any EventLoopGroup
    private let shared: DNSTCPConnection.Shared
    private let responders: Responders
    private let open = Lock<(isStopped: Bool, channels: [ObjectIdentifier: any Channel])>(
        (false, [:])
    )

    init(group: any EventLoopGroup, shared: DNSTCPConnection.Shared, responders: Responders) {
        self.group = group
        self.shared = shared
        self.responders = responders
    }

    /// Binds an address; the endpoint that the kernel gave.
    func bind(
        _ endpoint: DNSEndpoint,
        isDualStack: Bool
    ) async throws(DNSServerError) -> DNSEndpoint {
        guard let address = endpoint.socketAddress else {
            throw .binding(endpoint, transport: "tcp", errno: 0)
        }
        var bootstrap = self.bootstrap
        if endpoint.isIPv6 {
            bootstrap = bootstrap.serverChannelOption(
                ChannelOptions.Types.SocketOption(level: .ipv6, name: .ipv6_v6only),
                value: isDualStack ? 0 : 1
            )
        }
        do {
            let channel = try await bootstrap.bind(to: address).get()
            keep(channel)
            let port = channel.localAddress?.port ?? Int(endpoint.port)
            return DNSEndpoint(address: endpoint.address, port: UInt16(truncatingIfNeeded: port))
        } catch {
            let number = (error as? IOError)?.errnoCode ?? 0
            throw .binding(endpoint, transport: "tcp", errno: number)
        }
    }

    /// Takes a listening socket of systemd's; the channel closes the descriptor.
    func adopt(_ descriptor: Int32) async throws(DNSServerError) {
        do {
            keep(try await bootstrap.withBoundSocket(descriptor).get())
        } catch {
            throw .inherited(descriptor, "\(error)")
        }
    }

    /// Closes listeners and connections and returns when they are closed.
    func stop() async {
        let channels = open.withLock { open in
            open.isStopped = true
            defer { open.channels = [:] }
            return Array(open.channels.values)
        }
        for channel in channels {
            channel.close(promise: nil)
        }
        for channel in channels {
            // Closing is what was asked for; that it was closed already is no failure.
            try? await channel.closeFuture.get()
        }
    }

    private func keep(_ channel: any Channel) {
        let isStopped = open.withLock { open in
            if !open.isStopped { open.channels[ObjectIdentifier(channel)] = channel }
            return open.isStopped
        }
        if isStopped {
            channel.close(promise: nil)
            return
        }
        channel.closeFuture.whenComplete { [self] _ in
            open.withLock { $0.channels[ObjectIdentifier(channel)] = nil }
        }
    }

    private var bootstrap: ServerBootstrap {
        ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptPause())
                }
            }
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture { try accept(channel) }
            }
    }

    private func accept(_ channel: any Channel) throws {
        let client = channel.remoteAddress.flatMap(IPAddress.init(socketAddress:))
        guard shared.limiter.take(client) else {
            shared.tally.refused.count()
            throw ChannelError.ioOnClosedChannel  // Makes the bootstrap close it.
        }
        shared.tally.connections.count()
        keep(channel)
        let responder = responders[ObjectIdentifier(channel.eventLoop)]?.value
        try channel.pipeline.syncOperations.addHandler(
            DNSTCPConnection(shared, client: client, responder: responder)
        )
    }
}

extension IPAddress {
    init?(socketAddress: SocketAddress) {
        guard let text = socketAddress.ipAddress else { return nil }
        self.init(text: text)
    }
}
