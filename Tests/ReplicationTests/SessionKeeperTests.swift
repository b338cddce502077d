// SPDX-License-Identifier: Apache-2.0
import StateStore
import Synchronization
import Testing

@testable import Replication

@Suite("Sessions with a TTL")
struct SessionKeeperTests {
    /// A state that counts who waits to be told.
    private final class State: CommandSubmitter, SnapshotReader {
        let store = Mutex(StateStore())
        let refusals = Mutex<[SubmitError]>([])

        func perform(_ command: Command) async throws(SubmitError) -> CommandOutcome {
            if let refusal = refusals.withLock({ $0.popLast() }) { throw refusal }
            let result: Result<CommandOutcome, CommandRefusal> = store.withLock { store in
                let index = store.lastIndex.next
                do throws(CommandRefusal) {
                    _ = try store.apply(command, at: index)
                    return .success(CommandOutcome(index: index))
                } catch { return .failure(error) }
            }
            do throws(CommandRefusal) { return try result.get() } catch { throw .refused(error) }
        }

        func snapshot() -> StateStore { store.withLock { $0 } }
    }

    private static func session(_ number: Int, ttl: String = "10s") -> SessionRow {
        SessionRow(id: "11111111-2222-3333-4444-55555555555\(number)", node: "n", ttl: ttl)
    }

    /// A state with a node and sessions.
    private static func state(_ sessions: [SessionRow]) async throws -> State {
        let state = State()
        _ = try await state.submit(.register(Registration(node: NodeRow(name: "n", address: "x"))))
        for session in sessions {
            _ = try await state.submit(.session(SessionChange(.create, session)))
        }
        return state
    }

    @Test("one that is not renewed ends after twice its TTL, one without a TTL never")
    func ends() async throws {
        let rows = [Self.session(1), Self.session(2, ttl: "30s"), Self.session(3, ttl: "")]
        let state = try await Self.state(rows)
        let keeper = SessionKeeper(submitter: state, snapshots: state)
        let start = ContinuousClock.now
        for row in rows { keeper.begin(row) }
        #expect(keeper.count == 2)
        #expect(await keeper.endDue(at: start + .seconds(19)))
        #expect(state.snapshot().sessions().value.count == 3)
        #expect(await keeper.endDue(at: .now + .seconds(20)))
        #expect(state.snapshot().sessions().value.map(\.id) == [rows[1].id, rows[2].id])
        #expect(await keeper.endDue(at: .now + .seconds(86_400)))
        #expect(state.snapshot().sessions().value.map(\.id) == [rows[2].id])
        #expect(keeper.count == 0)
    }

    @Test("an end that could not be submitted is tried again; after the stop there is none")
    func retries() async throws {
        let row = Self.session(1)
        let state = try await Self.state([row])
        let keeper = SessionKeeper(submitter: state, snapshots: state)
        keeper.begin(row)
        state.refusals.withLock { $0 = [.stopped, .overloaded] }
        let due = ContinuousClock.now + .seconds(20)
        #expect(await keeper.endDue(at: due))
        #expect(keeper.count == 1)
        #expect(await keeper.endDue(at: due))
        #expect(await !keeper.endDue(at: due + .seconds(1)))
        #expect(state.snapshot().sessions().value.count == 1)
    }

    @Test("one that ended otherwise is left alone")
    func gone() async throws {
        let row = Self.session(1)
        let state = try await Self.state([row])
        let keeper = SessionKeeper(submitter: state, snapshots: state)
        keeper.begin(row)
        _ = try await state.submit(.session(.destroy(id: row.id)))
        let index = state.snapshot().lastIndex
        #expect(await keeper.endDue(at: .now + .seconds(20)))
        #expect(state.snapshot().lastIndex == index)
        keeper.begin(row)
        keeper.end(row.id)
        #expect(keeper.count == 0)
    }

    @Test("while it runs it ends what was there before it, and what comes", .timeLimit(.minutes(1)))
    func runs() async throws {
        let state = try await Self.state([Self.session(1, ttl: "1ms"), Self.session(2)])
        let keeper = SessionKeeper(submitter: state, snapshots: state)
        let task = Task { await keeper.run() }
        while state.snapshot().sessions().value.count == 2 { await Task.yield() }
        let late = Self.session(3, ttl: "1ms")
        _ = try await state.submit(.session(SessionChange(.create, late)))
        keeper.begin(late)
        while state.snapshot().sessions().value.count == 2 { await Task.yield() }
        #expect(state.snapshot().sessions().value.map(\.id) == [Self.session(2).id])
        task.cancel()
        await task.value
    }

    @Test("deadlines come out in order, and only the last that was set", arguments: 1...5)
    func order(seed: Int) {
        let start = ContinuousClock.now
        var deadlines = SessionDeadlines()
        var model: [String: Int] = [:]
        var number = UInt64(seed)
        func next(_ limit: UInt64) -> Int {
            number = number &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((number >> 33) % limit)
        }
        var now = 0
        for _ in 0..<4000 {
            let id = "s\(next(40))"
            switch next(10) {
            case 0:
                deadlines.remove(id)
                model[id] = nil
            case 1:
                now += next(30)
                let due = deadlines.takeDue(at: start + .seconds(now))
                let expected = model.filter { $0.value <= now }
                #expect(Set(due) == Set(expected.keys) && due.count == expected.count)
                #expect(due.map { expected[$0] ?? 0 } == expected.values.sorted())
                for id in due { model[id] = nil }
            default:
                let end = now + 1 + next(100)
                deadlines.set(id, start + .seconds(end))
                model[id] = end
            }
            #expect(deadlines.count == model.count)
        }
    }
}
