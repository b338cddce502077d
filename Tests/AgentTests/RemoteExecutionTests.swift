// SPDX-License-Identifier: Apache-2.0
import Events
import Foundation
import HTTPAPI
import LocalState
import Logging
import NIOPosix
import StateStore
import Testing

@testable import Agent

@Suite("The agent's side of exec", .timeLimit(.minutes(1)))
struct RemoteExecutionTests {
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private static func execution(_ store: JobStore) -> RemoteExecution {
        RemoteExecution(
            node: "agent1",
            snapshots: store,
            submitter: store,
            eventLoops: MultiThreadedEventLoopGroup.singleton,
            logger: logger
        )
    }

    /// The event that tells of the job in a store.
    private static func event(
        session: String = JobStore.session,
        node: String = ""
    ) -> UserEvent {
        UserEvent(
            id: "1",
            name: UserEvent.remoteExecutionName,
            payload: Array(#"{"Prefix":"_rexec","Session":"\#(session)"}"#.utf8),
            filter: EventFilter(node: node)
        )
    }

    /// Takes up events until so many ends of jobs were tried to be told, then stops; what was begun
    /// is over then.
    private func run(_ store: JobStore, _ events: [UserEvent], ends: Int = 1) async {
        let execution = Self.execution(store)
        for event in events { execution.take(event) }
        await withTaskGroup { group in
            group.addTask { try? await execution.run() }
            var left = ends
            for await write in store.tried where left > 0 {
                if write.key == "exit" { left -= 1 }
                if left == 0 { break }
            }
            group.cancelAll()
        }
    }

    @Test("a job is acknowledged, its outputs are told in order, then its exit code")
    func outputs() async throws {
        let store = try JobStore(
            job:
                #"{"Args":["/bin/sh","-c","printf one; printf two >&2; exit 3"],"Wait":2000000000}"#
        )
        await run(store, [Self.event()])
        let keys = store.writes.map(\.key)
        #expect(keys.first == "ack" && keys.last == "exit" && keys.count >= 3)
        #expect(keys.dropFirst().dropLast().allSatisfy { $0.hasPrefix("out/") })
        #expect(String(decoding: store.output, as: UTF8.self) == "onetwo")
        #expect(store.writes.last?.text == "3")
        #expect(store.writes.allSatisfy { $0.isTaken })
        let ended = store.snapshot().entry("\(JobStore.directory)/agent1/exit").value
        #expect(ended?.session == JobStore.session)
    }

    @Test("a long output is told in parts of 4096 octets, which are numbered")
    func parts() async throws {
        let store = try JobStore(
            job: #"{"Command":"head -c 10000 /dev/zero | tr '\\0' x","Wait":2000000000}"#
        )
        await run(store, [Self.event()])
        let parts = store.writes.filter { $0.key.hasPrefix("out/") && !$0.value.isEmpty }
        #expect(parts.count >= 3 && parts.allSatisfy { $0.value.count <= 4096 })
        #expect(store.output == Array(repeating: UInt8(ascii: "x"), count: 10000))
        #expect(parts.first?.key == "out/00000")
        #expect(store.writes.last?.text == "0")
    }

    @Test(
        "a command is run by the shell, a script is read by one, words are run as they are",
        arguments: [
            (#""Command":"echo $((1+2))""#, "3\n", "0"),
            (#""Script":"\#(Data("echo a\nexit 7\n".utf8).base64EncodedString())""#, "a\n", "7"),
            (#""Command":"no","Args":["printf","%s","a b"]"#, "a b", "0"),
            (#""Args":["/bin/sh","-c","kill -9 $$"]"#, "", "1"),
        ]
    )
    func kinds(members: String, output: String, code: String) async throws {
        let store = try JobStore(job: "{\(members),\"Wait\":2000000000}")
        await run(store, [Self.event()])
        #expect(String(decoding: store.output, as: UTF8.self) == output)
        #expect(store.writes.last?.text == code)
    }

    @Test("what cannot be started is told as output, with the code 255")
    func notFound() async throws {
        let store = try JobStore(job: #"{"Args":["no-such-program"]}"#)
        await run(store, [Self.event()])
        #expect(store.writes.map(\.key) == ["ack", "out/00000", "exit"])
        #expect(
            String(decoding: store.output, as: UTF8.self)
                == #"exec: "no-such-program": executable file not found in $PATH"#
        )
        #expect(store.writes.last?.text == "255")
    }

    @Test("a silent command gives signs of life, and is killed when its session ends")
    func silence() async throws {
        // The shortest silence, 100 ms, counts for a wait of nothing.
        let store = try JobStore(job: #"{"Args":["sleep","60"]}"#, endingAfter: "out/00000")
        await run(store, [Self.event()])
        let writes = store.writes
        #expect(writes.map(\.key) == ["ack", "out/00000", "out/00001", "exit"])
        #expect(writes.map(\.isTaken) == [true, true, false, false])
        #expect(writes.dropLast().allSatisfy(\.value.isEmpty) && writes.last?.text == "255")
    }

    @Test("a command that prints is killed when its output cannot be told")
    func unheard() async throws {
        let store = try JobStore(
            job: #"{"Args":["/bin/sh","-c","echo a; exec sleep 60"],"Wait":60000000000}"#,
            endingAfter: "ack"
        )
        await run(store, [Self.event()])
        #expect(store.writes.map(\.isTaken) == [true, false, false])
        #expect(store.writes.last == .init(key: "exit", value: Array("255".utf8), isTaken: false))
    }

    @Test(
        "nothing is run without a job that the session holds",
        arguments: [
            (nil, ""), (#"{"Args":["true"]}"#, ""), ("no JSON", nil), (nil, nil),
        ] as [(String?, String?)]
    )
    func noJob(job: String?, lastKey: String?) async throws {
        let store = try JobStore(job: job, endingAfter: lastKey)
        var broken = Self.event()
        broken.payload = Array("{}".utf8)
        let execution = Self.execution(store)
        for event in [broken, Self.event(session: "other"), Self.event()] {
            await execution.perform(event)
        }
        #expect(store.writes.isEmpty)
    }

    @Test("sixteen events may wait; more are left out")
    func limit() async throws {
        let store = try JobStore(job: #"{"Args":["true"],"Wait":2000000000}"#)
        await run(store, Array(repeating: Self.event(), count: 20), ends: 16)
        #expect(store.writes.filter { $0.key == "ack" }.count == 16)
        #expect(store.writes.filter { $0.key == "exit" }.count == 16)
    }

    @Test("events for others are not taken up, and none where commands of others are not run")
    func choice() async throws {
        let store = try JobStore(job: #"{"Args":["true"],"Wait":2000000000}"#)
        let local = LocalAgent(
            state: LocalState(node: NodeRow(name: "agent1", address: "127.0.0.1")),
            scripts: .init(remote: false, local: false),
            submitter: store,
            snapshots: store,
            logger: Self.logger
        )
        let deaf = EventExchange(node: "agent1", local: local, logger: Self.logger)
        deaf.receive(Self.event())
        #expect(deaf.board.events().isEmpty)

        let execution = Self.execution(store)
        let exchange = EventExchange(
            node: "agent1",
            local: local,
            remote: execution,
            logger: Self.logger
        )
        exchange.receive(Self.event(node: "^agent2$"))
        exchange.receive(Self.event(node: "^agent1$"))
        await withTaskGroup { group in
            group.addTask { try? await execution.run() }
            for await write in store.tried where write.key == "exit" { break }
            group.cancelAll()
        }
        // The first of them would have been taken up too, and was begun before.
        #expect(store.writes.map(\.key) == ["ack", "exit"])
        #expect(exchange.board.events().isEmpty)
    }
}
