// SPDX-License-Identifier: Apache-2.0
import Checks
import Definitions
import NIOCore
import NIOPosix
import Testing

@testable import HealthChecks

/// `host:port` of a server.
func address(_ server: any Channel) throws -> String {
    let address = try #require(server.localAddress)
    return "\(try #require(address.ipAddress)):\(try #require(address.port))"
}

@Suite("gRPC checks")
struct GRPCProbeTests {
    func run(
        _ service: String,
        _ server: any Channel,
        timeout: Duration = .seconds(20),
        wish: TLSWish? = nil,
        tls: CheckTLS = CheckTLS(),
        limit: Int = 4096
    ) async throws -> (target: String, result: CheckResult) {
        let target = try address(server) + service
        let probe = GRPCProbe(target: target, timeout: timeout, tls: wish, outputLimit: limit)
        return (target, try await withEnvironment(tls: tls) { await probe.run(in: $0) })
    }

    @Test("pass while the service, or the whole server, is SERVING", arguments: ["/up", "", "/"])
    func serving(service: String) async throws {
        let server = try await startHTTP2Server()
        let (target, result) = try await run(service, server)
        #expect(result == CheckResult(.passing, output: "gRPC check \(target): success"))
        try await server.close()
    }

    @Test(
        "are critical with the reason otherwise",
        arguments: [
            ("gone", "rpc error: code = NotFound desc = unknown service"),
            (
                "html",
                "rpc error: code = Unimplemented desc = unexpected HTTP status code received "
                    + "from server: 404"
            ),
            (
                "close",
                "rpc error: code = Unavailable desc = connection error: "
                    + "desc = \"transport: the connection was closed\""
            ),
        ]
    )
    func failing(service: String, output: String) async throws {
        let server = try await startHTTP2Server()
        let (_, result) = try await run("/" + service, server)
        #expect(result == CheckResult(.critical, output: output))
        try await server.close()
    }

    @Test("tell that a service is not serving, and that a call was reset")
    func notServing() async throws {
        let server = try await startHTTP2Server()
        let (target, down) = try await run("/down", server)
        #expect(
            down == CheckResult(.critical, output: "gRPC \(target) serving status: NOT_SERVING")
        )
        let reset = try await run("/reset", server).result
        #expect(reset.output.contains("stream terminated by RST_STREAM"))
        let short = try await run("/gone", server, limit: 9).result
        #expect(short == CheckResult(.critical, output: "rpc error"))
        try await server.close()
    }

    @Test("end at the timeout, and where nobody listens")
    func unreachable() async throws {
        let server = try await startHTTP2Server()
        let late = try await run("/slow", server, timeout: .milliseconds(100)).result
        let text = "rpc error: code = DeadlineExceeded desc = context deadline exceeded"
        #expect(late == CheckResult(.critical, output: text))
        let target = try address(server)
        try await server.close()
        let probe = GRPCProbe(target: target, timeout: .seconds(20), tls: nil, outputLimit: 4096)
        let refused = try await withEnvironment { await probe.run(in: $0) }
        #expect(
            refused.output
                == "rpc error: code = Unavailable desc = connection error: desc = \"transport: "
                + "Error while dialing: dial tcp \(target): connect: connection refused\""
        )
    }

    @Test("speak TLS, verify the server and show the agent's certificate")
    func tls() async throws {
        let server = try await startHTTP2Server(
            tls: try TestCertificates.serverContext(protocols: ["h2"], asksForCertificate: true)
        )
        let own = try await TestFiles.agentTLS()
        let strict = TLSWish(serverName: "", skipsVerification: false, protocols: ["h2"])
        let (target, result) = try await run("/up", server, wish: strict, tls: own)
        #expect(result == CheckResult(.passing, output: "gRPC check \(target): success"))
        let unknown = try await run("/up", server, wish: strict).result
        #expect(unknown.status == .critical)
        #expect(unknown.output.contains("authentication handshake failed: tls: "))
        var lax = strict
        lax.skipsVerification = true
        // Trusted, but without a certificate of its own.
        #expect(try await run("/up", server, wish: lax).result.status == .critical)
        try await server.close()
    }
}

@Suite("HTTP/2 checks")
struct H2PingProbeTests {
    func run(
        _ server: any Channel,
        timeout: Duration = .seconds(20),
        wish: TLSWish? = nil,
        tls: CheckTLS = CheckTLS()
    ) async throws -> CheckResult {
        let probe = H2PingProbe(target: try address(server), timeout: timeout, tls: wish)
        return try await withEnvironment(tls: tls) { await probe.run(in: $0) }
    }

    let success = CheckResult(.passing, output: "HTTP2 ping was successful")

    @Test("say in plain words that something else answers, or breaks off")
    func others() async throws {
        let web = try await startRawServer("HTTP/1.1 400 Bad Request\r\n\r\n", then: .open)
        let output = try await run(web).output
        #expect(output == "HTTP2 ping failed: http2: the answer is not HTTP/2")
        let wish = TLSWish(serverName: "", skipsVerification: true, protocols: ["h2"])
        let plain = try await run(web, wish: wish).output
        let text = "tls: first record does not look like a TLS handshake"
        #expect(plain == "Failed to dial to \(try address(web)): \(text)")
        try await web.close()
        let torn = try await startRawServer("", then: .reset)
        let reset = try await run(torn).output
        #expect(reset.hasPrefix("HTTP2 ping failed: read tcp 127.0.0.1:"), "\(reset)")
        #expect(reset.hasSuffix("->\(try address(torn)): read: connection reset by peer"))
        try await torn.close()
    }

    @Test("pass where a ping is answered, with TLS and without")
    func answered() async throws {
        let plain = try await startHTTP2Server()
        #expect(try await run(plain) == success)
        try await plain.close()
        let server = try await startHTTP2Server(
            tls: try TestCertificates.serverContext(protocols: ["h2"])
        )
        var wish = TLSWish(serverName: "", skipsVerification: true, protocols: ["h2"])
        #expect(try await run(server, wish: wish) == success)
        wish.skipsVerification = false
        let refused = try await run(server, wish: wish)
        #expect(refused.output.hasPrefix("Failed to dial to 127.0.0.1:"), "\(refused.output)")
        let own = try await TestFiles.agentTLS()
        #expect(try await run(server, wish: wish, tls: own) == success)
        try await server.close()
        // Here the certificate is for the name alone.
        let other = try await startHTTP2Server(
            tls: try TestCertificates.serverContext(protocols: ["h2"]),
            host: "127.0.0.2"
        )
        #expect(try await run(other, wish: wish, tls: own).status == .critical)
        wish.serverName = "web.example"
        #expect(try await run(other, wish: wish, tls: own) == success)
        wish.serverName = "db.example"
        #expect(try await run(other, wish: wish, tls: own).status == .critical)
        try await other.close()
    }

    @Test("are critical where nobody listens, nobody answers or no HTTP/2 is spoken")
    func unanswered() async throws {
        let silent = try await startSilentListener()
        let late = try await run(silent, timeout: .milliseconds(100))
        #expect(late.output == "HTTP2 ping failed: context deadline exceeded")
        let target = try address(silent)
        try await silent.close()
        let probe = H2PingProbe(target: target, timeout: .seconds(20), tls: nil)
        let refused = try await withEnvironment { await probe.run(in: $0) }
        #expect(
            refused.output
                == "Failed to dial to \(target): dial tcp \(target): connect: connection refused"
        )
        let old = try await startHTTPServer(HTTPRecord())
        let other = try await run(old)
        #expect(other.status == .critical)
        #expect(other.output.hasPrefix("HTTP2 ping failed: "), "\(other.output)")
        try await old.close()
    }
}

@Suite("TCP checks with TLS")
struct TLSProbeTests {
    func run(
        _ server: any Channel,
        _ wish: TLSWish?,
        tls: CheckTLS = CheckTLS(),
        timeout: Duration = .seconds(20)
    ) async throws -> CheckResult {
        let port = try #require(server.localAddress?.port)
        let probe = TCPProbe(target: "127.0.0.1:\(port)", timeout: timeout, tls: wish)
        return try await withEnvironment(tls: tls) { await probe.run(in: $0) }
    }

    @Test("pass after a handshake only")
    func handshake() async throws {
        let server = try await startHTTPServer(
            HTTPRecord(),
            tls: try TestCertificates.serverContext()
        )
        let port = try #require(server.localAddress?.port)
        let strict = TLSWish(serverName: "", skipsVerification: false)
        let lax = TLSWish(serverName: "", skipsVerification: true)
        let success = CheckResult(.passing, output: "TCP connect 127.0.0.1:\(port): Success")
        #expect(try await run(server, lax) == success)
        #expect(try await run(server, strict, tls: try await TestFiles.agentTLS()) == success)
        let unknown = try await run(server, strict)
        #expect(unknown.output.hasPrefix("tls: failed to verify certificate"))
        try await server.close()
        let plain = try await startHTTPServer(HTTPRecord())
        #expect(try await run(plain, lax).status == .critical)
        try await plain.close()
        let silent = try await startSilentListener()
        let late = try await run(silent, lax, timeout: .milliseconds(100))
        #expect(late.output.hasSuffix("i/o timeout"))
        try await silent.close()
    }

    @Test("a run that is called off ends at once")
    func calledOff() async throws {
        let silent = try await startSilentListener()
        let port = try #require(silent.localAddress?.port)
        let latch = CancellationLatch()
        let probe = H2PingProbe(target: "127.0.0.1:\(port)", timeout: .seconds(3600), tls: nil)
        try await withEnvironment { environment in
            async let ending = latch.run { await probe.run(in: environment) }
            latch.cancel()
            // That it ends at all within the hour.
            #expect(await ending == nil)
        }
        try await silent.close()
    }

    @Test("files that cannot be used are named with their key")
    func files() async throws {
        func message(_ files: CheckTLSFiles) -> String {
            do throws(CheckTLSError) { _ = try CheckTLS(files) } catch { return error.message }
            return ""
        }
        #expect(message(CheckTLSFiles(caFile: "/none.pem")).hasPrefix("ca_file: '/none.pem'"))
        #expect(message(CheckTLSFiles(caPath: "/none")).hasPrefix("ca_path: '/none'"))
        try await TestFiles.withDirectory { files in
            #expect(
                message(CheckTLSFiles(certFile: files.clientFile, keyFile: "/none.key"))
                    .hasPrefix("key_file: '/none.key'")
            )
            #expect(message(CheckTLSFiles(caFile: files.caFile, caPath: files.caPath)) == "")
            let own = CheckTLSFiles(certFile: files.clientFile, keyFile: files.clientKeyFile)
            #expect(message(own) == "")
            var foreign = own
            foreign.certFile = files.caFile
            #expect(
                message(foreign).hasPrefix(
                    "key_file: '\(files.clientKeyFile)' cannot be used with cert_file "
                        + "'\(files.caFile)'"
                )
            )
        }
    }
}
