// SPDX-License-Identifier: Apache-2.0
import Checks
import Definitions
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import Testing

@testable import HealthChecks

let loop = MultiThreadedEventLoopGroup.singleton.next()

/// Runs something with what probes need, and ends the HTTP clients after it.
func withEnvironment<Value>(
    tls: CheckTLS = CheckTLS(),
    docker: String = "",
    names: NameLookups = NameLookups(),
    _ body: (ProbeEnvironment) async throws -> Value
) async throws -> Value {
    let clients = HTTPClients(eventLoopGroup: MultiThreadedEventLoopGroup.singleton)
    let environment = ProbeEnvironment(
        eventLoop: loop,
        clients: clients,
        tls: tls,
        dockerHost: docker,
        names: names
    )
    let value = try await body(environment)
    names.stop()
    await clients.shutdown()
    return value
}

@Suite("TCP checks")
struct TCPProbeTests {
    @Test("API-139 pass while somebody listens, then fail with the dial error")
    func listening() async throws {
        let listener = try await startListener()
        let port = try #require(listener.localAddress?.port)
        let probe = TCPProbe(target: "127.0.0.1:\(port)", timeout: .seconds(5))
        let passing = try await withEnvironment { await probe.run(in: $0) }
        #expect(passing == CheckResult(.passing, output: "TCP connect 127.0.0.1:\(port): Success"))
        try await listener.close()
        let critical = try await withEnvironment { await probe.run(in: $0) }
        let text = "dial tcp 127.0.0.1:\(port): connect: connection refused"
        #expect(critical == CheckResult(.critical, output: text))
    }

    @Test("fail with a text where the target is none")
    func malformed() async throws {
        let probe = TCPProbe(target: "nowhere", timeout: .seconds(5))
        let result = try await withEnvironment { await probe.run(in: $0) }
        let text = "dial tcp: address nowhere: missing port in address"
        #expect(result == CheckResult(.critical, output: text))
        let beyond = TCPProbe(target: "127.0.0.1:65536", timeout: .seconds(5))
        let other = try await withEnvironment { await beyond.run(in: $0) }
        #expect(other.output == "dial tcp: address 65536: invalid port")
    }
}

/// A UDP socket on a free port of the loopback address.
func startSocket(answers: Bool) async throws -> any Channel {
    try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                if answers { try channel.pipeline.syncOperations.addHandler(Echo()) }
            }
        }
        .bind(host: "127.0.0.1", port: 0)
        .get()
}

private final class Echo: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let peer = unwrapInboundIn(data).remoteAddress
        let reply = AddressedEnvelope(remoteAddress: peer, data: ByteBuffer(string: "x"))
        context.writeAndFlush(wrapOutboundOut(reply), promise: nil)
    }
}

@Suite("UDP checks")
struct UDPProbeTests {
    @Test("a reply passes before the time is over, silence at its end", arguments: [true, false])
    func open(answers: Bool) async throws {
        let socket = try await startSocket(answers: answers)
        let port = try #require(socket.localAddress?.port)
        let timeout = answers ? Duration.seconds(60) : .milliseconds(50)
        let probe = UDPProbe(target: "127.0.0.1:\(port)", timeout: timeout)
        let result = try await withEnvironment { await probe.run(in: $0) }
        #expect(result == CheckResult(.passing, output: "UDP connect 127.0.0.1:\(port): Success"))
        try await socket.close()
    }

    @Test("a port that nobody has is refused")
    func refused() async throws {
        let socket = try await startSocket(answers: false)
        let port = try #require(socket.localAddress?.port)
        try await socket.close()
        let probe = UDPProbe(target: "127.0.0.1:\(port)", timeout: .seconds(60))
        let result = try await withEnvironment { await probe.run(in: $0) }
        #expect(result.status == .critical)
        #expect(result.output.hasPrefix("dial udp 127.0.0.1:\(port): "))
        #expect(result.output.hasSuffix("connection refused"))
    }

    @Test("fail with a text where the target is none")
    func malformed() async throws {
        let probe = UDPProbe(target: "nowhere", timeout: .seconds(5))
        let result = try await withEnvironment { await probe.run(in: $0) }
        let text = "dial udp: address nowhere: missing port in address"
        #expect(result == CheckResult(.critical, output: text))
        let beyond = UDPProbe(target: "127.0.0.1:65536", timeout: .seconds(5))
        let other = try await withEnvironment { await beyond.run(in: $0) }
        #expect(other.output == "dial udp: address 65536: invalid port")
    }
}

@Suite("HTTP checks")
struct HTTPProbeTests {
    /// Runs an HTTP check of a path once; `define` changes the definition.
    func run(
        _ path: String,
        _ server: any Channel,
        timeout: Duration = .seconds(5),
        tls: CheckTLS? = nil,
        _ define: (inout CheckDefinition) -> Void = { _ in }
    ) async throws -> (url: String, result: CheckResult) {
        var definition = CheckDefinition()
        let port = try #require(server.localAddress?.port)
        let host = try #require(server.localAddress?.ipAddress)
        definition.http = (tls == nil ? "http" : "https") + "://\(host):\(port)\(path)"
        definition.interval = .seconds(1)
        definition.timeout = timeout
        define(&definition)
        let plan = try CheckPlan(definition, outputMaxSize: 4096)
        let probe = HTTPProbe(definition, plan: plan)
        let result = try await withEnvironment(tls: tls ?? CheckTLS()) { await probe.run(in: $0) }
        return (definition.http, result)
    }

    @Test("SEC-09 a connection to a link-local address is refused to checks of the API alone")
    func origin() throws {
        var definition = CheckDefinition()
        definition.http = "http://metadata.attacker.example/"
        definition.interval = .seconds(1)
        let plan = try CheckPlan(definition, outputMaxSize: 4096)
        let runner = try CheckRunner(definition, plan: plan, scriptsAllowed: false, origin: .api)
        guard case .http(let probe)? = runner else {
            Issue.record("no HTTP check")
            return
        }
        let cloud = try SocketAddress(ipAddress: "169.254.169.254", port: 80)
        let refusal = try #require(probe.refusal(of: cloud))
        #expect(refusal.hasPrefix("refused: the name leads to 169.254.169.254, "))
        let loopback = try SocketAddress(ipAddress: "127.0.0.1", port: 80)
        #expect(probe.refusal(of: loopback) == nil)
        #expect(HTTPProbe(definition, plan: plan).refusal(of: cloud) == nil)
    }

    @Test(
        "API-138 the code of the reply is the state",
        arguments: [
            (429, "429 Too Many Requests", "hi", CheckStatus.warning),
            (204, "204 No Content", "", .passing), (404, "404 Not Found", "hi", .critical),
        ]
    )
    func codes(code: Int, phrase: String, body: String, status: CheckStatus) async throws {
        let record = HTTPRecord()
        let server = try await startHTTPServer(record)
        let (url, result) = try await run("/\(code)", server)
        #expect(result == CheckResult(status, output: "HTTP GET \(url): \(phrase) Output: \(body)"))
        let head = try #require(record.contents.withLock { $0.requests.first })
        #expect(head.headers["User-Agent"] == ["Consul Health Check"])
        #expect(head.headers["Accept"] == ["text/plain, text/*, */*"])
        try await server.close()
    }

    @Test("send the method, headers and body that were asked for")
    func request() async throws {
        let record = HTTPRecord()
        let server = try await startHTTPServer(record)
        let (url, result) = try await run("/200", server) {
            $0.method = "POST"
            $0.header = ["host": ["web.example"], "X-Two": ["a", "b"], "User-Agent": ["mine"]]
            $0.body = "ping"
        }
        #expect(result.output == "HTTP POST \(url): 200 OK Output: hi")
        let contents = record.contents.withLock { $0 }
        let head = try #require(contents.requests.first)
        #expect(head.method == .POST)
        #expect(head.headers["Host"] == ["web.example"])
        #expect(head.headers["X-Two"] == ["a", "b"])
        #expect(head.headers["User-Agent"] == ["mine"])
        #expect(contents.bodies == ["ping"])
        try await server.close()
    }

    @Test("follow redirects unless told not to")
    func redirects() async throws {
        let server = try await startHTTPServer(HTTPRecord())
        #expect(try await run("/to/429", server).result.status == .warning)
        let stopped = try await run("/to/200", server) { $0.disableRedirects = true }
        #expect(stopped.result.output == "HTTP GET \(stopped.url): 302 Found Output: hi")
        #expect(stopped.result.status == .critical)
        try await server.close()
    }

    @Test("keep the last octets of a long body")
    func longBody() async throws {
        let server = try await startHTTPServer(HTTPRecord())
        let (url, result) = try await run("/long", server) { $0.outputMaxSize = 4 }
        #expect(result.output == "HTTP GET \(url): 200 OK Output: xend")
        try await server.close()
    }

    @Test("fail when the reply does not come in time, and when nobody listens")
    func failures() async throws {
        let server = try await startHTTPServer(HTTPRecord())
        let late = try await run("/never", server, timeout: .milliseconds(100))
        #expect(late.result.status == .critical)
        #expect(late.result.output.hasPrefix("Get \"\(late.url)\": "))
        let refused = try await run("/200", server) {
            $0.http = "http://127.0.0.1:1/"
        }
        let text = "Get \"http://127.0.0.1:1/\": dial tcp 127.0.0.1:1: connect: connection refused"
        #expect(refused.result == CheckResult(.critical, output: text))
        let odd = try await run("/200", server) { $0.http = "ftp://127.0.0.1/" }
        #expect(odd.result.status == .critical)
        try await server.close()
    }

    @Test("each run makes a new connection")
    func connections() async throws {
        let record = HTTPRecord()
        let server = try await startHTTPServer(record)
        var definition = CheckDefinition()
        definition.http = "http://127.0.0.1:\(try #require(server.localAddress?.port))/200"
        definition.interval = .seconds(1)
        let plan = try CheckPlan(definition, outputMaxSize: 4096)
        try await withEnvironment { environment in
            for _ in 0..<3 { _ = await HTTPProbe(definition, plan: plan).run(in: environment) }
        }
        #expect(record.contents.withLock { $0.connections } == 3)
        try await server.close()
    }

    @Test("redirects keep method and body where they must, and drop what is for one host only")
    func redirectedRequests() async throws {
        let record = HTTPRecord()
        let server = try await startHTTPServer(record)
        let other = HTTPRecord()
        let second = try await startHTTPServer(other)
        let port = try #require(second.localAddress?.port)
        let far = "http://localhost:\(port)/200"
        for code in [307, 302] {
            let (_, result) = try await run("/go/\(code)?\(far)", server) {
                $0.method = "PUT"
                $0.body = "ping"
                $0.header = [
                    "Authorization": ["secret"], "X-Own": ["1"], "Host": ["web.example"],
                    "Content-Type": ["text/plain"],
                ]
            }
            #expect(result.status == .passing, "\(result.output)")
        }
        let seen = other.contents.withLock { $0 }
        #expect(seen.requests.map(\.method) == [.PUT, .GET])
        #expect(seen.bodies == ["ping"])
        for head in seen.requests {
            #expect(head.headers["Authorization"] == [])
            #expect(head.headers["X-Own"] == ["1"])
            #expect(head.headers["Host"] == ["localhost:\(port)"])
        }
        #expect(seen.requests.last?.headers["Content-Type"] == [])
        // A relative one stays with the host, and keeps what was for it.
        _ = try await run("/go/302?../200", server) {
            $0.header = ["Authorization": ["secret"], "Host": ["web.example"]]
        }
        let last = try #require(record.contents.withLock { $0.requests.last })
        #expect(last.uri == "/200")
        #expect(last.headers["Authorization"] == ["secret"])
        #expect(last.headers["Host"] == ["web.example"])
        try await server.close()
        try await second.close()
    }

    @Test(
        "redirects lead neither to link-local addresses nor to another scheme",
        arguments: [
            ("http://169.254.169.254/latest/meta-data", "link-local addresses (169.254.169.254)"),
            // The same address as inet_aton reads it.
            ("http://2852039166/", "link-local addresses (169.254.169.254)"),
            ("//0xa9fea9fe/", "link-local addresses (169.254.169.254)"),
            ("http://[fe80::1]/", "link-local addresses (fe80::1)"),
            ("http://[::ffff:169.254.1.1]/", "link-local addresses (::ffff:169.254.1.1)"),
            ("https://127.0.0.1:1/", "from http to another scheme"),
            ("ftp://127.0.0.1/", "from http to another scheme"),
            ("file:///etc/passwd", "refused"), ("http://", "refused"),
        ]
    )
    func refusedRedirects(location: String, reason: String) async throws {
        let server = try await startHTTPServer(HTTPRecord())
        let (url, result) = try await run("/go/302?\(location)", server)
        #expect(result.status == .critical)
        let start = "Get \"\(url)\": redirect to \"\(location)\" refused: "
        #expect(result.output.hasPrefix(start), "\(result.output)")
        #expect(result.output.contains(reason), "\(result.output)")
        try await server.close()
    }

    @Test("ten redirects are followed, the eleventh is not")
    func redirectCircle() async throws {
        let record = HTTPRecord()
        let server = try await startHTTPServer(record)
        let (_, result) = try await run("/circle", server)
        #expect(result.status == .critical)
        #expect(result.output.hasSuffix("stopped after 10 redirects"), "\(result.output)")
        #expect(record.contents.withLock { $0.requests.count } == 11)
        try await server.close()
    }

    @Test("new connections use files that were read again, where checks use the agent's at all")
    func adoption() async throws {
        let server = try await startHTTPServer(
            HTTPRecord(),
            tls: try TestCertificates.serverContext()
        )
        let material = try await TestFiles.withDirectory {
            try CheckTLS.read(CheckTLSFiles(caFile: $0.caFile))
        }
        let own = try CheckTLS(CheckTLSFiles())
        #expect(try await run("/200", server, tls: own).result.status == .critical)
        own.adopt(material)
        let known = try await run("/200", server, tls: own)
        #expect(known.result.status == .passing, "\(known.result.output)")
        let system = CheckTLS()
        system.adopt(material)
        #expect(try await run("/200", server, tls: system).result.status == .critical)
        try await server.close()
    }

    @Test("certificates are verified, by another name where one is given, unless told not to")
    func certificates() async throws {
        let server = try await startHTTPServer(
            HTTPRecord(),
            tls: try TestCertificates.serverContext()
        )
        let system = CheckTLS()
        let own = try await TestFiles.agentTLS()
        let unknown = try await run("/200", server, tls: system)
        #expect(unknown.result.status == .critical)
        #expect(unknown.result.output.contains("tls: failed to verify certificate"))
        let skipped = try await run("/200", server, tls: system) { $0.tlsSkipVerify = true }
        #expect(skipped.result.status == .passing, "\(skipped.result.output)")
        let known = try await run("/200", server, tls: own)
        #expect(known.result.status == .passing, "\(known.result.output)")
        // The certificate has the address that is reached, which is not what is asked for.
        for name in ["wrong.example", "127.0.0.2"] {
            let wrong = try await run("/200", server, tls: own) { $0.tlsServerName = name }
            #expect(wrong.result.status == .critical)
            let text = "tls: failed to verify certificate: it is for another name"
            #expect(wrong.result.output.hasSuffix(text), "\(wrong.result.output)")
        }
        let right = try await run("/200", server, tls: own) { $0.tlsServerName = "web.example" }
        #expect(right.result.status == .passing, "\(right.result.output)")
        try await server.close()
        // Here the certificate is for the name alone.
        let other = try await startHTTPServer(
            HTTPRecord(),
            tls: try TestCertificates.serverContext(),
            host: "127.0.0.2"
        )
        let named = try await run("/200", other, tls: own) { $0.tlsServerName = "web.example" }
        #expect(named.result.status == .passing, "\(named.result.output)")
        let misnamed = try await run("/200", other, tls: own) { $0.tlsServerName = "db.example" }
        #expect(misnamed.result.status == .critical)
        #expect(misnamed.result.output.contains("tls: "), "\(misnamed.result.output)")
        let unnamed = try await run("/200", other, tls: own)
        #expect(unnamed.result.status == .critical)
        try await other.close()
    }
}

@Suite("Script checks")
struct ScriptProbeTests {
    func run(
        _ arguments: [String],
        timeout: Duration = .seconds(20),
        limit: Int = 4096
    ) async -> CheckResult {
        await ScriptProbe(arguments: arguments, timeout: timeout, outputLimit: limit).run(on: loop)
    }

    @Test(
        "API-137 the exit code is the state, both outputs are the output",
        arguments: [(0, CheckStatus.passing), (1, .warning), (2, .critical)]
    )
    func exitCodes(code: Int, status: CheckStatus) async {
        let result = await run(["/bin/sh", "-c", "echo out; echo err >&2; exit \(code)"])
        #expect(result == CheckResult(status, output: "out\nerr\n"))
    }

    @Test("a word with an octet 0 is no other word, cut short")
    func octetZero() async {
        for words in [["true\0xx"], ["true", "a\0"]] {
            let result = await run(words)
            #expect(result.status == .critical)
            #expect(result.output.contains("invalid argument (an octet 0)"), "\(result.output)")
        }
    }

    @Test("API-143 a long output is cut, and the cut is told")
    func longOutput() async {
        let result = await run(["/bin/sh", "-c", "head -c 9000 /dev/zero | tr '\\0' x; echo ab"])
        let text = String(repeating: "x", count: 4093) + "ab\n"
        #expect(result.output == "Captured 4096 of 9003 bytes\n...\n" + text)
    }

    @Test("no shell reads the arguments, and they reach the command as they are")
    func arguments() async {
        let result = await run(["printf", "%s|", "a b", "$HOME", "*"])
        #expect(result == CheckResult(.passing, output: "a b|$HOME|*|"))
    }

    @Test("death by a signal is critical")
    func signal() async {
        #expect(await run(["/bin/sh", "-c", "kill -9 $$"]).status == .critical)
    }

    @Test("a command that is not there is critical and says so")
    func missing() async {
        let missing = await run(["/no/such/command"])
        let text = "fork/exec /no/such/command: no such file or directory"
        #expect(missing == CheckResult(.critical, output: text))
        #expect(await run(["no-such-command"]).output.contains("executable file not found"))
    }

    @Test("no descriptor but the standard ones reaches the command")
    func descriptors() async throws {
        let listener = try await startListener()
        // `ls` itself has the directory open, as the one after the standard ones.
        let result = await run(["/bin/sh", "-c", "ls /proc/self/fd"])
        #expect(result.output == "0\n1\n2\n3\n")
        try await listener.close()
    }

    @Test("a script that hangs is killed together with its children")
    func hanging() async throws {
        // The child lives in the group of the script and holds its output open.
        let marker = "7\(UInt32.random(in: 100_000...999_999))"
        // Months: that the run ends at all shows that nobody waits for the children.
        let result = await run(
            ["/bin/sh", "-c", "sleep \(marker) & sleep \(marker)"],
            timeout: .milliseconds(300)
        )
        #expect(result == CheckResult(.critical, output: "Timed out (300ms) running check"))
        #expect(try await living(marker) == "")
    }

    @Test("a script that takes too long shows what it printed until then")
    func printedUntilTimeout() async {
        // A machine may be so slow that it prints nothing in the shortest time.
        for timeout in [Duration.milliseconds(200), .seconds(2), .seconds(20)] {
            let result = await run(
                ["/bin/sh", "-c", "echo so far; exec sleep 7000"],
                timeout: timeout
            )
            let text = "Timed out (\(GoDuration.print(timeout))) running check"
            #expect(result.status == .critical)
            if result.output == text, timeout < .seconds(20) { continue }
            #expect(result.output == text + "\n\nso far\n")
            return
        }
    }

    @Test("arguments that are too long for the system are critical and say so")
    func tooLong() async {
        let result = await run(["/bin/echo", String(repeating: "x", count: 1 << 20)])
        let text = "fork/exec /bin/echo: argument list too long"
        #expect(result == CheckResult(.critical, output: text))
    }

    @Test("a script that is called off is killed together with its children")
    func calledOff() async throws {
        let marker = "7\(UInt32.random(in: 100_000...999_999))"
        let latch = CancellationLatch()
        async let ending = latch.run {
            await run(["/bin/sh", "-c", "sleep \(marker) & sleep \(marker)"])
        }
        while try await living(marker) == "" { await loop.pause(.milliseconds(5)) }
        latch.cancel()
        _ = await ending
        #expect(try await living(marker) == "")
    }

    /// The processes with this word among their arguments that are not yet dead.
    ///
    /// A killed one
    /// may be seen for a moment; it is waited for, but not for long.
    private func living(_ marker: String) async throws -> String {
        let script = """
            for i in 1 2 3 4 5 6 7 8 9 10; do
              found=$(grep -lsxz '[7]\(marker.dropFirst())' /proc/[0-9]*/cmdline)
              [ -z "$found" ] && exit 0
              sleep 0.05
            done
            echo "$found"
            """
        return await run(["/bin/sh", "-c", script]).output
    }
}
