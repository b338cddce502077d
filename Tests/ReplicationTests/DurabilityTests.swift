// SPDX-License-Identifier: Apache-2.0
import DNSAnswers
import DNSWire
import DNSZones
import RaftLog
import StateStore
import Synchronization
import TestSupport
import Testing

@testable import Replication

@Suite("Durability of one server")
struct DurabilityTests {
    private static let layout = LogLayout(
        segmentSize: 256 << 10,
        reserve: 8 << 10,
        batchLimit: 64 << 10
    )

    private static func register(_ number: Int) -> Command {
        .register(
            Registration(
                node: NodeRow(name: "n\(number % 7)", address: "10.0.0.\(number % 7)"),
                service: ServiceRow(node: "", id: "s\(number)", name: "web", port: number)
            )
        )
    }

    /// A machine over a disk in memory, with what it began from.
    static func machine(
        _ disk: Disk,
        layout: LogLayout = layout,
        policy: SnapshotPolicy = .init(),
        onEvent: @escaping @Sendable (DurabilityEvent) -> Void = { _ in },
        onMeasurement: @escaping ReplicationMeasurement.Observer = { _ in }
    ) throws -> (StateMachine, DurableState) {
        let state = try DurableState.open(disk.places, layout: layout)
        let machine = try StateMachine(
            settings: settings(),
            zones: ZoneSet(),
            durable: state,
            policy: policy,
            onEvent: onEvent,
            onMeasurement: onMeasurement
        )
        return (machine, state)
    }

    static func settings() throws -> DNSSettings {
        DNSSettings(domain: try DomainName(text: "consul."), datacenter: "dc1", nodeName: "n1")
    }

    private static func ports(_ store: StateStore) -> [Int] {
        store.instances(ofService: "web").value.map(\.service.port).sorted()
    }

    @Test(
        "what writes take is told: each entry once when it is durable and once when it is applied"
    )
    func measurements() async throws {
        let told = Mutex<[ReplicationMeasurement]>([])
        let (machine, _) = try Self.machine(
            Disk(),
            onMeasurement: { measurement in told.withLock { $0.append(measurement) } }
        )
        for number in 0..<5 { _ = try await machine.submit(Self.register(number)) }
        // Told before whoever waits is.
        var (dispatched, applied) = (0, 0)
        for measurement in told.withLock({ $0 }) {
            switch measurement {
            case .dispatched(let entries, let took):
                dispatched += entries
                #expect(took > .zero)
            case .applied(let entries, let took):
                applied += entries
                #expect(took > .zero)
            }
        }
        #expect(dispatched == 5 && applied == 5)
        await machine.publishZones(ZoneSet())
        #expect(told.withLock { $0.count } <= 10)
        machine.stop()
    }

    @Test("what was acknowledged is there after a stop, at the same indexes")
    func restart() async throws {
        let disk = Disk()
        var count = 0
        for _ in 0..<3 {
            let (machine, state) = try Self.machine(disk)
            #expect(Self.ports(machine.snapshot()) == Array(0..<count))
            #expect(state.report.entries == count)
            for _ in 0..<20 {
                let index = try await machine.submit(Self.register(count))
                count += 1
                #expect(index == RaftIndex(rawValue: UInt64(count)))
                #expect(Self.ports(machine.snapshot()).count == count)
            }
            machine.stop()
            machine.waitUntilEnded()
        }
    }

    @Test("a refused command is refused again when it is read, and takes its index")
    func refusals() async throws {
        let disk = Disk()
        let (machine, _) = try Self.machine(disk)
        _ = try await machine.submit(Self.register(1))
        await #expect(throws: SubmitError.self) {
            try await machine.submit(
                .register(Registration(node: NodeRow(name: "", address: "10.0.0.1")))
            )
        }
        let last = try await machine.submit(Self.register(2))
        #expect(last.rawValue == 3)
        machine.stop()
        machine.waitUntilEnded()
        let (again, _) = try Self.machine(disk)
        defer { again.stop() }
        #expect(Self.ports(again.snapshot()) == [1, 2])
        #expect(again.snapshot().lastIndex == last)
    }

    @Test("many writers at once; power is lost at any moment: nothing acknowledged is missing")
    func powerLoss() async throws {
        for seed in 0..<6 {
            let disk = Disk()
            let acknowledged = Noted<[Int]>([])
            let (machine, _) = try Self.machine(disk)
            let lost = await withTaskGroup(of: Void.self, returning: Disk.self) { group in
                for writer in 0..<8 {
                    group.addTask {
                        for number in 0..<12 {
                            let port = writer * 100 + number
                            guard (try? await machine.submit(Self.register(port))) != nil else {
                                return
                            }
                            acknowledged.note { $0.append(port) }
                        }
                    }
                }
                // As many acknowledgements as the seed says, then the image is taken.
                while acknowledged.current.count < seed * 16 { await Task.yield() }
                let known = acknowledged.current
                let lost = disk.afterPowerLoss(seed: UInt64(seed))
                lost.acknowledged = known
                await group.waitForAll()
                return lost
            }
            machine.stop()
            machine.waitUntilEnded()
            let (again, _) = try Self.machine(lost)
            let found = Set(Self.ports(again.snapshot()))
            #expect(found.isSuperset(of: lost.acknowledged), "seed \(seed)")
            again.stop()
            again.waitUntilEnded()
        }
    }

    @Test("another policy for snapshots counts at once, without waiting for the old interval")
    func changedPolicy() async throws {
        let (events, told) = AsyncStream.makeStream(of: UInt64.self)
        let hourly = SnapshotPolicy(milliseconds: 3_600_000)
        let (machine, _) = try Self.machine(Disk(), policy: hourly) { event in
            if case .snapshotWritten(let index, _, _) = event { told.yield(index) }
        }
        let index = try await machine.submit(Self.register(1))
        machine.update(SnapshotPolicy(entries: 1, milliseconds: 3_600_000))
        let written = await events.first { _ in true }
        #expect(written == index.rawValue)
        machine.stop()
        machine.waitUntilEnded()
    }

    @Test("octets of the log count for the next snapshot whatever starts lie between them")
    func octetsBeforeStart() async throws {
        let disk = Disk()
        let hourly = SnapshotPolicy(milliseconds: 3_600_000)
        let value = [UInt8](repeating: 1, count: 30_000)
        func put(_ machine: StateMachine) async throws {
            _ = try await machine.submit(.kv(KVOperation(.set, "big", value: value)))
        }
        let (first, _) = try Self.machine(disk, policy: hourly)
        try await put(first)
        first.stop()
        first.waitUntilEnded()
        let (events, told) = AsyncStream.makeStream(of: UInt64.self)
        let (machine, state) = try Self.machine(disk, policy: hourly) { event in
            if case .snapshotWritten(let index, _, _) = event { told.yield(index) }
        }
        #expect(state.report.octets > 30_000)
        try await put(machine)
        machine.update(SnapshotPolicy(octets: 50_000, milliseconds: 3_600_000))
        let index = await events.first { _ in true }
        #expect(index == machine.snapshot().lastIndex.rawValue)
        machine.stop()
        machine.waitUntilEnded()
    }

    @Test("snapshots are written, two are kept, and the log behind them goes")
    func snapshots() async throws {
        let disk = Disk()
        let written = Noted(0)
        let layout = LogLayout(segmentSize: 64 << 10, reserve: 8 << 10, batchLimit: 16 << 10)
        let policy = SnapshotPolicy(entries: 400, milliseconds: 1, trailing: 500)
        let (machine, _) = try Self.machine(disk, layout: layout, policy: policy) { event in
            if case .snapshotWritten = event { written.note { $0 += 1 } }
        }
        var count = 0
        while written.current < 5 || count < 3000 {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<200 {
                    let port = (count + number) % 250
                    group.addTask { _ = try await machine.submit(Self.register(port)) }
                }
                try await group.waitForAll()
            }
            count += 200
        }
        machine.stop()
        machine.waitUntilEnded()
        let names = try disk.snapshots.names().compactMap { SnapshotName($0) }
        #expect(names.count == 2)
        let segments = try disk.log.names().compactMap { SegmentName($0) }.sorted()
        #expect((segments.first?.sequence ?? 0) > 1, "segments behind the snapshots are gone")
        let expected = Self.ports(machine.snapshot())
        let (again, state) = try Self.machine(disk, layout: layout)
        #expect(state.report.snapshotIndex == names.map(\.index).max())
        #expect(Self.ports(again.snapshot()) == expected)
        #expect(again.snapshot().lastIndex == machine.snapshot().lastIndex)
        #expect(state.report.warnings.isEmpty)
        again.stop()
        again.waitUntilEnded()

        // The newest one is damaged: the older one and the log stand for it.
        let newest = try #require(names.max())
        disk.snapshots[newest.text][disk.snapshots[newest.text].count / 2] ^= 1
        let (third, fallen) = try Self.machine(disk, layout: layout)
        #expect(fallen.report.warnings.count == 1)
        #expect(fallen.report.warnings[0].contains(newest.text))
        #expect(fallen.report.snapshotIndex == names.map(\.index).min())
        #expect(Self.ports(third.snapshot()) == expected)
        third.stop()
        third.waitUntilEnded()

        // Both are damaged, and the log begins after them.
        let older = try #require(names.min())
        disk.snapshots[older.text][disk.snapshots[older.text].count / 2] ^= 1
        let problem = #expect(throws: DurabilityProblem.self) {
            try DurableState.open(disk.places, layout: layout)
        }
        #expect(problem?.message.contains("/log") == true)
    }

    @Test("a full disk refuses writes and goes on answering; later writes are accepted")
    func full() async throws {
        let disk = Disk()
        let events = Noted<[DurabilityEvent]>([])
        let (machine, _) = try Self.machine(disk) { event in events.note { $0.append(event) } }
        _ = try await machine.submit(Self.register(0))
        disk.log.state.withLock { $0.isFull = true }
        var refusal: SubmitError?
        var count = 1
        while refusal == nil, count < 1000 {
            do throws(SubmitError) {
                _ = try await machine.submit(Self.register(count))
                count += 1
            } catch {
                refusal = error
            }
        }
        #expect(refusal == .storageFull)
        #expect(Self.ports(machine.snapshot()) == Array(0..<count))
        disk.log.state.withLock { $0.isFull = false }
        _ = try await machine.submit(Self.register(count))
        machine.stop()
        machine.waitUntilEnded()
        #expect(events.current == [.storageFull, .storageAvailable])
        let (again, _) = try Self.machine(disk)
        defer { again.stop() }
        #expect(Self.ports(again.snapshot()) == Array(0...count))
    }

    @Test("a disk that fails ends the server: nobody is told of success")
    func failure() async throws {
        let disk = Disk()
        let events = Noted<[DurabilityEvent]>([])
        let (machine, _) = try Self.machine(disk) { event in events.note { $0.append(event) } }
        _ = try await machine.submit(Self.register(0))
        disk.log.state.withLock { $0.isDead = true }
        await #expect(throws: SubmitError.stopped) { try await machine.submit(Self.register(1)) }
        await #expect(throws: SubmitError.stopped) { try await machine.submit(Self.register(2)) }
        machine.stop()
        machine.waitUntilEnded()
        let failures = events.current.filter {
            if case .logFailed = $0 { true } else { false }
        }
        #expect(failures.count == 1)
    }

    @Test("a command larger than an entry may be is refused, those beside it are not")
    func tooLarge() async throws {
        let disk = Disk()
        let (machine, _) = try Self.machine(disk)
        defer { machine.stop() }
        var row = ServiceRow(node: "", id: "big", name: "big")
        row.meta = ["k": String(repeating: "x", count: LogLoop.commandLimit)]
        let command = Command.register(
            Registration(node: NodeRow(name: "n", address: "10.0.0.1"), service: row)
        )
        async let small = machine.submit(Self.register(1))
        await #expect(throws: SubmitError.tooLarge(limit: LogLoop.commandLimit)) {
            try await machine.submit(command)
        }
        _ = try await small
    }

    @Test("a value of some MiB is there after a stop, between small ones")
    func largeValue() async throws {
        let disk = Disk()
        let layout = LogLayout(segmentSize: 16 << 20)
        let value = [UInt8](repeating: 7, count: 7 << 20)
        for isFirst in [true, false] {
            let (machine, state) = try Self.machine(disk, layout: layout)
            if isFirst {
                async let before = machine.submit(.kv(KVOperation(.set, "a", value: [1])))
                async let large = machine.submit(.kv(KVOperation(.set, "b", value: value)))
                _ = try await (before, large)
                // It does not fit into the first segment any more.
                _ = try await machine.submit(.kv(KVOperation(.set, "c", value: value)))
            } else {
                #expect(state.store.entry("a").value?.value == [1])
                #expect(state.store.entry("b").value?.value == value)
                #expect(state.store.entry("c").value?.value == value)
            }
            machine.stop()
            machine.waitUntilEnded()
        }
    }

    @Test("a lost identity beside a log is refused, a first start that was cut short is not")
    func identity() async throws {
        let disk = Disk()
        let (machine, _) = try Self.machine(disk)
        _ = try await machine.submit(Self.register(0))
        machine.stop()
        machine.waitUntilEnded()
        try disk.root.remove(LogIdentity.fileName)
        let problem = #expect(throws: DurabilityProblem.self) {
            try DurableState.open(disk.places, layout: Self.layout)
        }
        #expect(problem?.message.contains("identity") == true)

        let whole = Disk()
        _ = try DurableState.open(whole.places, layout: Self.layout)
        for part in 0..<2 {
            for operation in 0..<(part == 0 ? whole.root : whole.log).operations {
                let cut = Disk()
                (part == 0 ? cut.root : cut.log).fail(at: operation)
                #expect(throws: DurabilityProblem.self) {
                    try DurableState.open(cut.places, layout: Self.layout)
                }
                let after = cut.afterPowerLoss(seed: 1)
                let (machine, _) = try Self.machine(after)
                _ = try await machine.submit(Self.register(0))
                machine.stop()
                machine.waitUntilEnded()
            }
        }
    }

    @Test("two agents cannot have the same directory")
    func lock() throws {
        let directory = try TemporaryDirectory()
        let first = try DurableState.open(dataDirectory: directory.path, layout: Self.layout)
        let problem = #expect(throws: DurabilityProblem.self) {
            try DurableState.open(dataDirectory: directory.path, layout: Self.layout)
        }
        #expect(problem?.message.contains("locked by another agent, process") == true)
        #expect(first.report == DurableState.Report())
    }

    @Test("on a real disk: what was acknowledged is there after a stop")
    func realDisk() async throws {
        let directory = try TemporaryDirectory()
        for start in 0..<3 {
            let state = try DurableState.open(dataDirectory: directory.path, layout: Self.layout)
            #expect(Self.ports(state.store) == Array(0..<(start * 30)))
            let machine = try StateMachine(
                settings: DNSSettings(
                    domain: try DomainName(text: "consul."),
                    datacenter: "dc1",
                    nodeName: "n1"
                ),
                zones: ZoneSet(),
                durable: state,
                onEvent: { _ in }
            )
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<30 {
                    group.addTask {
                        _ = try await machine.submit(Self.register(start * 30 + number))
                    }
                }
                try await group.waitForAll()
            }
            machine.stop()
            machine.waitUntilEnded()
            // Free at once, though this machine and what was found still exist.
            let free = try DurableState.open(dataDirectory: directory.path, layout: Self.layout)
            #expect(free.store.lastIndex == machine.snapshot().lastIndex)
            #expect(state.report.entries == start * 30)
        }
    }
}
