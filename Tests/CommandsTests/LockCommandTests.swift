// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Commands

@Suite("lock", .timeLimit(.minutes(1)))
struct LockCommandTests {
    private static let key = "/v1/kv/p/.lock"

    /// An agent at which session `s` holds the mutex below `p`.
    private static func held(by session: String = "s") -> [String: String] {
        let pair = """
            [{"LockIndex":1,"Key":"p/.lock","Flags":3304740253564472344,"Value":null,
              "Session":"\(session)","CreateIndex":3,"ModifyIndex":4}]
            """
        return [
            "PUT /v1/session/create": #"{"ID":"s"}"#,
            "PUT /v1/session/destroy/s": "true",
            "GET \(key)?consistent=": pair,
            "GET \(key)?consistent=&index=1&wait=15000ms": pair,
            "PUT \(key)?flags=3304740253564472344&release=s": "true",
        ]
    }

    @Test("CLI-033 CLI-034 the command runs while the lock is held, its failure counts if asked")
    func runs() async {
        for (flags, line, code, reason) in [
            ([], "exit 7", 0, "exit status 7"),
            (["-child-exit-code"], "exit 7", 2, "exit status 7"),
            (["-child-exit-code"], #"test "$CONSUL_LOCK_HELD" = true"#, 0, ""),
            (["-shell=false", "-child-exit-code"], "false", 2, "exit status 1"),
            (["-child-exit-code"], "kill -9 $$", 2, "signal: killed"),
        ] as [([String], String, Int32, String)] {
            let outcome = await run(["lock"] + flags + ["/p", line], replies: Self.held())
            #expect(outcome.code == code)
            #expect(
                outcome.errors == (reason.isEmpty ? "" : "Error running handler: \(reason)\n")
            )
            let create = outcome.requests.first ?? ""
            #expect(create.hasPrefix("PUT /v1/session/create {\"Name\":\"Consul lock for '"))
            #expect(create.hasSuffix("at 'p'\",\"TTL\":\"15s\",\"Behavior\":\"release\"}"))
            #expect(
                outcome.requests.contains("PUT \(Self.key)?flags=3304740253564472344&release=s ")
            )
            #expect(outcome.requests.last == "PUT /v1/session/destroy/s")
        }
    }

    @Test("a command that does not start has failed")
    func absent() async {
        for (flags, name, code, reason) in [
            ([], "/no/such", 0, "fork/exec /no/such: no such file or directory"),
            (["-child-exit-code"], "/no/such", 2, "fork/exec /no/such: no such file or directory"),
            (
                ["-child-exit-code"], "no-such-command", 2,
                "exec: \"no-such-command\": executable file not found in $PATH"
            ),
        ] as [([String], String, Int32, String)] {
            let outcome = await run(
                ["lock", "-shell=false"] + flags + ["p", name],
                replies: Self.held()
            )
            #expect(outcome.code == code)
            #expect(outcome.errors == "Error starting handler: \(reason)\n")
            #expect(outcome.requests.last == "PUT /v1/session/destroy/s")
        }
    }

    @Test("with -verbose each step is said")
    func verbose() async {
        var replies = Self.held()
        let busy = await run("lock", "-verbose", "p", "true", replies: replies)
        #expect(
            busy.output == """
                Setting up lock at path: p/.lock
                Attempting lock acquisition
                Starting handler
                Child terminated, releasing lock
                Cleanup aborted, lock in use

                """
        )
        let second = await run("lock", "-verbose", "-n=2", "p", "true", replies: replies)
        #expect(second.output.hasPrefix("Setting up semaphore (limit 2) at prefix: p\n"))
        replies["GET \(Self.key)?consistent="] = "[]"
        replies["PUT \(Self.key)?acquire=s&flags=3304740253564472344"] = "true"
        let lost = await run("lock", "-verbose", "p", "sleep 60", replies: replies)
        #expect(lost.output.contains("\nTerminating child pid ") && lost.code == 1)
        #expect(lost.output.hasSuffix("\nChild terminated\nCleanup succeeded\n"))
    }

    @Test("what cannot be given back is said, and 1")
    func notReleased() async {
        var replies = Self.held()
        replies["PUT \(Self.key)?flags=3304740253564472344&release=s"] = nil
        let outcome = await run("lock", "p", "true", replies: replies)
        #expect(outcome.code == 1 && outcome.errors.hasPrefix("Lock release failed: Put \"http://"))
    }

    @Test("a lock that is free is acquired; the key goes when nobody needs it")
    func free() async {
        var replies = Self.held()
        let free = """
            [{"LockIndex":1,"Key":"p/.lock","Flags":3304740253564472344,"Value":null,
              "CreateIndex":3,"ModifyIndex":4}]
            """
        replies["GET \(Self.key)?consistent="] = free
        replies["PUT \(Self.key)?acquire=s&flags=3304740253564472344"] = "true"
        replies["DELETE \(Self.key)?cas=4"] = "true"
        let outcome = await run("lock", "p", "sleep 60", replies: replies)
        // The key that is read shows no holder: the lock is lost, the command is ended.
        #expect(outcome.code == 1 && outcome.errors == "Lock lost, killing child\n")
        #expect(outcome.requests.contains("DELETE \(Self.key)?cas=4"))
    }

    @Test("a key of another use, and a time that is over")
    func refused() async {
        var replies = Self.held(by: "other")
        let late = await run("lock", "-timeout=1ms", "p", "true", replies: replies)
        #expect(late.code == 1)
        #expect(
            late.errors == "Shutdown triggered or timeout during lock acquisition\n"
                || late.errors.hasPrefix("Lock acquisition failed: Get ")
        )
        replies["GET \(Self.key)?consistent="] =
            #"[{"LockIndex":0,"Key":"p/.lock","Flags":0,"CreateIndex":3,"ModifyIndex":4}]"#
        let other = await run("lock", "p", "true", replies: replies)
        #expect(other.code == 1)
        #expect(
            other.errors == "Lock acquisition failed: Existing key does not match lock use\n"
        )
        #expect(other.requests.last == "PUT /v1/session/destroy/s")
    }

    @Test("several holders: a key for each, and a list of who holds")
    func semaphore() async {
        let flags = "flags=16210313421097356768"
        let contender = """
            {"LockIndex":1,"Key":"p/s","Flags":16210313421097356768,"Value":null,"Session":"s",
             "CreateIndex":3,"ModifyIndex":4}
            """
        let outcome = await run(
            "lock",
            "-n=2",
            "-name=w",
            "p",
            "true",
            replies: [
                "PUT /v1/session/create": #"{"ID":"s"}"#,
                "PUT /v1/session/destroy/s": "true",
                "PUT /v1/kv/p/s?acquire=s&\(flags)": "true",
                "GET /v1/kv/p/?consistent=&recurse=": "[\(contender)]",
                "PUT /v1/kv/p/.lock?cas=0&\(flags)": "true",
                "DELETE /v1/kv/p/s": "true",
            ]
        )
        #expect(
            outcome.requests.first
                == #"PUT /v1/session/create {"Name":"w","TTL":"15s","Behavior":"delete"}"#
        )
        #expect(
            outcome.requests.contains(
                #"PUT /v1/kv/p/.lock?cas=0&\#(flags) {"Holders":{"s":true},"Limit":2}"#
            )
        )
        #expect(outcome.requests.contains("DELETE /v1/kv/p/s"))
    }

    @Test("mistakes")
    func mistakes() async {
        #expect(
            await run("lock", "p").errors
                .hasPrefix("Key prefix and child command must be specified\n")
        )
        #expect(
            await run("lock", "-n=0", "p", "true").errors == "Lock holder limit must be positive\n"
        )
        #expect(
            await run("lock", "-timeout=-1s", "p", "true").errors == "Timeout must be positive\n"
        )
        let retry = await run("lock", "-monitor-retry=-1", "p", "true")
        #expect(retry.code == 1 && retry.requests.isEmpty)
        #expect(retry.errors == "Number for 'monitor-retry' must be >= 0\n")
    }
}
