// SPDX-License-Identifier: Apache-2.0
import Checks
import Definitions
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import HealthChecks

@Suite("Docker checks")
struct DockerProbeTests {
    static let created = FakeDocker.reply("201 Created", #"{"Id":"e1"}"#)

    static func ended(_ code: Int) -> [String] {
        FakeDocker.reply("200 OK", #"{"ID":"e1","Running":false,"ExitCode":\#(code),"Pid":0}"#)
    }

    /// An engine on which the one command of `c1` prints these parts and ends so.
    static func engine(_ parts: [String], _ states: [[String]]) -> FakeDocker {
        FakeDocker([
            "/containers/c1/exec": [created], "/exec/e1/start": [FakeDocker.stream(parts)],
            "/exec/e1/json": states,
        ])
    }

    func run(
        _ engine: FakeDocker,
        container: String = "c1",
        arguments: [String] = ["true"],
        timeout: Duration = .seconds(20),
        limit: Int = 4096
    ) async throws -> CheckResult {
        let probe = DockerProbe(
            container: container,
            arguments: arguments,
            timeout: timeout,
            outputLimit: limit
        )
        return try await engine.listen { host in
            try await withEnvironment(docker: host) { await probe.run(in: $0) }
        }
    }

    @Test(
        "the exit code is the state, both outputs are the output",
        arguments: [(0, CheckStatus.passing), (1, .warning), (2, .critical), (126, .critical)]
    )
    func exitCodes(code: Int, status: CheckStatus) async throws {
        let output = FakeDocker.piece(1, "out\n") + FakeDocker.piece(2, "err\n")
        // Every octet by itself.
        let engine = Self.engine(output.unicodeScalars.map { String($0) }, [Self.ended(code)])
        let result = try await run(engine, arguments: ["sh", "-c", "echo \"hi\""])
        #expect(result == CheckResult(status, output: "out\nerr\n"))
        let requests = engine.requests.withLock { $0 }
        #expect(requests.map(\.method) == ["POST", "POST", "GET"])
        #expect(requests.map(\.path) == ["/containers/c1/exec", "/exec/e1/start", "/exec/e1/json"])
        #expect(requests[0].body.contains(#""Cmd":["sh","-c","echo \"hi\""]"#))
        #expect(requests[0].body.contains(#""AttachStdout":true"#))
        #expect(requests[1].body == #"{"Detach":false,"Tty":false}"#)
    }

    @Test("a stream in chunks is the same stream")
    func chunks() async throws {
        let engine = FakeDocker([
            "/containers/c1/exec": [Self.created],
            "/exec/e1/start": [
                [
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                    "5\r\n\u{1}\0\0\0\0\r\n5\r\n\0\0\u{2}ab\r\n", "0\r\n\r\n",
                ]
            ],
            "/exec/e1/json": [Self.ended(0)],
        ])
        #expect(try await run(engine) == CheckResult(.passing, output: "ab"))
    }

    @Test("an exit code that comes later is waited for")
    func lateCode() async throws {
        let running = FakeDocker.reply("200 OK", #"{"Running":true,"ExitCode":null}"#)
        let engine = Self.engine([], [running, running, Self.ended(1)])
        #expect(try await run(engine) == CheckResult(.warning, output: ""))
    }

    @Test("a long output is cut, and the cut is told")
    func longOutput() async throws {
        let piece = FakeDocker.piece(1, String(repeating: "x", count: 97) + "end")
        let engine = Self.engine([String](repeating: piece, count: 50), [Self.ended(0)])
        let result = try await run(engine)
        #expect(result.output.hasPrefix("Captured 4096 of 5000 bytes\n...\n"))
        #expect(result.output.hasSuffix("end"))
        #expect(try await run(engine, limit: 3).output == "Captured 3 of 5000 bytes\n...\nend")
    }

    @Test(
        "what the engine refuses is critical, and the reason is told",
        arguments: [
            (
                ["/containers/c1/exec": [FakeDocker.reply("404 Not Found", "{}")]],
                "create exec failed for unknown container c1"
            ),
            (
                ["/containers/c1/exec": [FakeDocker.reply("409 Conflict", "{}")]],
                "create exec failed since container c1 is paused or stopped"
            ),
            (
                ["/containers/c1/exec": [FakeDocker.reply("500 No", "oops")]],
                "create exec failed for container c1 with status 500: oops"
            ),
            (
                ["/containers/c1/exec": [FakeDocker.reply("201 Created", "[")]],
                "create exec response for container c1 cannot be parsed"
            ),
            (
                ["/containers/c1/exec": [created]],
                "start exec failed for container c1 with status 404: {\"message\":\"no such path\"}"
            ),
            (
                [
                    "/containers/c1/exec": [created],
                    "/exec/e1/start": [FakeDocker.reply("409 Conflict", "{}")],
                ],
                "start exec failed since container c1 is paused or stopped"
            ),
            (
                [
                    "/containers/c1/exec": [created],
                    "/exec/e1/start": [FakeDocker.stream([])],
                ],
                "inspect exec failed for container c1 with status 404: "
                    + "{\"message\":\"no such path\"}"
            ),
        ]
    )
    func refusals(replies: [String: [[String]]], text: String) async throws {
        #expect(try await run(FakeDocker(replies)) == CheckResult(.critical, output: text))
    }

    @Test("an engine that hangs up in the middle of a reply is critical")
    func hangUp() async throws {
        let engine = FakeDocker([
            "/containers/c1/exec": [["HTTP/1.1 201 Created\r\nContent-Length: 20\r\n\r\n{"]]
        ])
        let result = try await run(engine)
        #expect(result.status == .critical)
        #expect(result.output.hasPrefix("create exec failed for container c1: "))
    }

    @Test("a command that does not end is critical at the timeout")
    func timeout() async throws {
        let engine = Self.engine([FakeDocker.piece(1, "begun"), "…"], [])
        let result = try await run(engine, timeout: .milliseconds(200))
        #expect(result == CheckResult(.critical, output: "Timed out (200ms) running check"))
    }

    @Test("an engine that is not there is critical, and the text names the socket")
    func missingEngine() async throws {
        let probe = DockerProbe(
            container: "c1",
            arguments: ["true"],
            timeout: .seconds(20),
            outputLimit: 4096
        )
        func result(_ host: String) async throws -> CheckResult {
            try await withEnvironment(docker: host) { await probe.run(in: $0) }
        }
        #expect(
            try await result("unix:///no/such.sock")
                == CheckResult(
                    .critical,
                    output: "create exec failed for container c1: dial unix /no/such.sock: "
                        + "connect: no such file or directory"
                )
        )
        #expect(try await result("tcp://127.0.0.1:1").output.contains("connection refused"))
        let wrong = [
            "ssh://host", "", "unix://", "docker.sock", "tcp://127.0.0.1:99999", "http://h:65536/",
        ]
        for host in wrong {
            #expect(try await result(host).output.hasPrefix("DOCKER_HOST: '\(host)' is none of"))
        }
    }

    @Test("a container is one part of the path, whatever its name")
    func oddNames() async throws {
        let engine = FakeDocker([:])
        _ = try await run(engine, container: "../images/x?a=b#c d")
        let path = engine.requests.withLock { $0.first?.path }
        #expect(path == "/containers/..%2Fimages%2Fx%3Fa%3Db%23c%20d/exec")
        #expect(try await run(engine, container: "..").status == .critical)
        #expect(engine.requests.withLock { $0.count } == 1)
    }

    @Test("a shell that was asked for reads a single argument; others are the command")
    func shells() {
        func arguments(_ shell: String, _ args: [String]) -> [String] {
            DockerProbe.arguments(
                definition {
                    $0.shell = shell
                    $0.args = args
                }
            )
        }
        #expect(arguments("", ["exit 1"]) == ["exit 1"])
        #expect(arguments("/bin/ash", ["exit 1"]) == ["/bin/ash", "-c", "exit 1"])
        #expect(arguments("/bin/ash", ["echo", "a b"]) == ["echo", "a b"])
    }
}

@Suite("Checks of services of the operating system")
struct OSServiceProbeTests {
    func run(_ service: String, _ script: String) async throws -> CheckResult {
        try await TestFiles.withDirectory { files in
            let command = try files.script("systemctl", "#!/bin/sh\n" + script)
            let probe = OSServiceProbe(service: service, timeout: .seconds(20), command: command)
            return await probe.run(on: loop)
        }
    }

    @Test("ask systemctl for one unit, without a shell")
    func question() async throws {
        let result = try await run(
            "web@1",
            """
            [ "$*" = "show --no-pager --property=LoadState,ActiveState,SubState,Result -- web@1" ] ||
                exit 3
            printf 'Result=success\\nLoadState=loaded\\nActiveState=active\\nSubState=running\\n'
            """
        )
        #expect(result == CheckResult(.passing, output: "Service \"web@1\" is healthy"))
    }

    @Test("are critical where systemd does not answer")
    func failures() async throws {
        let noSystemd = try await run("web", "echo 'Failed to connect to bus'; exit 1")
        #expect(
            noSystemd
                == CheckResult(
                    .critical,
                    output: "Service \"web\": systemd does not answer: Failed to connect to bus\n"
                )
        )
        #expect(try await run("web", "echo nonsense").status == .critical)
        #expect(try await run("web", "echo ActiveState=active; exit 1").status == .critical)
        let missing = OSServiceProbe(service: "web", timeout: .seconds(20), command: "no-such-ctl")
        #expect(await missing.run(on: loop).output.contains("executable file not found"))
    }

    @Test("a name that is no unit's is never handed on", arguments: ["ssh*", "-H evil", "", "a b"])
    func names(service: String) async throws {
        let result = try await run(service, "echo ActiveState=active")
        #expect(result.status == .critical)
        #expect(result.output.contains("is no name of a service"))
    }
}
