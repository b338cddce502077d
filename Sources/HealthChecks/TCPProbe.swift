// SPDX-License-Identifier: Apache-2.0
import Checks
import Definitions
import NIOCore
import NIOSSL
import NIOTLS

/// A TCP check: passing if a connection can be made, with a TLS handshake if that is asked for.
struct TCPProbe: Sendable {
    /// `host:port`, as it was written.
    let target: String
    /// How long name resolution, connecting and the handshake may take.
    let timeout: Duration
    /// How TLS is spoken; `nil` for not at all.
    var tls: TLSWish?

    /// Connects, and closes again at once.
    func run(in environment: ProbeEnvironment) async -> CheckResult {
        let connection = ProbeConnection(target: target, timeout: timeout, tls: tls)
        do {
            try await connection.run(in: environment) { [tls] channel, promise in
                if tls == nil {
                    promise.succeed(())
                } else {
                    try channel.pipeline.syncOperations.addHandler(HandshakeHandler(promise))
                }
            }
            return CheckResult(.passing, output: "TCP connect \(target): Success")
        } catch {
            return CheckResult(.critical, output: DialErrorText.text(error, target: target))
        }
    }
}

/// Waits for the end of a TLS handshake.
private final class HandshakeHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let promise: EventLoopPromise<Void>

    init(_ promise: EventLoopPromise<Void>) { self.promise = promise }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent { promise.succeed(()) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        promise.fail(ProbeFailure.cause(of: error, on: context.channel))
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { promise.fail(ProbeFailure.closed) }
}
