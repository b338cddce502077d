// SPDX-License-Identifier: Apache-2.0
import Checks
import Definitions
import Dispatch
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import HealthChecks

/// Tells 127.0.0.1 for every name, but for those that begin with `silent`, and after ``turn()`` with
/// `turning`, only at the end.
final class ScriptedNames: Sendable {
    private struct Contents {
        var asked: [String: Int] = [:]
        var hasTurned = false
        var isOver = false
    }

    private let contents = Mutex(Contents())
    private let over = DispatchSemaphore(value: 0)
    /// What is told.
    let address: String

    init(address: String = "127.0.0.1") { self.address = address }

    /// How often a name was asked about.
    func count(_ name: String) -> Int { contents.withLock { $0.asked[name] ?? 0 } }

    @Sendable
    func ask(_ name: String) -> Result<[SocketAddress], NameFailure> {
        let isSilent = contents.withLock { contents in
            contents.asked[name, default: 0] += 1
            let isSilent = name.hasPrefix(contents.hasTurned ? "turning" : "silent")
            return !contents.isOver && (isSilent || name.hasPrefix("silent"))
        }
        if isSilent { over.wait() }
        if name.hasPrefix("none") {
            return .failure(NameFailure(name: name, reason: "no such host"))
        }
        return Result { try [SocketAddress(ipAddress: address, port: 0)] }
            .mapError { _ in NameFailure(name: name, reason: "no such host") }
    }

    /// Is silent for more names from now on.
    func turn() { contents.withLock { $0.hasTurned = true } }

    /// Answers whoever waits, and all after them.
    func end() {
        contents.withLock { $0.isOver = true }
        for _ in 0..<256 { over.signal() }
    }
}

@Suite("Names to which checks connect", .timeLimit(.minutes(2)))
struct NameLookupsTests {
    private func http(_ url: String, _ timeout: Duration) throws -> HTTPProbe {
        let check = definition {
            $0.http = url
            $0.interval = .seconds(1)
            $0.timeout = timeout
        }
        return HTTPProbe(check, plan: try CheckPlan(check, outputMaxSize: 4096))
    }

    @Test("names that nobody answers hold up neither addresses nor names that are answered")
    func silent() async throws {
        let names = ScriptedNames()
        defer { names.end() }
        let server = try await startHTTPServer(HTTPRecord())
        let port = try #require(server.localAddress?.port)
        let socket = try await startSocket(answers: true)
        let udp = try #require(socket.localAddress?.port)
        // However slow the machine is.
        let lookups = NameLookups(soon: .seconds(3600), ask: names.ask)
        try await withEnvironment(names: lookups) { environment in
            let known = TCPProbe(target: "web.test:\(port)", timeout: .seconds(60))
            #expect(await known.run(in: environment).status == .passing)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<50 {
                    let target = "silent-\(index).test:1"
                    let time = Duration.seconds(3600)
                    group.addTask {
                        if index % 2 == 0 {
                            _ = await TCPProbe(target: target, timeout: time).run(in: environment)
                        } else {
                            _ = await UDPProbe(target: target, timeout: time).run(in: environment)
                        }
                    }
                }
                while environment.names.waiters < 50 { await loop.pause(.milliseconds(1)) }
                for host in ["127.0.0.1", "localhost", "web.test", "WEB.test"] {
                    let time = Duration.seconds(60)
                    let tcp = TCPProbe(target: "\(host):\(port)", timeout: time)
                    #expect(await tcp.run(in: environment).status == .passing, "\(host)")
                    let get = try http("http://\(host):\(port)/200", time)
                    #expect(await get.run(in: environment).status == .passing, "\(host)")
                    let datagram = UDPProbe(target: "\(host):\(udp)", timeout: time)
                    #expect(await datagram.run(in: environment).status == .passing, "\(host)")
                }
                group.cancelAll()
            }
            #expect(environment.names.waiters == 0)
        }
        try await server.close()
        try await socket.close()
    }

    @Test("a server that goes silent for many names that it answered holds up no others of these")
    func turned() async throws {
        let names = ScriptedNames()
        defer { names.end() }
        // Whoever is answered has been answered soon, however slow the machine is.
        let lookups = NameLookups(
            soon: .seconds(3600),
            patience: .milliseconds(1),
            ask: names.ask
        )
        let turning = (0..<100).map { "turning-\($0).test" }
        for name in turning + ["web.test"] {
            _ = try await lookups.begin(name, port: 1, on: loop).addresses.get()
        }
        names.turn()
        let waiting = turning.map { lookups.begin($0, port: 1, on: loop) }
        for port in 1...3 {
            let found = try await lookups.begin("web.test", port: port, on: loop).addresses.get()
            #expect(found.map(\.port) == [port])
        }
        // Those are asked about all the same, and known again once they are answered.
        #expect(lookups.waiters == 100)
        names.end()
        for lookup in waiting { #expect(try await lookup.addresses.get().count == 1) }
        lookups.stop()
    }

    @Test("the timeout of a check holds while its name is looked up, and the output tells so")
    func late() async throws {
        let names = ScriptedNames()
        defer { names.end() }
        try await withEnvironment(names: NameLookups(ask: names.ask)) { environment in
            let time = Duration.milliseconds(20)
            let target = "silent.test:1"
            let text = "lookup silent.test: i/o timeout"
            let runs = [
                await TCPProbe(target: target, timeout: time).run(in: environment),
                await UDPProbe(target: target, timeout: time).run(in: environment),
                try await http("http://silent.test/", time).run(in: environment),
                await GRPCProbe(target: target, timeout: time, tls: nil, outputLimit: 4096)
                    .run(in: environment),
                await H2PingProbe(target: target, timeout: time, tls: nil).run(in: environment),
            ]
            #expect(
                runs.map(\.output) == [
                    "dial tcp: \(text)", "dial udp: \(text)",
                    "Get \"http://silent.test/\": dial tcp: \(text)",
                    GRPCReply.failure(
                        14,
                        "connection error: desc = \"transport: Error while dialing: dial tcp: "
                            + "\(text)\""
                    ).output,
                    "Failed to dial to \(target): dial tcp: \(text)",
                ]
            )
            #expect(runs.allSatisfy { $0.status == .critical })
            #expect(environment.names.waiters == 0)
            // One question for all of them, if it came to it.
            #expect(names.count("silent.test") <= 1)
        }
    }

    @Test("a name that there is not is critical at once, for each kind")
    func none() async throws {
        let names = ScriptedNames()
        try await withEnvironment(names: NameLookups(ask: names.ask)) { environment in
            let time = Duration.seconds(3600)
            let text = "lookup none.test: no such host"
            let tcp = TCPProbe(target: "none.test:1", timeout: time)
            #expect(await tcp.run(in: environment).output == "dial tcp: \(text)")
            let udp = UDPProbe(target: "none.test:1", timeout: time)
            #expect(await udp.run(in: environment).output == "dial udp: \(text)")
            let get = try http("http://none.test/", time)
            let expected = "Get \"http://none.test/\": dial tcp: \(text)"
            #expect(await get.run(in: environment).output == expected)
        }
    }

    @Test("the engine of Docker checks is looked up as others are, and all its addresses are tried")
    func docker() async throws {
        let engine = DockerProbeTests.engine(
            [FakeDocker.piece(1, "out")],
            [DockerProbeTests.ended(0)]
        )
        func probe(_ timeout: Duration) -> DockerProbe {
            DockerProbe(container: "c1", arguments: ["true"], timeout: timeout, outputLimit: 4096)
        }
        try await engine.listenOnPort { port in
            let asked = Mutex<[String]>([])
            // Nobody listens at the first.
            let names = NameLookups { name in
                asked.withLock { $0.append(name) }
                return Result {
                    try ["127.0.0.2", "127.0.0.1"].map { try SocketAddress(ipAddress: $0, port: 0) }
                }.mapError { _ in NameFailure(name: name, reason: "no such host") }
            }
            try await withEnvironment(docker: "tcp://engine.test:\(port)", names: names) {
                let result = await probe(.seconds(20)).run(in: $0)
                #expect(result == CheckResult(.passing, output: "out"))
            }
            #expect(asked.withLock { $0 } == ["engine.test"])
        }
        let names = ScriptedNames()
        defer { names.end() }
        let lookups = NameLookups(ask: names.ask)
        try await withEnvironment(docker: "tcp://silent.test:1", names: lookups) {
            let result = await probe(.milliseconds(20)).run(in: $0)
            #expect(result == CheckResult(.critical, output: "Timed out (20ms) running check"))
            #expect(lookups.waiters == 0)
        }
        try await withEnvironment(
            docker: "tcp://none.test:1",
            names: NameLookups(ask: names.ask)
        ) {
            let text =
                "create exec failed for container c1: dial tcp: lookup none.test: no such host"
            let result = await probe(.seconds(3600)).run(in: $0)
            #expect(result == CheckResult(.critical, output: text))
        }
    }

    @Test("a name is asked about once for all who wait for it, and each gets its port")
    func together() async throws {
        let names = ScriptedNames()
        let lookups = NameLookups(ask: names.ask)
        let begun = (1...5).map { lookups.begin("Silent.test", port: $0, on: loop) }
        while names.count("silent.test") == 0 { await loop.pause(.milliseconds(1)) }
        begun[0].cancel()
        await #expect(throws: CancellationError.self) { try await begun[0].addresses.get() }
        names.end()
        for (index, lookup) in begun.enumerated().dropFirst() {
            let port = try await lookup.addresses.get().first?.port
            #expect(port == index + 1)
            // Over: nobody is left to leave.
            lookup.expire()
        }
        #expect(names.count("silent.test") == 1)
        lookups.stop()
    }

    @Test("only so many names wait, and those who wait are sent away at the end")
    func limit() async throws {
        let names = ScriptedNames()
        defer { names.end() }
        let lookups = NameLookups(ask: names.ask)
        let begun = (0..<NameLookups.limit).map {
            lookups.begin("silent-\($0).test", port: 1, on: loop)
        }
        let reason = "too many names are being looked up"
        await #expect(throws: NameFailure(name: "more.test", reason: reason)) {
            try await lookups.begin("more.test", port: 1, on: loop).addresses.get()
        }
        let again = lookups.begin("silent-0.test", port: 1, on: loop)
        #expect(lookups.waiters == NameLookups.limit + 1)
        lookups.stop()
        for lookup in begun + [again, lookups.begin("more.test", port: 1, on: loop)] {
            await #expect(throws: CancellationError.self) { try await lookup.addresses.get() }
        }
        #expect(lookups.waiters == 0)
    }

    @Test(
        "an address in any spelling is nothing to ask about",
        arguments: [
            ("127.0.0.1", "127.0.0.1"), ("127.1", "127.0.0.1"), ("0x7f000001", "127.0.0.1"),
            ("::1", "::1"), ("::ffff:1.2.3.4", "::ffff:1.2.3.4"),
        ]
    )
    func addresses(host: String, address: String) async throws {
        let names = ScriptedNames()
        let found = try await NameLookups(ask: names.ask).begin(host, port: 80, on: loop)
            .addresses.get()
        #expect(found == [try SocketAddress(ipAddress: address, port: 80)])
        #expect(names.count(host) == 0)
    }

    @Test("the system knows this machine, and no name that cannot be")
    func system() throws {
        let found = try SystemNames.addresses(of: "localhost").get().compactMap(\.ipAddress)
        #expect(!found.isEmpty && found.allSatisfy { $0 == "::1" || $0.hasPrefix("127.") })
        let failure = NameFailure(name: "web.test", reason: "no such host")
        #expect(throws: failure) {
            try SystemNames.addresses(of: "web.test", isAddress: true).get()
        }
    }

    @Test("SEC-09 the addresses that were found are those that are judged")
    func judged() async throws {
        let names = ScriptedNames(address: "169.254.169.254")
        try await withEnvironment(names: NameLookups(ask: names.ask)) { environment in
            var probe = try http("http://web.test/", .seconds(60))
            probe.origin = .api
            let result = await probe.run(in: environment)
            #expect(result.status == .critical)
            #expect(result.output.contains("refused: the name leads to 169.254.169.254"))
        }
    }
}
