// SPDX-License-Identifier: Apache-2.0
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import Testing
import WatchPlans

@testable import Watches

@Suite("Requests of watches", .timeLimit(.minutes(1)))
struct HTTPHandlerTests {
    /// Runs a server that answers one connection with a text, and tells what it was sent.
    private func exchange(
        answer: String?,
        _ change: (inout HTTPWatchHandler) -> Void = { _ in }
    ) async throws -> (sent: String, logged: [String]) {
        let group = MultiThreadedEventLoopGroup.singleton
        let sent = Mutex("")
        let server = try await ServerBootstrap(group: group).childChannelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(
                    Answer(text: answer) { text in sent.withLock { $0 += text } }
                )
            }
        }.bind(host: "127.0.0.1", port: 0).get()
        let port = server.localAddress?.port ?? 0
        var request = HTTPWatchHandler(url: "http://127.0.0.1:\(port)/hook?a=b")
        change(&request)
        let sink = LogSink()
        let handler = HTTPHandler(
            request: request,
            type: "nodes",
            eventLoop: group.next(),
            logger: sink.logger
        )
        await handler.handle(WatchResult(position: .index(7), json: Array("[1]".utf8)))
        try await server.close()
        return (sent.withLock { $0 }, sink.lines)
    }

    /// Answers when the body `[1]` and its line break have come.
    private final class Answer: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        let text: String?
        let note: @Sendable (String) -> Void
        private var seen = ""

        init(text: String?, note: @escaping @Sendable (String) -> Void) {
            self.text = text
            self.note = note
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let part = String(buffer: unwrapInboundIn(data))
            seen += part
            note(part)
            guard let text, seen.hasSuffix("[1]\n") else { return }
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
        }
    }

    @Test("the data are the body, the index a header")
    func request() async throws {
        let reply = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        let (sent, logged) = try await exchange(answer: reply)
        #expect(sent.hasPrefix("POST /hook?a=b HTTP/1.1\r\n"))
        #expect(sent.contains("\r\nContent-Type: application/json\r\n"))
        #expect(sent.contains("\r\nX-Consul-Index: 7\r\n"))
        #expect(sent.hasSuffix("\r\n\r\n[1]\n"))
        #expect(logged.filter { $0.contains("watch") } == ["trace http watch handler output: ok"])
        let (other, _) = try await exchange(answer: reply) {
            $0.method = "PUT"
            $0.headers = ["X-A": ["1", "2"]]
        }
        #expect(other.hasPrefix("PUT /hook?a=b HTTP/1.1\r\n"))
        #expect(other.contains("\r\nX-A: 1\r\nX-A: 2\r\n"))
    }

    @Test("the name and password of the URL are Basic credentials, unless there are others")
    func credentials() async throws {
        let reply = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        let (sent, _) = try await exchange(answer: reply) {
            $0.url.replace("//", with: "//u:p%20q@", maxReplacements: 1)
        }
        #expect(sent.contains("\r\nAuthorization: Basic dTpwIHE=\r\n"), "\(sent)")
        let (given, _) = try await exchange(answer: reply) {
            $0.url.replace("//", with: "//u:p@", maxReplacements: 1)
            $0.headers = ["authorization": ["Bearer x"]]
        }
        #expect(given.contains("\r\nauthorization: Bearer x\r\n") && !given.contains("Basic"))
    }

    @Test("a redirect is followed, but neither to a port that is none nor for ever")
    func redirects() async throws {
        func redirect(_ code: Int, _ location: String) -> String {
            "HTTP/1.1 \(code) Else\r\nLocation: \(location)\r\nContent-Length: 0\r\n\r\n"
        }
        let failure = "error Failed to invoke http watch handler: "
        let far = try await exchange(answer: redirect(302, "http://127.0.0.1:99999/x"))
        #expect(far.logged.contains(failure + "address 99999: invalid port"), "\(far.logged)")
        let first = try await exchange(answer: nil) { $0.url = "http://127.0.0.1:65536/" }
        #expect(first.logged.contains(failure + "address 65536: invalid port"), "\(first.logged)")
        let none = try await exchange(answer: redirect(307, "http://"))
        #expect(
            none.logged.contains(failure + #"failed to parse Location header "http://""#),
            "\(none.logged)"
        )
        // The body goes along with 307 alone.
        let again = try await exchange(answer: redirect(307, "/again"))
        #expect(again.sent.ranges(of: "POST /again ").count == 10)
        #expect(again.logged.contains(failure + "stopped after 10 redirects"), "\(again.logged)")
        let other = try await exchange(answer: redirect(303, "/other")) {
            $0.timeout = .milliseconds(300)
        }
        #expect(other.sent.contains("GET /other HTTP/1.1\r\n"))
        #expect(other.sent.ranges(of: "[1]").count == 1)
    }

    @Test("a refusal and a time-out are logged")
    func failures() async throws {
        let refusal = "HTTP/1.1 503 Busy\r\nContent-Length: 2\r\n\r\nno"
        #expect(
            try await exchange(answer: refusal).logged.contains(
                "error http watch handler failed with output: no"
            )
        )
        let silent = try await exchange(answer: nil) { $0.timeout = .milliseconds(50) }
        #expect(
            silent.logged.contains { $0.hasPrefix("error Failed to invoke http watch handler: ") }
        )
        let refused = try await exchange(answer: nil) { $0.url = "http://127.0.0.1:1/" }
        #expect(
            refused.logged.contains(
                "error Failed to invoke http watch handler: connection refused"
            )
        )
        let torn = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok"
        let late = try await exchange(answer: torn) { $0.timeout = .milliseconds(50) }
        #expect(
            late.logged.contains { $0.hasPrefix("error Failed to invoke http watch handler: ") }
        )
    }
}
