// SPDX-License-Identifier: Apache-2.0
import DNSZones
import Publication
import RaftLog
import StateStore
import TestSupport
import Testing

@testable import Replication

@Suite("A state that replaces another")
struct RestorationTests {
    private static let layout = LogLayout(
        segmentSize: 64 << 10,
        reserve: 8 << 10,
        batchLimit: 16 << 10
    )

    private static func register(_ port: Int) -> Command {
        .register(
            Registration(
                node: NodeRow(name: "n\(port % 7)", address: "10.0.0.\(port % 7)"),
                service: ServiceRow(node: "", id: "s\(port)", name: "web", port: port)
            )
        )
    }

    /// A state with instances of these ports, whose last index is the given one.
    private static func state(_ ports: [Int], last: UInt64) throws -> StateStore {
        var store = StateStore()
        for (at, port) in ports.enumerated() {
            let place = last - UInt64(ports.count - 1 - at)
            _ = try store.apply(register(port), at: RaftIndex(rawValue: place))
        }
        return store
    }

    private static func ports(_ store: StateStore) -> [Int] {
        store.instances(ofService: "web").value.map(\.service.port).sorted()
    }

    private static func end(_ machine: StateMachine) {
        machine.stop()
        machine.waitUntilEnded()
    }

    @Test("it is there after a stop, with what was written since, wherever its indexes were")
    func restart() async throws {
        for last in [3, 60, 1_000_000] as [UInt64] {
            let disk = Disk()
            // Looked at all the time: the leap of the index makes no other snapshot due.
            let policy = SnapshotPolicy(milliseconds: 1)
            let (machine, _) = try DurabilityTests.machine(
                disk,
                layout: Self.layout,
                policy: policy
            )
            for port in 0..<50 { _ = try await machine.submit(Self.register(port)) }
            let index = try await machine.restore(try Self.state([7000, 7001, 7002], last: last))
            #expect(index.rawValue == max(50, last) + 1)
            #expect(Self.ports(machine.snapshot()) == [7000, 7001, 7002])
            #expect(machine.snapshot().restoredAt == index)
            let next = try await machine.submit(Self.register(8000))
            #expect(next == index.next)
            for _ in 0..<3 { _ = try await machine.submit(Self.register(8000)) }
            Self.end(machine)
            for start in 0..<3 {
                let (again, state) = try DurabilityTests.machine(disk, layout: Self.layout)
                #expect(
                    Self.ports(again.snapshot()) == [7000, 7001, 7002] + Array(8000...8000 + start)
                )
                #expect(again.snapshot().restoredAt == index)
                #expect(state.report.snapshotIndex == index.rawValue)
                _ = try await again.submit(Self.register(8001 + start))
                Self.end(again)
            }
            let names = try disk.snapshots.names()
            #expect(names == [SnapshotName(index: index.rawValue).text])
        }
    }

    @Test("of many the last two snapshots are kept, at once and by the next start")
    func kept() async throws {
        let disk = Disk()
        let (machine, _) = try DurabilityTests.machine(disk, layout: Self.layout)
        for round in 0..<5 {
            _ = try await machine.restore(try Self.state([9000 + round], last: 5))
        }
        Self.end(machine)
        let names = try disk.snapshots.names()
        #expect(names.compactMap { SnapshotName($0) }.count == 2)
        // What a stop before that left there.
        let left = SnapshotName(index: 1).text
        disk.snapshots[left] = disk.snapshots[try #require(names.first)]
        let (again, _) = try DurabilityTests.machine(disk, layout: Self.layout)
        #expect(Self.ports(again.snapshot()) == [9004])
        Self.end(again)
        #expect(try disk.snapshots.names() == names)
    }

    @Test("a second one replaces the first; commands beside it are before it or after it")
    func again() async throws {
        let disk = Disk()
        let (machine, _) = try DurabilityTests.machine(disk, layout: Self.layout)
        for round in 0..<4 {
            let state = try Self.state([9000 + round], last: 500)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for port in 0..<20 {
                    group.addTask { _ = try await machine.submit(Self.register(port)) }
                }
                group.addTask { _ = try await machine.restore(state) }
                try await group.waitForAll()
            }
            let ports = Self.ports(machine.snapshot())
            #expect(ports.last == 9000 + round && ports.filter { $0 >= 9000 }.count == 1)
        }
        let expected = Self.ports(machine.snapshot())
        let last = machine.snapshot().lastIndex
        Self.end(machine)
        let (other, _) = try DurabilityTests.machine(disk, layout: Self.layout)
        #expect(Self.ports(other.snapshot()) == expected)
        #expect(other.snapshot().lastIndex == last)
        Self.end(other)
    }

    @Test("a failure at any operation, then a loss of power: the old state or the new one, whole")
    func faults() async throws {
        var outcomes: Set<String> = []
        for directory in 0..<2 {
            var operation = 0
            while true {
                let disk = Disk()
                let (machine, _) = try DurabilityTests.machine(disk, layout: Self.layout)
                for port in 0..<5 { _ = try await machine.submit(Self.register(port)) }
                let faulty = directory == 0 ? disk.snapshots : disk.log
                // The next segment is made beforehand, by another thread.
                while try !disk.log.names().contains(SegmentName.next) { await Task.yield() }
                let first = faulty.operations
                faulty.fail(at: first + operation)
                let state = try Self.state([7000], last: 40)
                var isAcknowledged = false
                do throws(SubmitError) {
                    _ = try await machine.restore(state)
                    isAcknowledged = true
                } catch {
                    #expect(Self.ports(machine.snapshot()) == Array(0..<5), "\(error)")
                }
                let wasReached = faulty.operations > first + operation
                for seed in 0..<3 {
                    let lost = disk.afterPowerLoss(seed: UInt64(seed))
                    let (again, _) = try DurabilityTests.machine(lost, layout: Self.layout)
                    let ports = Self.ports(again.snapshot())
                    #expect(ports == [7000] || ports == Array(0..<5), "operation \(operation)")
                    if isAcknowledged { #expect(ports == [7000], "operation \(operation)") }
                    outcomes.insert("\(isAcknowledged) \(ports.count)")
                    let index = try await again.submit(Self.register(8000))
                    #expect(index > again.snapshot().restoredAt)
                    Self.end(again)
                    let left = try lost.snapshots.names()
                    #expect(left.allSatisfy { SnapshotName($0) != nil }, "\(left)")
                    let (third, _) = try DurabilityTests.machine(lost, layout: Self.layout)
                    #expect(Self.ports(third.snapshot()) == ports + [8000])
                    Self.end(third)
                }
                Self.end(machine)
                operation += 1
                if !wasReached { break }
            }
            #expect(operation > 2)
        }
        #expect(outcomes.isSuperset(of: ["true 1", "false 5"]), "\(outcomes)")
    }

    @Test("without space nothing has changed, and the next one succeeds")
    func full() async throws {
        let disk = Disk()
        let (machine, _) = try DurabilityTests.machine(disk, layout: Self.layout)
        _ = try await machine.submit(Self.register(1))
        disk.snapshots.fail(at: disk.snapshots.operations + 1, .full)
        let state = try Self.state([7000], last: 40)
        await #expect(throws: SubmitError.storageFull) { try await machine.restore(state) }
        #expect(Self.ports(machine.snapshot()) == [1])
        #expect(try disk.snapshots.names().isEmpty)
        _ = try await machine.submit(Self.register(2))
        _ = try await machine.restore(state)
        #expect(Self.ports(machine.snapshot()) == [7000])
        Self.end(machine)
    }

    @Test("its snapshot is missing: the server does not start, and says what is missing")
    func missing() async throws {
        let disk = Disk()
        let (machine, _) = try DurabilityTests.machine(disk, layout: Self.layout)
        _ = try await machine.submit(Self.register(1))
        let index = try await machine.restore(try Self.state([7000], last: 1))
        Self.end(machine)
        try disk.snapshots.remove(SnapshotName(index: index.rawValue).text)
        let problem = #expect(throws: DurabilityProblem.self) {
            try DurableState.open(disk.places, layout: Self.layout)
        }
        #expect(problem?.message.contains("restored at index \(index.rawValue) is missing") == true)
    }

    @Test("snapshots go on after it: the log behind them goes, the state comes back")
    func snapshots() async throws {
        let disk = Disk()
        let written = Noted(0)
        let policy = SnapshotPolicy(entries: 100, milliseconds: 1, trailing: 100)
        let (machine, _) = try DurabilityTests.machine(
            disk,
            layout: Self.layout,
            policy: policy
        ) { event in if case .snapshotWritten = event { written.note { $0 += 1 } } }
        for port in 0..<150 { _ = try await machine.submit(Self.register(port)) }
        let index = try await machine.restore(try Self.state([7000], last: 100_000))
        var port = 0
        let before = written.current
        while written.current < before + 3 || port < 400 {
            _ = try await machine.submit(Self.register(port % 100))
            port += 1
        }
        Self.end(machine)
        let names = try disk.snapshots.names().compactMap { SnapshotName($0) }
        #expect(names.count == 2 && names.allSatisfy { $0.index > index.rawValue })
        let (again, _) = try DurabilityTests.machine(disk, layout: Self.layout, policy: policy)
        #expect(Self.ports(again.snapshot()) == Array(0..<100) + [7000])
        #expect(again.snapshot().restoredAt == index)
        Self.end(again)
    }

    @Test("without a log too; everybody who watches is woken, whatever they watch")
    func inMemory() async throws {
        let machine = try StateMachine(settings: DurabilityTests.settings(), zones: ZoneSet())
        defer { machine.stop() }
        _ = try await machine.submit(Self.register(1))
        let watches = ([.key("k"), .nodes, .service("none")] as [WatchTopic]).map {
            machine.watches.register([$0])
        }
        let index = try await machine.restore(try Self.state([7000], last: 40))
        #expect(index.rawValue == 41)
        for watch in watches { #expect(await watch.wait(until: .now + .seconds(60))) }
        #expect(Self.ports(machine.snapshot()) == [7000])
        #expect(try await machine.submit(Self.register(2)) == index.next)
    }

    @Test("lock-delays last in the restored state as long as they had left")
    func time() async throws {
        let disk = Disk()
        let (machine, _) = try DurabilityTests.machine(disk, layout: Self.layout)
        var store = try Self.state([1], last: 1)
        _ = try store.apply(
            Self.register(2),
            at: RaftIndex(rawValue: 2),
            time: LogTime(rawValue: 90_000_000)
        )
        _ = try await machine.restore(store)
        _ = try await machine.submit(Self.register(3))
        let time = machine.snapshot().time.rawValue
        #expect(time >= 90_000_000 && time < 90_600_000)
        Self.end(machine)
        let (again, _) = try DurabilityTests.machine(disk, layout: Self.layout)
        #expect(again.snapshot().time.rawValue == time)
        Self.end(again)
    }
}
