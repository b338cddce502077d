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
    func run(on eventLoop: any EventLoop) async -> CheckResult {
        guard let hostPort = HostPort(target) else {
            let text = "dial udp: address \(target): missing port in address"
            return CheckResult(.critical, output: text)
        }
        let refusal = eventLoop.makePromise(of: (any Error)?.self)
        let timer = eventLoop.scheduleTask(in: .nanoseconds(GoDuration.nanoseconds(timeout))) {
            refusal.succeed(nil)
        }
        defer { timer.cancel() }
        do {
            let channel = try await DatagramBootstrap(group: eventLoop)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(ReplyHandler(refusal))
                    }
                }
                .connect(
                    host: hostPort.host.isEmpty ? "localhost" : hostPort.host,
                    port: hostPort.port
                )
                .get()
            defer { channel.close(promise: nil) }
            try await channel.writeAndFlush(ByteBuffer()).get()
            let error = try await withTaskCancellationHandler {
                try await refusal.futureResult.get()
            } onCancel: {
                refusal.succeed(nil)
            }
            if let error { throw error }
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
}

/// Ends the wait at the first reply, or when the kernel reports that a datagram was refused (ICMP).
private final class ReplyHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let refusal: EventLoopPromise<(any Error)?>

    init(_ refusal: EventLoopPromise<(any Error)?>) { self.refusal = refusal }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { refusal.succeed(nil) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { refusal.succeed(error) }
}
