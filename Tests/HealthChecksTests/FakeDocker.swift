// SPDX-License-Identifier: Apache-2.0
import NIOCore
import NIOPosix
import Synchronization

/// A Docker engine as far as a test scripts it: for each path the replies, octet by octet, one
/// after another, the last one for ever.
///
/// After each reply the connection is closed, as the engine does after the output of a command.
final class FakeDocker: Sendable {
    /// What was asked: method, path and body.
    struct Request: Hashable, Sendable {
        var method: String
        var path: String
        var body: String
    }

    let requests = Mutex<[Request]>([])
    private let replies: Mutex<[String: [[String]]]>

    /// Replies by path; each is a list of parts that are sent one by one.
    init(_ replies: [String: [[String]]]) { self.replies = Mutex(replies) }

    /// A reply with a length.
    static func reply(_ status: String, _ body: String) -> [String] {
        [
            "HTTP/1.1 \(status)\r\nContent-Type: application/json\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
        ]
    }

    /// The output of a command, without a length.
    static func stream(_ parts: [String]) -> [String] {
        ["HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n"] + parts
    }

    /// A piece of output of up to 127 octets, with its header.
    static func piece(_ stream: UInt8, _ text: String) -> String {
        let header = [stream, 0, 0, 0, 0, 0, 0, UInt8(text.utf8.count)]
        return String(decoding: header, as: UTF8.self) + text
    }

    /// Runs something while the engine listens on a socket; its `DOCKER_HOST` is handed in.
    func listen<Value>(_ body: (String) async throws -> Value) async throws -> Value {
        let path = "/tmp/waypost-docker-\(UInt64.random(in: 0...UInt64.max)).sock"
        let server = try await bootstrap.bind(unixDomainSocketPath: path).get()
        let value = try await body("unix://" + path)
        try await server.close()
        return value
    }

    /// The same over TCP; the port is handed in.
    func listenOnPort<Value>(_ body: (Int) async throws -> Value) async throws -> Value {
        let server = try await bootstrap.bind(host: "127.0.0.1", port: 0).get()
        let value = try await body(server.localAddress?.port ?? 0)
        try await server.close()
        return value
    }

    private var bootstrap: ServerBootstrap {
        ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Replies(self))
                }
            }
    }

    fileprivate func answer(_ request: Request) -> [String] {
        requests.withLock { $0.append(request) }
        return replies.withLock { replies in
            guard let list = replies[request.path], let first = list.first else {
                return Self.reply("404 Not Found", #"{"message":"no such path"}"#)
            }
            if list.count > 1 { replies[request.path]?.removeFirst() }
            return first
        }
    }
}

private final class Replies: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let engine: FakeDocker
    private var text = ""

    init(_ engine: FakeDocker) { self.engine = engine }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        text += String(buffer: unwrapInboundIn(data))
        guard let end = text.firstRange(of: "\r\n\r\n") else { return }
        let head = text[..<end.lowerBound].split(separator: "\r\n")
        let body = String(text[end.upperBound...])
        let length =
            head.first { $0.lowercased().hasPrefix("content-length:") }
            .flatMap { Int($0.split(separator: " ").last ?? "") } ?? 0
        guard body.utf8.count >= length else { return }
        let words = head[0].split(separator: " ")
        let parts = engine.answer(
            FakeDocker.Request(method: String(words[0]), path: String(words[1]), body: body)
        )
        text = ""
        Self.send(parts[...], context.channel)
    }

    /// Sends each part when the one before it is out.
    private static func send(_ parts: ArraySlice<String>, _ channel: any Channel) {
        guard let part = parts.first else {
            channel.close(promise: nil)
            return
        }
        // A part that never comes: the connection stays open.
        if part == "…" { return }
        channel.writeAndFlush(ByteBuffer(string: part)).whenSuccess { [rest = parts.dropFirst()] in
            Self.send(rest, channel)
        }
    }
}
