// SPDX-License-Identifier: Apache-2.0
import Checks
import Definitions
import NIOCore
import NIOHPACK
import NIOHTTP2

/// A gRPC check: passing if the health service of the target says SERVING.
struct GRPCProbe: Sendable {
    /// `host:port[/service]`, as it was written.
    let target: String
    /// How long connecting and the call may take.
    let timeout: Duration
    /// How TLS is spoken; `nil` for HTTP/2 with prior knowledge.
    let tls: TLSWish?
    /// How many octets of a server's text are kept.
    let outputLimit: Int

    /// Connects, calls and closes again.
    func run(in environment: ProbeEnvironment) async -> CheckResult {
        let parts = target.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let authority = String(parts[0])
        let service = parts.count > 1 ? String(parts[1]) : ""
        let connection = ProbeConnection(target: authority, timeout: timeout, tls: tls)
        let headers = headers(authority: authority)
        do {
            let reply = try await connection.run(in: environment) { channel, promise in
                let pipeline = channel.pipeline.syncOperations
                try pipeline.addHandler(NIOHTTP2Handler(mode: .client))
                try pipeline.addHandler(
                    CallHandler(headers, GRPCHealth.request(service: service), promise)
                )
            }
            return limited(reply.result(target: target))
        } catch {
            return limited(failure(error, authority: authority))
        }
    }

    // gRPC over HTTP/2: "Requests".
    private func headers(authority: String) -> HPACKHeaders {
        let name = tls?.serverName ?? ""
        return [
            ":method": "POST", ":scheme": tls == nil ? "http" : "https", ":path": GRPCHealth.path,
            ":authority": name.isEmpty ? authority : name, "te": "trailers",
            "content-type": "application/grpc", "user-agent": "Consul Health Check",
            "grpc-timeout": GRPCHealth.timeout(timeout),
        ]
    }

    private func limited(_ result: CheckResult) -> CheckResult {
        let octets = result.output.utf8
        guard octets.count > outputLimit else { return result }
        let output = String(decoding: octets.prefix(outputLimit), as: UTF8.self)
        return CheckResult(result.status, output: output)
    }

    private func failure(_ error: any Error, authority: String) -> CheckResult {
        if case ProbeFailure.timedOut = error {
            return GRPCReply.failure(4, "context deadline exceeded")
        }
        let reason =
            switch error {
            case ProbeFailure.malformed, ProbeFailure.unreachable:
                "Error while dialing: \(DialErrorText.text(error, target: authority))"
            case ProbeFailure.closed: "the connection was closed"
            case ProbeFailure.broken(let text): text
            default:
                DialErrorText.tlsText(error).map { "authentication handshake failed: \($0)" }
                    ?? "\(error)"
            }
        return GRPCReply.failure(14, "connection error: desc = \"transport: \(reason)\"")
    }
}

/// Makes one call on stream 1 once it stands in the pipeline, and gathers the reply.
private final class CallHandler: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame
    typealias OutboundOut = HTTP2Frame

    private let headers: HPACKHeaders
    private let message: [UInt8]
    private let promise: EventLoopPromise<GRPCReply>
    private var reply = GRPCReply()

    init(_ headers: HPACKHeaders, _ message: [UInt8], _ promise: EventLoopPromise<GRPCReply>) {
        self.headers = headers
        self.message = message
        self.promise = promise
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let head = HTTP2Frame(streamID: 1, payload: .headers(.init(headers: headers)))
        context.write(wrapOutboundOut(head), promise: nil)
        let data = HTTP2Frame.FramePayload.Data(
            data: .byteBuffer(ByteBuffer(bytes: message)),
            endStream: true
        )
        let body = HTTP2Frame(streamID: 1, payload: .data(data))
        context.writeAndFlush(wrapOutboundOut(body), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        guard frame.streamID == 1 else { return }
        switch frame.payload {
        case .headers(let part):
            for header in part.headers { reply.take(name: header.name, value: header.value) }
            if part.endStream { promise.succeed(reply) }
        case .data(let part):
            if case .byteBuffer(let buffer) = part.data { reply.take(buffer.readableBytesView) }
            if part.endStream { promise.succeed(reply) }
        case .rstStream(let code):
            promise.fail(StreamReset(code: code))
        default: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        promise.fail(ProbeFailure.cause(of: error, on: context.channel))
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { promise.fail(ProbeFailure.closed) }
}

/// The server ended the call without an answer.
private struct StreamReset: Error, CustomStringConvertible {
    let code: HTTP2ErrorCode

    var description: String { "stream terminated by RST_STREAM with error code: \(code)" }
}
