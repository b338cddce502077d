// SPDX-License-Identifier: Apache-2.0
import AgentConfiguration
import Synchronization
import Testing

@testable import Commands

@Suite("exec")
struct ExecCommandTests {
    /// An agent whose key/value store says, read by read, how a job goes.
    private final class Nodes: AgentTransport, Sendable {
        private let listings: Mutex<[[String]]>
        private let values: [String: String]
        let seen = Mutex<[String]>([])

        init(_ listings: [[String]], _ values: [String: String]) {
            self.listings = Mutex(listings)
            self.values = values
        }

        func send(
            _ method: String,
            _ path: String,
            body: [UInt8]?
        ) async throws(TransportFailure) -> AgentReply {
            let text = body.map { " " + String(decoding: $0, as: UTF8.self) } ?? ""
            seen.withLock { $0.append("\(method) \(path)\(text)") }
            func reply(_ text: String, index: UInt64 = 0) -> AgentReply {
                AgentReply(status: 200, body: Array(text.utf8), index: index)
            }
            if path.hasPrefix("/v1/session/create") { return reply(#"{"ID":"s1"}"#) }
            if method != "GET" { return reply("true") }
            if path.contains("keys=") {
                let (keys, left) = listings.withLock { listings in
                    (listings.count > 1 ? listings.removeFirst() : listings[0], listings.count)
                }
                let list = keys.map { "\"_rexec/s1/\($0)\"" }.joined(separator: ",")
                return reply("[\(list)]", index: UInt64(100 - left))
            }
            let key = String(path.dropFirst("/v1/kv/_rexec/s1/".count))
            let value = KVAccess.base64(Array((values[key] ?? "").utf8))
            return reply(
                "[{\"Key\":\"x\",\"Flags\":0,\"Value\":\"\(value)\",\"LockIndex\":0,"
                    + "\"CreateIndex\":1,\"ModifyIndex\":1}]"
            )
        }

        func download(
            _ path: String,
            _ take: ([UInt8]) -> Bool
        ) async throws(TransportFailure) -> AgentReply { try await send("GET", path, body: nil) }

        func upload(
            _ path: String,
            length: Int?,
            _ next: @escaping @Sendable () -> [UInt8]?
        ) async throws(TransportFailure) -> AgentReply { try await send("PUT", path, body: nil) }
    }

    private func run(
        _ arguments: [String],
        over nodes: Nodes,
        input: String = ""
    ) async -> (code: Int32, output: String, errors: String) {
        let (output, errors) = (Sink(), Sink())
        let context = CommandContext(
            program: "waypost",
            environment: [:],
            console: Console(output: { output.add($0) }, errors: { errors.add($0) }),
            files: FilesInMemory(files: [:]),
            input: { Array(input.utf8) },
            connect: { _ in nodes }
        )
        let code = await CommandLineTool(context: context) { _ in 0 }
            .run(["exec", "-wait=20ms", "-wait-repl=0s"] + arguments)
        return (code, output.value, errors.value)
    }

    @Test("output is shown by node; all ended well: 0")
    func success() async {
        // Sorted, as the store lists them.
        let all = ["job", "n1/ack", "n1/exit", "n1/out/00000", "n1/out/00001"]
        let nodes = Nodes(
            [["job"], ["job", "n1/ack"], all],
            ["n1/out/00000": "one\ntwo\n", "n1/exit": "0"]
        )
        let outcome = await run(["-verbose", "-service=web", "uptime", "-p"], over: nodes)
        #expect(outcome.code == 0, "\(outcome.errors)")
        #expect(
            outcome.output == """
                Created remote execution session: s1
                Fired remote execution event
                ==> n1: acknowledged
                    n1: one
                    n1: two
                ==> n1: heartbeat received
                ==> n1: finished with exit code 0
                1 / 1 node(s) completed / acknowledged

                """
        )
        let seen = nodes.seen.withLock { $0 }
        #expect(seen[0].contains(#""Behavior":"delete""#))
        #expect(
            seen[1]
                == "PUT /v1/kv/_rexec/s1/job?acquire=s1 "
                + #"{"Command":"uptime -p","Args":null,"Script":null,"Wait":20000000}"#
        )
        #expect(
            seen[2]
                == "PUT /v1/event/fire/_rexec?service=web "
                + #"{"Prefix":"_rexec","Session":"s1"}"#
        )
        // The session goes before the keys: nobody writes any more.
        let last = ["PUT /v1/session/destroy/s1", "DELETE /v1/kv/_rexec/s1?recurse="]
        #expect(Array(seen.suffix(2)) == last)
    }

    @Test("a command that failed, or did not end: 2")
    func failure() async {
        let failed = Nodes([["job", "n1/ack", "n1/exit"]], ["n1/exit": "3"])
        let outcome = await run(["false"], over: failed)
        #expect(outcome.code == 2 && outcome.output.contains("n1: finished with exit code 3"))
        let hanging = await run(["sleep", "9"], over: Nodes([["job", "n1/ack"]], [:]))
        #expect(hanging.code == 2)
        #expect(hanging.output == "0 / 1 node(s) completed / acknowledged\n")
    }

    @Test("nobody took it up: it is said why that may be")
    func nobody() async {
        let outcome = await run(["uptime"], over: Nodes([["job"]], [:]))
        #expect(outcome.code == 0)
        #expect(outcome.output == "0 / 0 node(s) completed / acknowledged\n")
        #expect(outcome.errors.contains("disable_remote_exec = false"))
    }

    @Test("a script from standard input, and a command without a shell")
    func forms() async {
        let script = Nodes([["job"]], [:])
        _ = await run(["-"], over: script, input: "echo")
        #expect(script.seen.withLock { $0[1] }.contains(#""Script":"ZWNobw==","#))
        let plain = Nodes([["job"]], [:])
        _ = await run(["-shell=false", "ls", "a b"], over: plain)
        #expect(plain.seen.withLock { $0[1] }.contains(#"{"Command":"","Args":["ls","a b"],"#))
    }

    @Test(
        "mistakes are found before anything is asked",
        arguments: [
            ([], "Must specify a command to execute"),
            (["-tag=a", "x"], "Cannot provide tag filter without service filter."),
            (["-node=(", "x"], "Failed to compile node filter regexp: "),
            (["-shell=false", "-"], "Cannot configure -shell=false when reading from stdin"),
            (["-wait=x", "y"], "invalid value \"x\" for flag -wait: "),
        ]
    )
    func mistakes(arguments: [String], text: String) async {
        let nodes = Nodes([[]], [:])
        let outcome = await run(arguments, over: nodes)
        #expect(outcome.code == 1 && outcome.errors.hasPrefix(text), "\(outcome.errors)")
        #expect(nodes.seen.withLock { $0.isEmpty })
    }
}
