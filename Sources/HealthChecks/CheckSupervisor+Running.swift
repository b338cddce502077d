// SPDX-License-Identifier: Apache-2.0
import Checks
import Definitions
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

extension CheckSupervisor {
    /// Runs the checks until the task is cancelled or the service group shuts down.
    ///
    /// To be called once only.
    public func run() async throws {
        await cancelWhenGracefulShutdown { await self.runUntilCancelled() }
        state.withLock { $0.stop() }
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
        meters.note(order.kind, found.status, since: start)
        logger.trace(
            "check ran",
            metadata: ["check": "\(order.id)", "status": "\(found.status.rawValue)"]
        )
        state.withLock { state in
            guard state.entries[order.id]?.generation == order.generation else { return }
            state.entries[order.id]?.latch = nil
            advance(order.id, in: &state) { machine, now, generator in
                machine.finish(found, at: now, using: &generator)
            }
        }
    }

    /// Lets an alias follow another node until the check is removed.
    private func follow(_ alias: RemoteAlias, _ order: RunOrder) async {
        _ = await order.latch.run {
            await self.catalog.follow(node: alias.node) { health in
                let verdict = health.verdict(of: alias.serviceID, node: alias.node)
                self.state.withLock { state in
                    guard state.entries[order.id]?.generation == order.generation else { return }
                    self.advance(order.id, in: &state) { machine, now, generator in
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
        guard var entry = state.entries[id] else { return }
        let effects = event(&entry.machine, Self.now, &state.generator)
        for effect in effects {
            switch effect {
            case .run:
                guard let runner = entry.runner else { continue }
                let latch = CancellationLatch()
                entry.latch = latch
                state.newOrder.yield(
                    RunOrder(
                        id: id,
                        generation: entry.generation,
                        kind: entry.machine.plan.kind,
                        work: .run(runner),
                        latch: latch
                    )
                )
            case .report(let result):
                state.post(.report(checkID: id, result))
            case .deregister(let serviceID):
                state.post(.deregister(serviceID: serviceID))
            case .schedule(let timer, let deadline):
                entry.timers.removeValue(forKey: timer)?.cancel()
                let generation = entry.generation
                entry.timers[timer] = eventLoop.scheduleTask(deadline: Self.instant(deadline)) {
                    self.fire(timer, id: id, generation: generation)
                }
            case .cancel(let timer):
                entry.timers.removeValue(forKey: timer)?.cancel()
            }
        }
        state.entries[id] = entry
    }

    /// Lets an alias begin to follow another node.
    func beginFollowing(_ alias: RemoteAlias, _ id: String, in state: inout SupervisorState) {
        guard var entry = state.entries[id] else { return }
        let latch = CancellationLatch()
        entry.latch = latch
        state.newOrder.yield(
            RunOrder(
                id: id,
                generation: entry.generation,
                kind: .alias,
                work: .follow(alias),
                latch: latch
            )
        )
        state.entries[id] = entry
    }

    /// Lets an alias look at the local checks again; nothing for other kinds.
    func followAlias(_ id: String, in state: inout SupervisorState) {
        guard let service = state.entries[id]?.aliasedService else { return }
        let verdict = state.local.verdict(
            ofAlias: id,
            of: service,
            node: configuration.nodeName
        )
        advance(id, in: &state) { machine, now, generator in
            machine.follow(verdict, at: now, using: &generator)
        }
    }

    private func fire(_ timer: CheckTimer, id: String, generation: UInt64) {
        state.withLock { state in
            guard state.entries[id]?.generation == generation else { return }
            advance(id, in: &state) { machine, now, generator in
                machine.fire(timer, at: now, using: &generator)
            }
        }
    }

    // The clock of the event loop: a timer never goes off before the machine finds it due.
    private static var now: Duration {
        .nanoseconds(Int64(clamping: NIODeadline.now().uptimeNanoseconds))
    }

    private static func instant(_ time: Duration) -> NIODeadline {
        .uptimeNanoseconds(UInt64(clamping: GoDuration.nanoseconds(time)))
    }
}
