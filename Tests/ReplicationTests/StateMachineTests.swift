// SPDX-License-Identifier: Apache-2.0
import DNSAnswers
import DNSWire
import DNSZones
import Publication
import StateStore
import Synchronization
import Testing

@testable import Replication

@Suite("State machine")
struct StateMachineTests {
    private static func settings(nodeTTL: UInt32 = 0) throws -> DNSSettings {
        var settings = DNSSettings(
            domain: try DomainName(text: "consul."),
            datacenter: "dc1",
            nodeName: "n1"
        )
        settings.nodeTTL = nodeTTL
        return settings
    }

    private static func machine(
        isStarted: Bool = true,
        limit: Int = StateMachine.queueLimit
    ) throws -> StateMachine {
        StateMachine(
            settings: try settings(),
            zones: ZoneSet(),
            isStarted: isStarted,
            limit: limit
        )
    }

    private static func register(_ node: String, _ name: String) -> Command {
        .register(
            Registration(
                node: NodeRow(name: node, address: "127.0.0.1"),
                service: ServiceRow(node: node, id: name, name: name)
            )
        )
    }

    @Test("many submitters at once each read what they wrote, at the index they were told")
    func readYourWrite() async throws {
        let machine = try Self.machine()
        defer { machine.stop() }
        let indexes = try await withThrowingTaskGroup(of: RaftIndex.self) { group in
            for number in 0..<2000 {
                group.addTask {
                    let index = try await machine.submit(
                        Self.register("n\(number % 50)", "s\(number)")
                    )
                    let store = machine.snapshot()
                    #expect(store.lastIndex >= index)
                    let found = store.instances(ofService: "s\(number)")
                    #expect(found.value.count == 1)
                    #expect(found.index >= index)
                    return index
                }
            }
            var indexes: [RaftIndex] = []
            for try await index in group { indexes.append(index) }
            return indexes
        }
        #expect(Set(indexes).count == 2000)
        #expect(indexes.max() == machine.snapshot().lastIndex)
        #expect(machine.snapshot().lastIndex == RaftIndex(rawValue: 2000))
    }

    @Test("commands of one submitter are applied in their order")
    func order() async throws {
        let machine = try Self.machine()
        defer { machine.stop() }
        var last = RaftIndex.zero
        for number in 0..<100 {
            let index = try await machine.submit(Self.register("n", "s\(number % 3)"))
            #expect(index > last)
            last = index
        }
    }

    @Test("a refused command tells why, and takes an index")
    func refusal() async throws {
        let machine = try Self.machine()
        defer { machine.stop() }
        let refusal = await #expect(throws: SubmitError.self) {
            try await machine.submit(.register(Registration(node: NodeRow(name: "", address: "x"))))
        }
        #expect(refusal == .refused(.invalid("Must provide node")))
        #expect(try await machine.submit(Self.register("n", "s")) == RaftIndex(rawValue: 2))
    }

    @Test("a full queue refuses as overload and applies what it took")
    func overload() async throws {
        let machine = try Self.machine(isStarted: false, limit: 3)
        defer { machine.stop() }
        try await withThrowingTaskGroup(of: Result<RaftIndex, any Error>.self) { group in
            for number in 0..<8 {
                group.addTask {
                    do {
                        return .success(try await machine.submit(Self.register("n", "s\(number)")))
                    } catch {
                        return .failure(error)
                    }
                }
            }
            // With three waiting, the other five return; only then the thread begins.
            var outcomes: [Result<RaftIndex, any Error>] = []
            while outcomes.count < 8, let outcome = try await group.next() {
                outcomes.append(outcome)
                if outcomes.count == 5 { machine.start() }
            }
            let refused = outcomes.prefix(5).compactMap { outcome in
                if case .failure(let error) = outcome { error as? SubmitError } else { nil }
            }
            #expect(refused == Array(repeating: .overloaded, count: 5))
            let applied = outcomes.suffix(3).compactMap { try? $0.get() }
            #expect(Set(applied.map(\.rawValue)) == [1, 2, 3])
        }
    }

    @Test("stop lets everybody go on, and whoever comes later too")
    func stop() async throws {
        let machine = try Self.machine(isStarted: false)
        await withTaskGroup(of: SubmitError?.self) { group in
            for number in 0..<10 {
                group.addTask {
                    do throws(SubmitError) {
                        _ = try await machine.submit(Self.register("n", "s\(number)"))
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            while machine.pendingCount < 10 { await Task.yield() }
            machine.stop()
            for await error in group { #expect(error == .stopped) }
        }
        await #expect(throws: SubmitError.stopped) {
            try await machine.submit(Self.register("n", "late"))
        }
        await machine.publishZones(ZoneSet())
        #expect(machine.snapshot().lastIndex == .zero)
    }

    @Test("who is woken reads what woke it; who watches something else is left alone")
    func watches() async throws {
        let machine = try Self.machine()
        defer { machine.stop() }
        let before = machine.snapshot().instances(ofService: "web")
        let watch = machine.watches.register(before.topics)
        let other = machine.watches.register(
            machine.snapshot().instances(ofService: "api").topics
        )
        async let isWoken = watch.wait(until: .now + .seconds(60))
        let index = try await machine.submit(Self.register("n", "web"))
        #expect(await isWoken)
        #expect(machine.snapshot().instances(ofService: "web").index == index)
        #expect(await !other.wait(until: .now))
        // What changes nothing wakes nobody.
        let quiet = machine.watches.register(before.topics)
        _ = try await machine.submit(Self.register("n", "web"))
        #expect(await !quiet.wait(until: .now))
    }

    @Test("a command that many wait for is seen by all of them in the published state")
    func manyWatches() async throws {
        let machine = try Self.machine()
        defer { machine.stop() }
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<1000 {
                group.addTask {
                    let watch = machine.watches.register([.service("web")])
                    if machine.snapshot().instances(ofService: "web").value.isEmpty {
                        guard await watch.wait(until: .now + .seconds(60)) else { return false }
                    }
                    return machine.snapshot().instances(ofService: "web").value.count == 1
                }
            }
            group.addTask {
                (try? await machine.submit(Self.register("n", "web"))) != nil
            }
            for await isRight in group { #expect(isRight) }
        }
    }

    @Test("settings and zones are published with the state and stay when commands follow")
    func settingsAndZones() async throws {
        let machine = try Self.machine()
        defer { machine.stop() }
        let generation = machine.cell.generation
        await machine.publishSettings(try Self.settings(nodeTTL: 7))
        #expect(machine.cell.generation > generation)
        #expect(machine.cell.read().settings.nodeTTL == 7)
        await machine.publishZones(ZoneSet())
        _ = try await machine.submit(Self.register("n", "web"))
        let snapshot = machine.cell.read()
        #expect(snapshot.settings.nodeTTL == 7)
        #expect(snapshot.store.instances(ofService: "web").value.count == 1)
    }

    @Test("zones are answered on the fast line when publishing them has returned")
    @safe
    func publishedZones() async throws {
        let machine = try Self.machine()
        defer { machine.stop() }
        let reader = machine.makeViewReader()
        reader.enter()
        var responder = unsafe Responder(root: reader.root, seed: 1, batch: 1)
        reader.leave()
        let start = UnsafeMutableRawPointer.allocate(byteCount: 1024, alignment: 64)
        defer { unsafe start.deallocate() }
        let apex = try DomainName(text: "corp")
        let query = try Message(
            header: Header(id: 1),
            questions: [Question(name: apex, type: .soa, class: .in)]
        )
        .encoded()
        for serial: UInt32 in [7, 8] {
            let soa = StartOfAuthority(
                primary: apex,
                mailbox: apex,
                serial: serial,
                refresh: 1,
                retry: 1,
                expire: 1,
                minimum: 1
            )
            let zone = try Zone.make(
                apex: apex,
                records: [
                    ResourceRecord(name: apex, ttl: 1, data: .soa(soa)),
                    ResourceRecord(
                        name: apex,
                        ttl: 1,
                        data: .ns(try DomainName(text: "ns.example"))
                    ),
                ]
            )
            await machine.publishZones(ZoneSet(zones: [zone]))
            for (index, octet) in query.enumerated() {
                unsafe start.storeBytes(of: octet, toByteOffset: index, as: UInt8.self)
            }
            reader.enter()
            responder.beginBatch(now: 0)
            let kind = unsafe responder.route(start, length: query.count, slot: 0)
            #expect(kind == .fast)
            responder.locate(0)
            let length = unsafe responder.answer(start, slot: 0, capacity: 900, transport: .udp)
            reader.leave()
            let reply = (0..<length).map {
                unsafe start.load(fromByteOffset: $0, as: UInt8.self)
            }
            #expect(try Message(decoding: reply).answers.map(\.data) == [.soa(soa)])
        }
    }

    @Test("readers of the view can be made at any time, also while commands are applied")
    func readers() async throws {
        let machine = try Self.machine()
        defer { machine.stop() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<50 {
                group.addTask { _ = try await machine.submit(Self.register("n", "s\(number)")) }
                group.addTask {
                    let reader = machine.makeViewReader()
                    reader.enter()
                    reader.leave()
                }
            }
            try await group.waitForAll()
        }
        #expect(machine.snapshot().serviceNames().value.count == 50)
    }

    @Test("the thread ends when the machine is gone")
    func release() async throws {
        weak var cell: SnapshotCell<DNSSnapshot>?
        do {
            let machine = try Self.machine()
            _ = try await machine.submit(Self.register("n", "web"))
            cell = machine.cell
        }
        // The thread lets its loop go soon after the queue is stopped.
        let deadline = ContinuousClock.now + .seconds(30)
        while cell != nil, .now < deadline { await Task.yield() }
        #expect(cell == nil)
    }
}
