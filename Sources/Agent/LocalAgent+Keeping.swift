// SPDX-License-Identifier: Apache-2.0
import Definitions
import LocalState
import Logging
import NIOPosix
import RaftLog
import StateStore
import Locking

extension LocalAgent {
    /// Keeps what a change made of registrations, maintenance modes and states of TTL checks, before
    /// the catalog is told.
    ///
    /// - Throws: ``StorageError`` when a registration could not be kept. What a TTL check was told
    ///   counts even if it cannot be kept: a full disk must not turn checks critical.
    func keep(_ effects: LocalEffects) async throws {
        guard let store else { return }
        // Most changes are of a status alone.
        let isOfStatus =
            effects.changedServices.isEmpty && effects.started.isEmpty && effects.stopped.isEmpty
            && effects.maintained.isEmpty && effects.renewed.isEmpty
        if isOfStatus { return }
        let state = read()
        let checks = Set(effects.started.map(\.id) + effects.stopped)
        if !effects.changedServices.isEmpty || !checks.isEmpty || !effects.maintained.isEmpty {
            try await onDisk {
                try store.definitions.keep(
                    state,
                    services: Set(effects.changedServices),
                    checks: checks,
                    maintenance: Set(effects.maintained)
                )
            }
        }
        await keep(
            store.ttlStates.changes(of: checks.union(effects.renewed), in: state, at: now()),
            in: store
        )
    }

    private func keep(_ changes: [TTLStateStore.Change], in store: AgentStore) async {
        guard !changes.isEmpty else { return }
        do {
            try await onDisk { try store.ttlStates.keep(changes) }
            isStoreFailing.withLock { $0 = false }
        } catch {
            let wasFailing = isStoreFailing.withLock { isFailing in
                defer { isFailing = true }
                return isFailing
            }
            if wasFailing { return }
            logger.warning(
                "states of TTL checks are not kept for a restart",
                metadata: ["error": "\(Self.reason(of: error))"]
            )
        }
    }

    /// Begins: takes up what was kept before the last stop and what the files of the configuration
    /// say, lets checks run, and makes the catalog agree.
    ///
    /// What the catalog does not take now, as when the disk is full, is told by anti-entropy: the agent starts.
    ///
    /// - Throws: ``LocalStateError`` when the configuration does not fit, ``StorageError`` when what
    ///   was kept cannot be read, ``SubmitError/stopped``.
    func start(services: [ServiceDefinition], checks: [CheckDefinition]) async throws {
        var kept = KeptRegistrations()
        if let store {
            let (loaded, problems) = try await onDisk { try store.load() }
            for problem in problems { logger.error("not taken up: \(problem)") }
            kept = loaded
        }
        let taken = kept
        let catalog = snapshots.snapshot()
        let time = now()
        await turnstile.enter()
        do {
            let restoration = try state.withLock { state in
                try state.start(
                    with: taken,
                    services: services,
                    checks: checks,
                    catalog: catalog,
                    at: time
                )
            }
            for problem in restoration.problems { logger.error("\(problem)") }
            var effects = LocalEffects()
            effects.started = restoration.started
            apply(effects)
            await forget(restoration)
        } catch {
            await turnstile.leave()
            throw error
        }
        await turnstile.leave()
        do throws(SubmitError) {
            _ = try await synchronize()
        } catch {
            if error == .stopped { throw error }
            logger.error(
                "not everything of this agent is in the catalog; tried again",
                metadata: ["error": "\(error)"]
            )
        }
    }

    /// Removes the files of what is to be kept no longer.
    private func forget(_ restoration: Restoration) async {
        guard let store else { return }
        let state = read()
        await keep(restoration.obsoleteStates.map { ($0, nil) }, in: store)
        do {
            try await onDisk {
                try store.definitions.keep(
                    state,
                    services: restoration.obsoleteServices,
                    checks: restoration.obsoleteChecks,
                    maintenance: restoration.obsoleteChecks
                )
            }
        } catch {
            logger.warning(
                "files of former registrations stay",
                metadata: ["error": "\(Self.reason(of: error))"]
            )
        }
    }

    private static func reason(of error: any Error) -> String {
        (error as? StorageError)?.message ?? "\(error)"
    }

    /// Does what may wait for the disk on a thread that may wait.
    private func onDisk<Value: Sendable>(
        _ work: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await NIOThreadPool.singleton.runIfActive(work)
    }
}
