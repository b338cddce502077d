// SPDX-License-Identifier: Apache-2.0
import Checks
import Definitions
import NIOCore
import NIOHTTP2

/// An HTTP/2 check: passing if a PING is answered (RFC 9113 §6.7).
struct H2PingProbe: Sendable {
    /// `host:port`, as it was written.
    let target: String
    /// How long connecting and the ping may take.
    let timeout: Duration
    /// How TLS is spoken; `nil` for HTTP/2 with prior knowledge.
    let tls: TLSWish?

    /// Connects, pings and closes again.
    func run(in environment: ProbeEnvironment) async -> CheckResult {
        let connection = ProbeConnection(target: target, timeout: timeout, tls: tls)
        do {
            try await connection.run(in: environment) { channel, promise in
                let pipeline = channel.pipeline.syncOperations
                try pipeline.addHandler(NIOHTTP2Handler(mode: .client))
                try pipeline.addHandler(PingHandler(promise))
            }
            return CheckResult(.passing, output: "HTTP2 ping was successful")
        } catch {
            return CheckResult(.critical, output: text(error))
        }
    }

    // Consul: the handshake is a part of the dialling.
    private func text(_ error: any Error) -> String {
        switch error {
        case ProbeFailure.malformed, ProbeFailure.unreachable:
            "Failed to dial to \(target): \(DialErrorText.text(error, target: target))"
        case ProbeFailure.timedOut: "HTTP2 ping failed: context deadline exceeded"
        case ProbeFailure.closed: "HTTP2 ping failed: the connection was closed"
        case ProbeFailure.broken(let text): "HTTP2 ping failed: \(text)"
        default:
            if let text = DialErrorText.tlsText(error) {
                "Failed to dial to \(target): \(text)"
            } else {
                "HTTP2 ping failed: \(error)"
            }
        }
    }
}

/// Sends a PING once it stands in the pipeline, and waits for the acknowledgement.
private final class PingHandler: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame
    typealias OutboundOut = HTTP2Frame

    private let promise: EventLoopPromise<Void>
    private let data = HTTP2PingData(withInteger: UInt64.random(in: 0...UInt64.max))

    init(_ promise: EventLoopPromise<Void>) { self.promise = promise }

    func handlerAdded(context: ChannelHandlerContext) {
        let frame = HTTP2Frame(streamID: .rootStream, payload: .ping(data, ack: false))
        context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .ping(let answer, ack: true) = unwrapInboundIn(data).payload, answer == self.data {
            promise.succeed(())
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        promise.fail(ProbeFailure.cause(of: error, on: context.channel))
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { promise.fail(ProbeFailure.closed) }
}
