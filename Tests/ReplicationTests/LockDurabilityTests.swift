// SPDX-License-Identifier: Apache-2.0
import RaftLog
import StateStore
import TestSupport
import Testing

@testable import Replication

@Suite("Durability of keys and sessions")
struct LockDurabilityTests {
    private static let one = "11111111-2222-3333-4444-555555555551"
    private static let two = "11111111-2222-3333-4444-555555555552"
    private static let layout = LogLayout(
        segmentSize: 256 << 10,
        reserve: 8 << 10,
        batchLimit: 64 << 10
    )

    private static func machine(
        _ disk: Disk,
        policy: SnapshotPolicy = .init(),
        onEvent: @escaping @Sendable (DurabilityEvent) -> Void = { _ in }
    ) throws -> (StateMachine, DurableState) {
        try DurabilityTests.machine(disk, layout: layout, policy: policy, onEvent: onEvent)
    }

    private static func frames(_ store: StateStore) -> [[UInt8]] {
        var frames: [[UInt8]] = []
        store.writeSnapshot(frameLength: 200) { frames.append($0) }
        return frames
    }

    private static func lock(_ key: String, _ session: String) -> Command {
        .kv(KVOperation(.lock, key, value: [1], session: session))
    }

    private static func session(_ id: String) -> Command {
        // The longest delay, so that it does not end while the test runs.
        .session(SessionChange(.create, SessionRow(id: id, node: "n", lockDelay: .seconds(60))))
    }

    @Test(
        "keys, locks, lock-delays and the time are there after a stop, octet by octet",
        arguments: [false, true]
    )
    func restart(hasSnapshot: Bool) async throws {
        let disk = Disk()
        let written = Noted<UInt64>(0)
        let policy = SnapshotPolicy(
            entries: hasSnapshot ? 1 : .max,
            milliseconds: hasSnapshot ? 1 : 30_000
        )
        let (machine, _) = try Self.machine(disk, policy: policy) { event in
            if case .snapshotWritten(let index, _, _) = event { written.note { $0 = index } }
        }
        for command in [
            .register(Registration(node: NodeRow(name: "n", address: "10.0.0.1"))),
            Self.session(Self.one), Self.lock("lost", Self.one),
            .kv(KVOperation(.set, "gone", value: [2])), .kv(KVOperation(.delete, "gone")),
            .session(.destroy(id: Self.one)),
        ] as [Command] { _ = try await machine.submit(command) }
        while hasSnapshot, written.current < 6 { await Task.yield() }
        machine.stop()
        machine.waitUntilEnded()
        let first = machine.snapshot()
        #expect(first.time > .zero && first.lastIndex == RaftIndex(rawValue: 6))

        let (again, state) = try Self.machine(disk)
        #expect(state.report.snapshotIndex == (hasSnapshot ? 6 : 0))
        #expect(Self.frames(state.store) == Self.frames(first))
        _ = try await again.submit(Self.session(Self.two))
        await #expect(throws: SubmitError.refused(.lockRefused)) {
            try await again.submit(Self.lock("lost", Self.two))
        }
        _ = try await again.submit(Self.lock("held", Self.two))
        let outcome = try await again.perform(
            .transaction(Transaction([.kv(KVOperation(.set, "set", value: [3]))]))
        )
        #expect(outcome.index == RaftIndex(rawValue: 10) && outcome.results.count == 1)
        again.stop()
        again.waitUntilEnded()
        let second = again.snapshot()
        #expect(second.time >= first.time)

        let (third, last) = try Self.machine(disk)
        #expect(last.report.entries == (hasSnapshot ? 4 : 10))
        #expect(Self.frames(last.store) == Self.frames(second))
        #expect(last.store.entry("held").value?.session == Self.two)
        #expect(last.store.entry("lost").value?.session == "")
        await #expect(throws: SubmitError.refused(.lockRefused)) {
            try await third.submit(Self.lock("lost", Self.two))
        }
        third.stop()
        third.waitUntilEnded()
    }
}
