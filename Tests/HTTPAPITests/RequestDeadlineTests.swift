// SPDX-License-Identifier: Apache-2.0
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import HTTPAPI

@Suite("The time for a head")
struct RequestDeadlineTests {
    private static let get = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
    private static let put = "PUT / HTTP/1.1\r\nHost: localhost\r\n"
    private static let open = "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n"
    private static let chunks = open + "\r\n"

    /// Whether a connection stands when this was read, each request answered at once, and more than the time for a
    /// head has passed.
    private static func stands(after reads: [String]) throws -> Bool {
        let deadline = RequestDeadline(HTTPTimeouts())
        let channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addHandlers([
            deadline, ByteToMessageHandler(HTTPRequestDecoder()), RequestGuard(deadline: deadline),
        ])
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        for read in reads {
            channel.read()
            try channel.writeInbound(ByteBuffer(string: read))
            while let part = try channel.readInbound(as: HTTPServerRequestPart.self) {
                if case .end = part { deadline.replyEnded() }
            }
        }
        channel.read()
        channel.embeddedEventLoop.advanceTime(by: .seconds(15))
        let isActive = channel.isActive
        _ = try? channel.finish(acceptAlreadyClosed: true)
        return isActive
    }

    @Test(
        "SEC-08 does not run behind a request that is whole, nor for empty lines",
        arguments: [
            [get], [get, "\r\n"], [get, "\r", "\n", get], ["\r\n"], [put + chunks],
            [put + open + "\r", "\n"], [put + chunks + "\r\n"],
            [put + chunks + put + "Content-Length: 3\r\n\r\nabc"],
            [get + put + chunks + put + "Content-Length: 3\r\n\r\nabc", get],
            [get + put + "Content-Length: 3\r\n\r\nabc"],
        ] as [[String]]
    )
    func whole(reads: [String]) throws {
        #expect(try Self.stands(after: reads))
    }

    @Test(
        "SEC-08 runs for a head that has begun, wherever that is",
        arguments: [
            ["G"], [get + "G"], [get, "\r\nG"], [put + chunks + "G"],
            [put + open, "\r\nG"],
            [put + chunks + put + "Content-Length: 3\r\n\r\nabcG"],
            [put + "Content-Length: 3\r\n\r\na", "bcG"],
        ] as [[String]]
    )
    func begun(reads: [String]) throws {
        #expect(try !Self.stands(after: reads))
    }
}
