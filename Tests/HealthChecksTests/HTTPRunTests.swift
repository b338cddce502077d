// SPDX-License-Identifier: Apache-2.0
import Checks
import Definitions
import NIOCore
import NIOHTTP1
import Testing

@testable import HealthChecks

@Suite("Connections of HTTP checks")
struct HTTPRunTests {
    private func probe(_ server: any Channel, timeout: Duration) throws -> HTTPProbe {
        var definition = CheckDefinition()
        definition.http = "http://127.0.0.1:\(try #require(server.localAddress?.port))/"
        definition.interval = .seconds(1)
        definition.timeout = timeout
        return HTTPProbe(definition, plan: try CheckPlan(definition, outputMaxSize: 4096))
    }

    @Test(
        "a port that is none is not taken for that of the scheme",
        arguments: ["65536", "99999999999999999999"]
    )
    func noPort(port: String) throws {
        let hop = HTTPHop(url: "http://127.0.0.1:\(port)/", method: "GET", headers: [:], body: "")
        #expect(throws: HTTPRequestError(text: "invalid port \(port)")) {
            try HTTPCheckRequest(hop)
        }
        // What a redirect leads to is read in the same way.
        let first = HTTPHop(url: "http://127.0.0.1:8080/", method: "GET", headers: [:], body: "")
        let step = RedirectRule.Step(method: "GET", keepsBody: false)
        let next = try first.following("http://127.0.0.1:\(port)/x", step)
        #expect(throws: HTTPRequestError(text: "invalid port \(port)")) {
            try HTTPCheckRequest(next)
        }
    }

    @Test(
        "the port of a URL is found wherever colons stand",
        arguments: [
            ("http://web.test", 80), ("https://web.test/a:1", 443), ("http://web.test:/", 80),
            ("http://n:p@web.test/", 80), ("http://n:p@web.test:81?x=y:2", 81),
            ("http://[::1]/", 80), ("http://[::1]:82#f:3", 82), ("HTTP://[::1]:83", 83),
        ]
    )
    func ports(url: String, port: Int) throws {
        let hop = HTTPHop(url: url, method: "GET", headers: [:], body: "")
        #expect(try HTTPCheckRequest(hop).port == port)
    }

    @Test(
        "replies are read to their end, whatever shows where that is",
        arguments: [
            ("HTTP/1.1 200 OK\r\n\r\nhi", Ending.closed),
            ("HTTP/1.0 200 OK\r\n\r\nhi", .closed),
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi and more", .open),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "1\r\nh\r\n1\r\ni\r\n0\r\n\r\n",
                .open
            ),
            ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", .open),
            // Nobody asked for a coding; the octets are shown as they are.
            (
                "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nhi",
                .open
            ),
        ]
    )
    func replies(octets: String, ending: Ending) async throws {
        let connections = Connections()
        let server = try await startRawServer(octets, then: ending, connections)
        let probe = try probe(server, timeout: .seconds(60))
        let result = try await withEnvironment { await probe.run(in: $0) }
        let text = "HTTP GET \(probe.first.url): 200 OK Output: hi"
        #expect(result == CheckResult(.passing, output: text))
        await connections.end()
        try await server.close()
    }

    @Test(
        "replies that break off or are none are failures",
        arguments: [
            ("", Ending.closed, ": EOF"),
            ("HTTP/1.1 200 O", .closed, ": unexpected EOF"),
            ("SSH-2.0-server\r\n", .open, ": malformed HTTP response"),
            ("HTTP/1.1 200 OK\r\n", .reset, ": read: connection reset by peer"),
        ]
    )
    func broken(octets: String, ending: Ending, cause: String) async throws {
        let connections = Connections()
        let server = try await startRawServer(octets, then: ending, connections)
        let probe = try probe(server, timeout: .seconds(60))
        let result = try await withEnvironment { await probe.run(in: $0) }
        #expect(result.status == .critical)
        #expect(result.output.hasPrefix("Get \"\(probe.first.url)\": "), "\(result.output)")
        #expect(result.output.contains(cause), "\(result.output)")
        await connections.end()
        try await server.close()
    }

    @Test("the connection is closed at the timeout, in the middle of a reply as well")
    func timeout() async throws {
        for octets in ["", "HTTP/1.1 200 OK\r\nX-A: 1\r\n"] {
            let connections = Connections()
            let server = try await startRawServer(octets, then: .open, connections)
            let probe = try probe(server, timeout: .milliseconds(50))
            let result = try await withEnvironment { await probe.run(in: $0) }
            let text =
                "Get \"\(probe.first.url)\": context deadline exceeded "
                + "(Client.Timeout exceeded while awaiting headers)"
            #expect(result == CheckResult(.critical, output: text))
            await connections.end()
            try await server.close()
        }
    }

    @Test(
        "the status decides, also where the body breaks off or does not come in time",
        arguments: [
            ("200 OK\r\nContent-Length: 9\r\n\r\nhi", Ending.closed, CheckStatus.passing),
            ("200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\nzz", .closed, .passing),
            ("200 OK\r\n\r\nhi", .open, .passing),
            ("429 Too Many Requests\r\nContent-Length: 9\r\n\r\nhi", .closed, .warning),
            ("503 Service Unavailable\r\n\r\nhi", .open, .critical),
        ]
    )
    func brokenBody(reply: String, ending: Ending, status: CheckStatus) async throws {
        let connections = Connections()
        let server = try await startRawServer("HTTP/1.1 \(reply)", then: ending, connections)
        let line = reply.prefix { $0 != "\r\n" }
        var timeout = Duration.milliseconds(ending == .open ? 50 : 60_000)
        var result: CheckResult?
        var text = ""
        // A timeout that a busy machine needs for the head is no finding: the next is longer.
        repeat {
            let probe = try probe(server, timeout: timeout)
            result = try await withEnvironment { await probe.run(in: $0) }
            text = "HTTP GET \(probe.first.url): \(line) Output: hi"
            timeout *= 4
            await connections.end()
        } while result?.output != text && timeout < .seconds(15)
        #expect(result == CheckResult(status, output: text))
        try await server.close()
    }

    @Test("a run that is called off closes its connection and tells nothing")
    func calledOff() async throws {
        let connections = Connections()
        let server = try await startRawServer("", then: .open, connections)
        let probe = try probe(server, timeout: .seconds(3600))
        try await withEnvironment { environment in
            let result = loop.makePromise(of: CheckResult.self)
            loop.execute { probe.start(in: environment, on: loop, result) }
            await connections.request()
            result.fail(CancellationError())
            await connections.end()
            await #expect(throws: CancellationError.self) { try await result.futureResult.get() }
        }
        try await server.close()
    }
}

@Suite("Requests of HTTP checks")
struct HTTPCheckRequestTests {
    private func request(
        _ url: String,
        method: String = "GET",
        headers: [String: [String]] = [:],
        body: String = ""
    ) throws -> HTTPCheckRequest {
        try HTTPCheckRequest(HTTPHop(url: url, method: method, headers: headers, body: body))
    }

    @Test(
        "the URL says where it goes and what is asked for",
        arguments: [
            ("http://10.0.0.1:8080/health?a=b#c", "10.0.0.1", 8080, "10.0.0.1:8080", "/health?a=b"),
            ("HTTP://[::1]", "::1", 80, "[::1]", "/"),
            ("https://u:p@web.example/a%20b", "web.example", 443, "web.example", "/a%20b"),
            ("https://web.example:443?x", "web.example", 443, "web.example:443", "/?x"),
        ]
    )
    func urls(url: String, host: String, port: Int, named: String, uri: String) throws {
        let request = try request(url)
        #expect(request.host == host)
        #expect(request.port == port)
        #expect(request.isSecure == url.hasPrefix("https"))
        #expect((request.address == nil) == (host == "web.example"))
        #expect(request.head.uri == uri)
        #expect(request.head.headers["Host"] == [named])
        #expect(request.head.headers["Connection"] == ["close"])
        #expect(request.head.headers["Content-Length"] == [])
    }

    @Test("the name and password of the URL are Basic credentials, unless there are others")
    func credentials() throws {
        let own = try request("http://u:p%20q@h/auth")
        #expect(own.head.headers["Authorization"] == ["Basic dTpwIHE="])
        #expect(own.head.headers["Host"] == ["h"])
        let given = try request("http://u:p@h/", headers: ["authorization": ["Bearer x"]])
        #expect(given.head.headers["Authorization"] == ["Bearer x"])
        #expect(try request("http://h/").head.headers["Authorization"] == [])
    }

    @Test("the credentials of the URL follow a relative redirect and no other")
    func redirectedCredentials() throws {
        let step = RedirectRule.Step(method: "GET", keepsBody: false)
        let first = HTTPHop(url: "http://u:p@h:81/a/b", method: "GET", headers: [:], body: "")
        for (location, value) in [
            ("c", ["Basic dTpw"]), ("/c?x", ["Basic dTpw"]), ("//h:81/c", []),
            ("http://h:81/c", []), ("http://other/c", []), ("http://v:w@other/", ["Basic djp3"]),
        ] {
            let next = try HTTPCheckRequest(try first.following(location, step))
            #expect(next.head.headers["Authorization"] == value, "\(location)")
        }
        #expect(first.failure("EOF").output == "Get \"http://u:***@h:81/a/b\": EOF")
    }

    @Test("a body has its length, and so has none where one is usual")
    func lengths() throws {
        let headers = ["content-length": ["9"], "Transfer-Encoding": ["chunked"]]
        let body = try request("http://h/", headers: headers, body: "ping")
        #expect(body.head.headers["Content-Length"] == ["4"])
        #expect(body.head.headers["Transfer-Encoding"] == [])
        let empty = try request("http://h/", method: "POST")
        #expect(empty.head.headers["Content-Length"] == ["0"])
        #expect(empty.body == nil)
    }

    @Test(
        "what is no request is refused",
        arguments: [
            ("unix:///x", "GET", "a", "b", "unsupported protocol scheme or empty host"),
            ("https:///x", "GET", "a", "b", "unsupported protocol scheme or empty host"),
            ("http://h:99999/", "GET", "a", "b", "invalid port 99999"),
            ("http://h/", "GET / HTTP/1.1\r\nX:", "a", "b", "net/http: invalid method"),
            ("http://h/", "GET", "a b", "b", "net/http: invalid header field name \"a b\""),
            (
                "http://h/", "GET", "a", "b\r\nc: d",
                "net/http: invalid header field value for \"a\""
            ),
        ]
    )
    func refused(url: String, method: String, name: String, value: String, text: String) {
        let error = #expect(throws: HTTPRequestError.self) {
            try request(url, method: method, headers: [name: [value]])
        }
        #expect(error?.text.hasPrefix(text) == true)
    }
}
