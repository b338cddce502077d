// SPDX-License-Identifier: Apache-2.0
import Checks
import Definitions
import NIOCore
import NIOPosix

/// A UDP check: passing unless the target's host says that nobody listens.
///
/// An empty datagram is sent, as Consul does. A reply passes at once; silence passes at the end of the
/// timeout, since most services answer nothing to it.
struct UDPProbe: Sendable {
    /// `host:port`, as it was written.
    let target: String
    /// How long name resolution and the wait for a reply may take.
    let timeout: Duration

    /// Sends, and waits for a reply, a refusal or the end of the time.
    func run(in environment: ProbeEnvironment) async -> CheckResult {
        guard let hostPort = HostPort(target) else {
            let text = "dial udp: address \(DialErrorText.malformedText(target))"
            return CheckResult(.critical, output: text)
        }
        let loop = environment.eventLoop
        let refusal = loop.makePromise(of: (any Error)?.self)
        let lookup = environment.names.begin(
            hostPort.host.isEmpty ? "localhost" : hostPort.host,
            port: hostPort.port,
            on: loop
        )
        let timer = loop.scheduleTask(in: .nanoseconds(GoDuration.nanoseconds(timeout))) {
            // Silence passes; not having found anybody to be silent does not.
            lookup.expire()
            refusal.succeed(nil)
        }
        defer { timer.cancel() }
        return await withTaskCancellationHandler {
            await exchange(lookup, refusal, on: loop)
        } onCancel: {
            lookup.cancel()
            refusal.succeed(nil)
        }
    }

    private func exchange(
        _ lookup: NameLookup,
        _ refusal: EventLoopPromise<(any Error)?>,
        on loop: any EventLoop
    ) async -> CheckResult {
        do {
            let channel = try await connect(try await lookup.addresses.get(), refusal, on: loop)
            defer { channel.close(promise: nil) }
            try await channel.writeAndFlush(ByteBuffer()).get()
            if let error = try await refusal.futureResult.get() { throw error }
            return CheckResult(.passing, output: "UDP connect \(target): Success")
        } catch {
            refusal.succeed(nil)
            let text = DialErrorText.text(error, target: target)
            return CheckResult(
                .critical,
                output: text.replacing("tcp", with: "udp", maxReplacements: 1)
            )
        }
    }

    /// Connects to the first address that this machine has a way to, as Go does.
    private func connect(
        _ addresses: [SocketAddress],
        _ refusal: EventLoopPromise<(any Error)?>,
        on loop: any EventLoop
    ) async throws -> any Channel {
        let bootstrap = DatagramBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ReplyHandler(refusal))
                }
            }
        for address in addresses.dropLast() {
            if let channel = try? await bootstrap.connect(to: address).get() { return channel }
        }
        guard let last = addresses.last else {
            throw NameFailure(name: HostPort(target)?.host ?? target, reason: "no such host")
        }
        return try await bootstrap.connect(to: last).get()
    }
}

/// Ends the wait at the first reply, or when the kernel reports that a datagram was refused (ICMP).
private final class ReplyHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let refusal: EventLoopPromise<(any Error)?>

    init(_ refusal: EventLoopPromise<(any Error)?>) { self.refusal = refusal }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { refusal.succeed(nil) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { refusal.succeed(error) }
}
