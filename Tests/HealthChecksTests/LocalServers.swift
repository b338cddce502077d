// SPDX-License-Identifier: Apache-2.0
import Foundation
import NIOCore
import NIOHPACK
import NIOHTTP1
import NIOHTTP2
import NIOPosix
import NIOSSL
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
/// the body `hi`, `/to/<code>` redirects there, `/go/<code>?<location>` redirects with that code to
/// that place, `/circle` to itself, `/long` answers with 9003 octets, `/never` does not answer.
func startHTTPServer(
    _ record: HTTPRecord,
    tls: NIOSSLContext? = nil,
    host: String = "127.0.0.1"
) async throws -> any Channel {
    try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .childChannelInitializer { channel in
            record.contents.withLock { $0.connections += 1 }
            return channel.eventLoop.makeCompletedFuture {
                if let tls {
                    try channel.pipeline.syncOperations.addHandler(
                        NIOSSLServerHandler(context: tls)
                    )
                }
                try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                try channel.pipeline.syncOperations.addHandler(Responses(record))
            }
        }
        .bind(host: host, port: 0)
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
        let parts = path.prefix { $0 != "?" }.split(separator: "/")
        var headers = HTTPHeaders()
        var code = parts.last.flatMap { Int($0) } ?? 200
        var body = "hi"
        switch parts.first {
        case "never": return
        case "to":
            headers.add(name: "Location", value: "/\(code)")
            code = 302
        case "go":
            let place = String(path.drop { $0 != "?" }.dropFirst())
            headers.add(name: "Location", value: place.removingPercentEncoding ?? place)
        case "circle":
            headers.add(name: "Location", value: path)
            code = 308
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

/// How the connections of a server come and go.
struct Connections: Sendable {
    private let opened = AsyncStream<Void>.makeStream()
    private let closed = AsyncStream<Void>.makeStream()

    /// A request came in over one more connection.
    func note() { opened.continuation.yield() }

    /// One more connection has ended.
    func noteEnd() { closed.continuation.yield() }

    /// Waits for one more request.
    func request() async { for await _ in opened.stream { return } }

    /// Waits for the end of one more connection.
    func end() async { for await _ in closed.stream { return } }
}

/// What a raw server does with the connection after it has said its octets.
enum Ending: Sendable {
    case open, closed, reset
}

/// A server on a free port of the loopback address that says octets to whatever it is asked first.
func startRawServer(
    _ octets: String,
    then ending: Ending = .closed,
    _ connections: Connections = Connections()
) async throws -> any Channel {
    try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .childChannelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(
                    RawReply(octets, ending, connections)
                )
            }
        }
        .bind(host: "127.0.0.1", port: 0)
        .get()
}

private final class RawReply: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let octets: String
    private let ending: Ending
    private let connections: Connections

    init(_ octets: String, _ ending: Ending, _ connections: Connections) {
        self.octets = octets
        self.ending = ending
        self.connections = connections
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        connections.note()
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: octets)), promise: nil)
        switch ending {
        case .open: break
        case .closed: context.close(promise: nil)
        case .reset:
            let channel = context.channel as? any SocketOptionProvider
            _ = channel?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) { connections.noteEnd() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}

/// What an HTTP/2 server does with gRPC calls, by the name of the service.
///
/// `up` is SERVING, `down` is NOT_SERVING, `gone` is an error, `reset` ends the call, `html` is no
/// gRPC, `close` ends the connection, `slow` does not answer; others are SERVING.
func startHTTP2Server(
    tls: NIOSSLContext? = nil,
    host: String = "127.0.0.1"
) async throws -> any Channel {
    try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .childChannelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                let pipeline = channel.pipeline.syncOperations
                if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
                try pipeline.addHandler(NIOHTTP2Handler(mode: .server))
                try pipeline.addHandler(HealthService())
            }
        }
        .bind(host: host, port: 0)
        .get()
}

private final class HealthService: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame
    typealias OutboundOut = HTTP2Frame

    private var head: HPACKHeaders = [:]
    private var body: [UInt8] = []

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        switch frame.payload {
        case .headers(let part): head = part.headers
        case .data(let part):
            if case .byteBuffer(let buffer) = part.data { body += buffer.readableBytesView }
            if part.endStream { answer(context) }
        default: break
        }
    }

    private func answer(_ context: ChannelHandlerContext) {
        let isRight =
            head.first(name: ":path") == "/grpc.health.v1.Health/Check"
            && head.first(name: ":method") == "POST" && head.first(name: "te") == "trailers"
            && head.first(name: "content-type") == "application/grpc"
        let name = String(decoding: body.dropFirst(7), as: UTF8.self)
        let grpc = (":status", "200")
        let type = ("content-type", "application/grpc")
        switch name {
        case "slow": return
        case "close": context.close(promise: nil)
        case "reset":
            send(.rstStream(.refusedStream), context)
            context.flush()
        case "html": headers([(":status", "404"), ("content-type", "text/html")], true, context)
        case "gone":
            headers(
                [grpc, type, ("grpc-status", "5"), ("grpc-message", "unknown%20service")],
                true,
                context
            )
        default:
            headers([grpc, type], false, context)
            let status: UInt8 = name == "down" || !isRight ? 2 : 1
            // The message in two frames, cut in its prefix.
            for part in [[0, 0], [0, 0, 2, 8, status]] as [[UInt8]] {
                send(.data(.init(data: .byteBuffer(ByteBuffer(bytes: part)))), context)
            }
            headers([("grpc-status", "0"), ("grpc-message", "")], true, context)
        }
    }

    private func headers(
        _ list: [(String, String)],
        _ endsStream: Bool,
        _ context: ChannelHandlerContext
    ) {
        send(.headers(.init(headers: HPACKHeaders(list), endStream: endsStream)), context)
        context.flush()
    }

    private func send(_ payload: HTTP2Frame.FramePayload, _ context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(HTTP2Frame(streamID: 1, payload: payload)), promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
