// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Commands

@Suite("watch", .timeLimit(.minutes(1)))
struct WatchCommandTests {
    /// Replies of an agent that has one key, and what asks for it.
    private static let own = ["GET /v1/agent/self": "{}"]
    private static let key =
        #"[{"LockIndex":0,"Key":"a","Flags":0,"Value":"MQ==","ModifyIndex":7}]"#

    private static func reply(_ body: String, _ index: UInt64, status: Int = 200) -> AgentReply {
        AgentReply(status: status, body: Array(body.utf8), index: index)
    }

    @Test("CLI-030 what is no watch")
    func mistakes() async {
        let bare = await run("watch")
        #expect(bare.code == 1 && bare.requests.isEmpty)
        #expect(bare.errors.hasPrefix("Watch type must be specified\n\nUsage: waypost watch"))
        for (arguments, text) in [
            (["-type=zz"], "Unsupported watch type: zz\n"),
            (["-type=key"], "Must specify a single key to watch\n"),
            (
                ["-type=key", "-key=a", "-prefix=x", "-passingonly=false"],
                "Invalid parameters: [passingonly prefix]: a watch of type key takes key, stale\n"
            ),
            (
                ["-type=event", "-stale"],
                "Invalid parameters: [stale]: a watch of type event takes name\n"
            ),
            (
                ["-type=service", "-service=a", "-passingonly=x"],
                "Failed to parse passingonly flag: \"x\" is neither true nor false\n"
            ),
        ] {
            let outcome = await run(["watch"] + arguments)
            #expect(outcome.code == 1 && outcome.errors == text && outcome.requests.isEmpty)
        }
        let alone = await run("watch", "-type=nodes")
        #expect(alone.code == 1)
        #expect(
            alone.errors.hasPrefix("Error querying Consul agent: Get \"http://127.0.0.1:8500/v1/")
        )
    }

    @Test("CLI-031 without a command the first result is shown")
    func shows() async {
        let missing = await run(
            ["watch", "-type=key", "-key=nope"],
            replies: Self.own,
            failures: ["GET /v1/kv/nope": Self.reply("", 3, status: 404)]
        )
        #expect(missing.code == 0 && missing.output == "null\n" && missing.errors.isEmpty)
        let services = await run(
            ["watch", "-type", "services", "-stale", "-datacenter=dc2", "-filter", "a == b"],
            replies: Self.own,
            failures: [
                "GET /v1/catalog/services?dc=dc2&filter=a%20%3D%3D%20b&stale=":
                    Self.reply(#"{"web":["v1"],"db":[]}"#, 3)
            ]
        )
        #expect(services.code == 0)
        #expect(
            services.output == """
                {
                    "web": [
                        "v1"
                    ],
                    "db": []
                }

                """
        )
        let instances = await run(
            [
                "watch", "-type=service", "-service=web", "-tag=a", "-tag=b", "-passingonly=true",
            ],
            replies: Self.own,
            failures: [
                "GET /v1/health/service/web?tag=a&tag=b&passing=1": Self.reply("[]", 3)
            ]
        )
        #expect(instances.code == 0 && instances.output == "[]\n")
    }

    @Test("CLI-032 the command reads JSON; its failure ends the watch")
    func handles() async {
        let replies = ["GET /v1/kv/a": Self.reply(Self.key, 7)]
        // What the command prints goes past the test: it tells what it read by its exit code.
        let json = #"{"LockIndex":0,"Key":"a","Flags":0,"Value":"MQ==","ModifyIndex":7}"#
        let line = #"test "$(cat)" = '\#(json)' && test "$CONSUL_INDEX" = 7 && exit 3"#
        let read = await run(
            ["watch", "-type=key", "-key=a", line],
            environment: ["PATH": "/usr/bin:/bin"],
            replies: Self.own,
            failures: replies
        )
        #expect(read.code == 1 && read.errors == "Error executing handler: exit status 3\n")
        #expect(read.requests == ["GET /v1/agent/self", "GET /v1/kv/a"])
        let direct = await run(
            ["watch", "-type=key", "-key=a", "-shell=false", "sh", "-c", "exit 4"],
            environment: ["PATH": "/usr/bin:/bin"],
            replies: Self.own,
            failures: replies
        )
        #expect(direct.code == 1 && direct.errors == "Error executing handler: exit status 4\n")
        let absent = await run(
            ["watch", "-type=key", "-key=a", "-shell=false", "/no/such"],
            replies: Self.own,
            failures: replies
        )
        #expect(
            absent.errors
                == "Error starting handler: fork/exec /no/such: no such file or directory\n"
        )
        let killed = await run(
            ["watch", "-type=key", "-key=a", "kill -9 $$"],
            environment: ["PATH": "/usr/bin:/bin"],
            replies: Self.own,
            failures: replies
        )
        #expect(killed.code == 1 && killed.errors == "Error executing handler: signal: killed\n")
    }

    @Test("a change runs the command again")
    func changes() async {
        // 64 KiB and more: a command need not read what it is told.
        let long = "[\"" + String(repeating: "x", count: 200_000) + "\"]"
        let outcome = await run(
            ["watch", "-type=nodes", #"test "$CONSUL_INDEX" = 2"#],
            environment: ["PATH": "/usr/bin:/bin"],
            replies: Self.own,
            failures: [
                "GET /v1/catalog/nodes": Self.reply(long, 2),
                "GET /v1/catalog/nodes?index=2": Self.reply(long, 5),
                "GET /v1/catalog/nodes?index=5": Self.reply("[]", 6),
            ]
        )
        #expect(outcome.code == 1 && outcome.errors == "Error executing handler: exit status 1\n")
        #expect(outcome.requests.count == 4)
    }
}
