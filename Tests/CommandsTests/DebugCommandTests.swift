// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import Commands

@Suite("debug")
struct DebugCommandTests {
    private static let own = """
        {"Config":{"Version":"1.21.4"},"DebugConfig":{"acl.tokens.agent":"s3cret","encrypt":"k",
        "log_level":"INFO","Nested":{"ReplicationToken":"t","Name":"n"}},"Member":{"Tags":{"id":"x"}}}
        """

    private static func capture(
        _ targets: [DebugTarget],
        _ replies: [String: String]
    ) async throws -> DebugCapture.Bundle {
        let agent = AgentInMemory(
            replies.mapValues { AgentReply(status: 200, body: Array($0.utf8)) }
        )
        let endpoint = try #require(AgentEndpoint(address: "127.0.0.1:8500", isTLS: false))
        return await DebugCapture(
            agent: AgentClient(endpoint: endpoint, transport: agent, program: "waypost"),
            targets: targets,
            duration: .milliseconds(40),
            interval: .milliseconds(15)
        ).run { _ in }
    }

    @Test("what the agent tells goes into files; tokens and keys do not")
    func files() async throws {
        let bundle = try await Self.capture(
            DebugTarget.usual,
            [
                "GET /v1/agent/self": Self.own, "GET /v1/agent/host": #"{"Memory":1}"#,
                "GET /v1/agent/members?wan=1": "[]",
                "GET /v1/operator/raft/configuration": "{}",
                "GET /v1/agent/metrics": #"{"Gauges":[]}"#,
                "GET /v1/agent/monitor?loglevel=trace": "a line\n",
            ]
        )
        #expect(bundle.problems.isEmpty, "\(bundle.problems)")
        #expect(
            bundle.files.map(\.name) == [
                "agent.json", "host.json", "members.json", "raft.json", "consul.log",
                "metrics.json",
            ]
        )
        let texts = bundle.files.map { String(decoding: $0.octets, as: UTF8.self) }
        #expect(
            texts[0]
                == #"{"Config":{"Version":"1.21.4"},"DebugConfig":{"acl.tokens.agent":"hidden","#
                + #""encrypt":"hidden","log_level":"INFO","Nested":{"ReplicationToken":"hidden","#
                + #""Name":"n"}},"Member":{"Tags":{"id":"x"}}}"#
        )
        #expect(texts[4] == "a line\n")
        #expect(texts[5].hasPrefix(#"{"Gauges":[]}"# + "\n"))
    }

    @Test("what cannot be had is told, and the rest is there")
    func problems() async throws {
        let bundle = try await Self.capture([.agent, .host], ["GET /v1/agent/self": Self.own])
        #expect(bundle.files.map(\.name) == ["agent.json"])
        #expect(bundle.problems.count == 2 && bundle.problems[0].hasPrefix("host.json: Get "))
    }

    @Test("a directory, or an archive beside it; a file of that name is not written over")
    func saved() async throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("waypost-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: true
        )
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let files = [DebugCapture.File(name: "a.json", octets: Array("{}".utf8))]
        try DebugCommand.save(files, in: folder + "/d", asArchive: false)
        #expect(FileManager.default.contents(atPath: folder + "/d/a.json") == Data("{}".utf8))
        try DebugCommand.save(files, in: folder + "/d", asArchive: true)
        let archive = FileManager.default.contents(atPath: folder + "/d.tar.gz") ?? Data()
        #expect(archive.prefix(2) == Data([0x1f, 0x8b]))
        let there = await run("debug", "-output=x", files: ["x.tar.gz": ""])
        #expect(there.code == 1)
        #expect(there.errors == "==> Capture validation failed: x.tar.gz already exists\n")
    }

    @Test(
        "times and targets that do not go",
        arguments: [
            (["-duration=9s"], "duration must be longer than 10s"),
            (["-interval=4s"], "interval must be longer than 5s"),
            (
                ["-duration=10s", "-interval=1m"],
                "duration (10s) must be longer than interval (1m)"
            ),
            (["-capture=x"], "target not found: x"),
        ]
    )
    func refused(arguments: [String], text: String) async {
        let outcome = await run(["debug"] + arguments)
        #expect(outcome.code == 1 && outcome.requests.isEmpty)
        #expect(outcome.errors == "==> Capture validation failed: \(text)\n")
    }

    @Test("an agent that cannot be reached")
    func unreached() async {
        let outcome = await run("debug", "-capture=agent", "-capture=pprof")
        #expect(outcome.code == 1)
        #expect(outcome.errors.contains("[WARN] Unable to capture pprof"))
        #expect(outcome.errors.contains("error querying target agent: Get \"http://"))
    }
}
