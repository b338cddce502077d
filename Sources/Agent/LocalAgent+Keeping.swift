// SPDX-License-Identifier: Apache-2.0
import Definitions
import LocalState
import Logging
import NIOPosix
import RaftLog
import StateStore
import Locking

extension LocalAgent {
    /// Keeps what a change makes of registrations and maintenance modes.
    ///
    /// - Throws: ``StorageError`` when that cannot be; what is kept is as before.
    func keep(_ changes: KeptChanges) async throws {
        guard let store else { return }
        try await onDisk { try store.definitions.keep(changes) }
    }

    /// Keeps the states of the TTL checks that a change is about, before the catalog is told.
    ///
    /// What a check was told counts even if it cannot be kept: a full disk must not turn checks
    /// critical.
    func keepStates(_ effects: LocalEffects) async {
        // Most changes are of a status alone.
        guard let store,
            !effects.renewed.isEmpty || !effects.started.isEmpty || !effects.stopped.isEmpty
        else { return }
        let checks = Set(effects.started.map(\.id) + effects.stopped + effects.renewed)
        await keep(store.ttlStates.changes(of: checks, in: read(), at: now()), in: store)
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

    /// Removes the files of what is to be kept no longer, and writes those of older versions anew.
    private func forget(_ restoration: Restoration) async {
        guard let store else { return }
        await keep(restoration.obsoleteStates.map { ($0, nil) }, in: store)
        let changes = restoration.changes
        guard !changes.isEmpty else { return }
        do {
            try await onDisk { try store.definitions.settle(changes) }
        } catch {
            logger.warning(
                "files of former registrations stay; tried again with later ones",
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
