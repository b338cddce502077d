// SPDX-License-Identifier: Apache-2.0
import NIOCore
import NIOPosix

/// The socket of one try: opened, connected, its query sent; closed at any time.
///
/// It lives on one event loop and is only touched there.
final class UpstreamSocket {
    /// Ports that need no privilege.
    private static let ports: ClosedRange<UInt16> = 1024...65535
    /// Ports that are tried before the kernel chooses.
    private static let portTries = 3

    private let loop: any EventLoop
    private let message: [UInt8]
    private var events: UpstreamEvents?
    private var channel: (any Channel)?
    /// Nothing that came before the query was sent is a reply to it.
    private var isSent = false

    private init(_ loop: any EventLoop, _ message: [UInt8], _ events: UpstreamEvents) {
        self.loop = loop
        self.message = message
        self.events = events
    }

    /// Opens a socket and sends a message over it.
    static func open(
        to address: SocketAddress,
        overTCP: Bool,
        on loop: any EventLoop,
        sending message: [UInt8],
        events: UpstreamEvents
    ) -> UpstreamSocket {
        let socket = UpstreamSocket(loop, message, events)
        if overTCP {
            socket.connectStream(to: address)
        } else {
            socket.bindDatagram(to: address, triesLeft: portTries)
        }
        return socket
    }

    /// Closes it; what happens on it from now on is not told.
    func close() -> EventLoopFuture<Void>? {
        events = nil
        let open = channel
        channel = nil
        open?.close(promise: nil)
        return open?.closeFuture
    }

    private func connectStream(to address: SocketAddress) {
        ClientBootstrap(group: loop)
            .channelInitializer(initializer { UpstreamStreamHandler($0) })
            .connect(to: address).assumeIsolated().whenComplete { [self] result in
                guard case .success(let channel) = result else {
                    end()
                    return
                }
                var buffer = channel.allocator.buffer(capacity: message.count + 2)
                buffer.writeInteger(UInt16(truncatingIfNeeded: message.count))
                buffer.writeBytes(message)
                send(buffer, on: channel)
            }
    }

    /// RFC 6056 §3.3.1: a port from the whole range, from the system generator; the kernel's own
    /// range is less than half of it.
    private func bindDatagram(to address: SocketAddress, triesLeft: Int) {
        var system = SystemRandomNumberGenerator()
        let port = triesLeft > 0 ? UInt16.random(in: Self.ports, using: &system) : 0
        // RFC 5452 §9.2; not by host and port: that would ask the machine's resolver.
        let octets = [UInt8](repeating: 0, count: address.protocol == .inet6 ? 16 : 4)
        guard
            let local = try? SocketAddress(
                packedIPAddress: ByteBuffer(bytes: octets),
                port: Int(port)
            )
        else {
            end()
            return
        }
        DatagramBootstrap(group: loop)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 4096))
            .channelInitializer(initializer { UpstreamDatagramHandler($0) })
            .bind(to: local).assumeIsolated().whenComplete { [self] result in
                switch result {
                case .success(let channel): connectDatagram(channel, to: address)
                case .failure:
                    // NIO leaves a channel open that could not be bound.
                    let unbound = channel
                    channel = nil
                    unbound?.close(promise: nil)
                    guard triesLeft > 0, events != nil else {
                        end()
                        return
                    }
                    // The port is taken: another.
                    bindDatagram(to: address, triesLeft: triesLeft - 1)
                }
            }
    }

    private func connectDatagram(_ channel: any Channel, to address: SocketAddress) {
        channel.connect(to: address).assumeIsolated().whenComplete { [self] result in
            guard case .success = result else {
                end()
                return
            }
            send(channel.allocator.buffer(bytes: message), on: channel)
        }
    }

    private func send(_ buffer: ByteBuffer, on channel: any Channel) {
        guard events != nil else { return }
        isSent = true
        events?.onSend(UInt16(clamping: channel.localAddress?.port ?? 0))
        channel.writeAndFlush(buffer).assumeIsolated().whenFailure { [self] _ in end() }
    }

    /// Takes the new channel before it is bound or connected, so that closing closes it at once.
    private func initializer(
        _ handler: @escaping @Sendable (UpstreamEvents) -> any ChannelInboundHandler
    ) -> @Sendable (any Channel) -> EventLoopFuture<Void> {
        let bound = NIOLoopBound(self, eventLoop: loop)
        return { channel in
            channel.eventLoop.makeCompletedFuture {
                let socket = bound.value
                guard socket.events != nil else {
                    channel.close(promise: nil)
                    throw CancellationError()
                }
                socket.channel = channel
                let events = UpstreamEvents(
                    onReply: { if socket.isSent { socket.events?.onReply($0) } },
                    onEnd: { if socket.channel === channel { socket.end() } }
                )
                try channel.pipeline.syncOperations.addHandler(handler(events))
            }
        }
    }

    private func end() { events?.onEnd() }
}
