// SPDX-License-Identifier: Apache-2.0
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A TCP listener on a free port of the loopback address that closes whatever it accepts.
func startListener() async throws -> any Channel {
    try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        .bind(host: "127.0.0.1", port: 0)
        .get()
}

/// What an HTTP server saw.
final class HTTPRecord: Sendable {
    struct Contents: Sendable {
        var connections = 0
        var requests: [HTTPRequestHead] = []
        var bodies: [String] = []
    }

    let contents = Mutex(Contents())
}

/// An HTTP server on a free port of the loopback address: `/<code>` answers with that code and
/// the body `hi`, `/to/<code>` redirects there, `/long` answers with 9003 octets, `/never` does
/// not answer.
func startHTTPServer(_ record: HTTPRecord) async throws -> any Channel {
    try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .childChannelInitializer { channel in
            record.contents.withLock { $0.connections += 1 }
            return channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                try channel.pipeline.syncOperations.addHandler(Responses(record))
            }
        }
        .bind(host: "127.0.0.1", port: 0)
        .get()
}

private final class Responses: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let record: HTTPRecord
    private var path = ""

    init(_ record: HTTPRecord) { self.record = record }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            path = head.uri
            record.contents.withLock { $0.requests.append(head) }
        case .body(let part):
            record.contents.withLock { $0.bodies.append(String(buffer: part)) }
        case .end:
            answer(context)
        }
    }

    private func answer(_ context: ChannelHandlerContext) {
        let parts = path.split(separator: "/")
        var headers = HTTPHeaders()
        var code = parts.last.flatMap { Int($0) } ?? 200
        var body = "hi"
        switch parts.first {
        case "never": return
        case "to":
            headers.add(name: "Location", value: "/\(code)")
            code = 302
        case "long":
            body = String(repeating: "x", count: 9000) + "end"
        default: break
        }
        headers.add(name: "Content-Length", value: "\(body.utf8.count)")
        let head = HTTPResponseHead(
            version: .http1_1,
            status: HTTPResponseStatus(statusCode: code),
            headers: headers
        )
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        let hasBody = code != 204
        if hasBody {
            context.write(
                wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: body)))),
                promise: nil
            )
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}
