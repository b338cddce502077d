// SPDX-License-Identifier: Apache-2.0
import Checks
import Definitions
import Logging
import NIOCore
import ServiceLifecycle
import Locking

extension CheckSupervisor {
    /// Runs the checks until the task is cancelled or the service group shuts down.
    ///
    /// To be called once only.
    public func run() async throws {
        state.withLock { $0.isRunning = true }
        await cancelWhenGracefulShutdown { await self.runUntilCancelled() }
        state.withLock { $0.stop() }
        environment.names.stop()
        for loop in eventLoopGroup.makeIterator() {
            // What was called off is closed then. What is lost: that the loop has ended.
            try? await loop.submit {}.get()
        }
        await environment.clients.shutdown()
    }

    private func runUntilCancelled() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.deliver() }
            for await order in orders {
                group.addTask { await self.execute(order) }
            }
            group.cancelAll()
        }
    }

    private func execute(_ order: RunOrder) async {
        switch order.work {
        case .run(let runner): await run(runner, order)
        case .follow(let alias): await follow(alias, order)
        }
    }

    /// Runs a check once and hands what was found to its machine.
    private func run(_ runner: CheckRunner, _ order: RunOrder) async {
        let start = ContinuousClock.now
        let found = await order.latch.run { await runner.run(in: self.environment) }
        guard let found, !Task.isCancelled else { return }
        take(found, order.check, since: start)
    }

    /// Hands what a run found to the machine of its check.
    private func take(
        _ found: CheckResult,
        _ check: RunningCheck,
        since start: ContinuousClock.Instant
    ) {
        meters.note(check.kind, found.status, since: start)
        logger.trace(
            "check ran",
            metadata: ["check": "\(check.id)", "status": "\(found.status.rawValue)"]
        )
        state.withLock { state in
            guard state.entries[check.id]?.generation == check.generation else { return }
            state.entries[check.id]?.callOff = nil
            advance(check.id, in: &state) { machine, now, generator in
                machine.finish(found, at: now, using: &generator)
            }
        }
    }

    /// Runs an HTTP check once, on this loop and without a task.
    private func exchange(_ probe: HTTPProbe, _ check: RunningCheck, on loop: any EventLoop) {
        let start = ContinuousClock.now
        let result = loop.makePromise(of: CheckResult.self)
        let isWanted = state.withLock { state in
            guard state.entries[check.id]?.generation == check.generation else { return false }
            state.entries[check.id]?.callOff = { result.fail(CancellationError()) }
            return true
        }
        guard isWanted else { return result.fail(CancellationError()) }
        result.futureResult.whenSuccess { self.take($0, check, since: start) }
        probe.start(in: environment, on: loop, result)
    }

    /// Lets an alias follow another node until the check is removed.
    private func follow(_ alias: RemoteAlias, _ order: RunOrder) async {
        _ = await order.latch.run {
            await self.catalog.follow(node: alias.node) { health in
                let verdict = health.verdict(of: alias.serviceID, node: alias.node)
                self.state.withLock { state in
                    guard state.entries[order.check.id]?.generation == order.check.generation else {
                        return
                    }
                    self.advance(order.check.id, in: &state) { machine, now, generator in
                        machine.follow(verdict, at: now, using: &generator)
                    }
                }
            }
        }
    }

    /// Delivers notices one after another, so that nobody hears of an older state last.
    private func deliver() async {
        for await _ in wakeUps {
            for notice in state.withLock({ $0.takeNotices() }) where !Task.isCancelled {
                switch notice {
                case .report(let checkID, let result):
                    logger.debug(
                        "check changed",
                        metadata: ["check": "\(checkID)", "status": "\(result.status.rawValue)"]
                    )
                    await report(checkID, result.status, result.output)
                case .deregister(let serviceID):
                    logger.warning(
                        "service was critical for too long and is deregistered",
                        metadata: ["service": "\(serviceID)"]
                    )
                    await deregister(serviceID)
                }
            }
        }
    }
}

extension CheckSupervisor {
    /// Gives a machine an event and carries out its effects; under the lock.
    ///
    /// Nothing here calls out: runs and notices go to streams, timers to the event loop.
    func advance(
        _ id: String,
        in state: inout SupervisorState,
        _ event: (
            inout CheckMachine, Duration, inout SystemRandomNumberGenerator
        ) -> [CheckEffect]
    ) {
        // In place: a copy of an entry would copy its tables when they are changed.
        guard let index = state.entries.index(forKey: id) else { return }
        let now = Self.now
        let generation = state.entries.values[index].generation
        let effects = event(&state.entries.values[index].machine, now, &state.generator)
        for effect in effects {
            switch effect {
            case .run: begin(id, index, in: &state)
            case .report(let result):
                state.post(.report(checkID: id, result))
            case .deregister(let serviceID):
                state.post(.deregister(serviceID: serviceID))
            case .schedule(let timer, let deadline):
                state.timers.set(.init(generation: generation, timer: timer), of: id, at: deadline)
            case .cancel(let timer):
                state.timers.clear(.init(generation: generation, timer: timer))
            }
        }
        setAlarm(in: &state)
    }

    /// Lets a run begin: of an HTTP check as soon as its loop comes to it, of others in a task.
    private func begin(
        _ id: String,
        _ index: [String: SupervisorState.Entry].Index,
        in state: inout SupervisorState
    ) {
        let entry = state.entries[index].value
        guard let runner = entry.runner else { return }
        let check = RunningCheck(
            id: id,
            generation: entry.generation,
            kind: entry.machine.plan.kind
        )
        if case .http(let probe) = runner, state.isRunning {
            // Handshakes are shared out among the threads; for others a second one costs more.
            let loop = probe.isSecure ? eventLoopGroup.next() : eventLoop
            loop.execute { self.exchange(probe, check, on: loop) }
        } else {
            let latch = CancellationLatch()
            state.entries.values[index].callOff = { latch.cancel() }
            state.newOrder.yield(RunOrder(check: check, work: .run(runner), latch: latch))
        }
    }

    /// Lets an alias begin to follow another node.
    func beginFollowing(_ alias: RemoteAlias, _ id: String, in state: inout SupervisorState) {
        guard let entry = state.entries[id] else { return }
        let latch = CancellationLatch()
        state.entries[id]?.callOff = { latch.cancel() }
        state.newOrder.yield(
            RunOrder(
                check: RunningCheck(id: id, generation: entry.generation, kind: .alias),
                work: .follow(alias),
                latch: latch
            )
        )
    }

    /// Sees to it that ``fire()`` is called for the next timer.
    private func setAlarm(in state: inout SupervisorState) {
        guard !state.isStopped, let next = state.timers.next else { return }
        let deadline = Self.alarmTime(for: next)
        if let alarm = state.alarm {
            guard deadline < alarm.deadline else { return }
            alarm.scheduled.cancel()
        }
        state.alarm = SupervisorState.Alarm(
            deadline: deadline,
            scheduled: eventLoop.scheduleTask(deadline: deadline) { self.fire() }
        )
    }

    /// Tells the checks whose timers have gone off.
    private func fire() {
        let late = state.withLock { state in
            state.alarm = nil
            var late: [Duration] = []
            for due in state.timers.takeDue(at: Self.now)
            where state.entries[due.id]?.generation == due.key.generation {
                if due.key.timer == .run { late.append(Self.now - due.deadline) }
                advance(due.id, in: &state) { machine, now, generator in
                    machine.fire(due.key.timer, at: now, using: &generator)
                }
            }
            setAlarm(in: &state)
            return late
        }
        meters.note(late: late)
    }

    // The clock of the event loop: a timer never goes off before the machine finds it due.
    static var now: Duration {
        .nanoseconds(Int64(clamping: NIODeadline.now().uptimeNanoseconds))
    }

    /// When the loop is to look at timers that are due at a time: up to 1 ms later, so that among
    /// thousands of runs a second one wake-up does for several.
    ///
    /// A longer step would let checks that began apart come together: whatever is due within a
    /// step begins at once, and counts its interval from there.
    private static func alarmTime(for time: Duration) -> NIODeadline {
        let step: UInt64 = 1_000_000
        let steps = UInt64(clamping: GoDuration.nanoseconds(time)) / step + 1
        let (nanoseconds, overflows) = steps.multipliedReportingOverflow(by: step)
        return overflows ? .distantFuture : .uptimeNanoseconds(nanoseconds)
    }
}
