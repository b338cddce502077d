// SPDX-License-Identifier: Apache-2.0
import Checks
import Definitions
import HTTPAPI
import HealthChecks
import LocalState
import Logging
import Publication
import StateStore
import Locking

/// This agent's services and checks at work: each change of the local state starts and stops
/// runners and tells the catalog, in the order in which the changes were made.
///
/// A write returns once the catalog has published it: on an agent that is itself the server, the
/// first DNS query after the reply sees it.
final class LocalAgent: Sendable {
    /// The value; never touched across a suspension.
    let state: Lock<LocalState>
    /// One change at a time, so that commands reach the log in the order of the changes.
    let turnstile = Turnstile()
    /// Who waits for a change of a service's definition (`?hash=`).
    let watches = WatchRegistry<LocalTopic>()
    /// The way into the catalog.
    let submitter: any CommandSubmitter
    /// The catalog.
    let snapshots: any SnapshotReader
    /// Where trouble is told.
    let logger: Logger
    /// Checks whose output is told the catalog later (`check_update_interval`).
    private let deferrals: AsyncStream<String>
    private let deferralSink: AsyncStream<String>.Continuation
    /// The runners; set once at start, before the first change.
    private let runners = Lock<CheckSupervisor?>(nil)
    private let scripts: Lock<ScriptPermissions>
    /// The checks that look at others.
    private let aliases = Lock<Set<String>>([])
    /// Where it is kept what is to survive a restart; `nil` with `-dev`.
    let store: AgentStore?
    /// Whether the last state of a TTL check could not be kept, which is told once.
    let isStoreFailing = Lock(false)
    /// The wall clock: milliseconds since 1970.
    let now: @Sendable () -> Int

    /// Which definitions may run scripts.
    struct ScriptPermissions: Sendable {
        /// Those registered over HTTP (`enable_script_checks`).
        var remote: Bool
        /// Those of configuration files (`enable_local_script_checks`).
        var local: Bool
    }

    init(
        state: LocalState,
        scripts: ScriptPermissions,
        store: AgentStore? = nil,
        now: @escaping @Sendable () -> Int = { WallClock.milliseconds },
        submitter: any CommandSubmitter,
        snapshots: any SnapshotReader,
        logger: Logger
    ) {
        self.state = Lock(state)
        self.scripts = Lock(scripts)
        self.store = store
        self.now = now
        self.submitter = submitter
        self.snapshots = snapshots
        self.logger = logger
        (deferrals, deferralSink) = AsyncStream.makeStream(of: String.self)
    }

    /// Connects the runners, which report back to this object.
    func attach(_ supervisor: CheckSupervisor) {
        runners.withLock { $0 = supervisor }
    }

    /// A copy of the local state.
    func read() -> LocalState { state.withLock { $0 } }

    /// Makes one change and carries out what it asks for.
    ///
    /// A change of what is kept over a restart is on the disk before anybody sees it.
    ///
    /// - Throws: ``LocalStateError`` when the state refused it, ``StorageError`` when it could not
    ///   be kept; nothing has changed then. ``SubmitError`` when the catalog could not be told;
    ///   anti-entropy then tells it later.
    func change(
        _ body: @Sendable (inout LocalState) throws -> LocalEffects
    ) async throws {
        await turnstile.enter()
        do {
            let made = try state.withLock { try $0.attempt(body, isKept: store != nil) }
            if let later = made.later {
                try await keep(made.kept)
                state.withLock { _ = $0.exchange(later) }
            }
            let effects = made.effects
            apply(effects)
            await keepStates(effects)
            watches.wake(effects.changedServices.map { .service($0) })
            try await tell(effects.commands)
        } catch {
            await turnstile.leave()
            throw error
        }
        await turnstile.leave()
    }

    /// Refuses a check that could not run here, before anything is registered.
    ///
    /// - Throws: ``CheckRefusal`` with the status and text for the API.
    func verify(_ definition: CheckDefinition) throws(CheckRefusal) {
        guard let supervisor = runners.withLock({ $0 }) else { return }
        let permissions = scripts.withLock { $0 }
        try supervisor.verify(definition, scriptsAllowed: permissions.remote)
    }

    /// A runner's report.
    ///
    /// What cannot be told now is told by anti-entropy.
    func report(check id: String, status: CheckStatus, output: String) async {
        do {
            try await change { $0.report(id, status: status, output: output) }
        } catch {
            logger.warning(
                "check result not synced",
                metadata: ["check": "\(id)", "error": "\(error)"]
            )
        }
    }

    /// A service was critical for too long (`deregister_critical_service_after`).
    func deregisterCritical(service id: String) async {
        logger.info("deregistering critical service", metadata: ["service": "\(id)"])
        do {
            try await change { try $0.deregisterService(id) }
        } catch {
            logger.warning(
                "critical service stays",
                metadata: ["service": "\(id)", "error": "\(error)"]
            )
        }
    }

    /// Gives the node other metadata (`node_meta` is reloadable) and tells the catalog.
    func renameMetadata(to meta: [String: String]) async throws {
        await turnstile.enter()
        state.withLock { state in
            var node = state.node
            let kept = (node.meta ?? [:]).filter { $0.key.hasPrefix("consul-") }
            node.meta = meta.merging(kept) { _, own in own }
            state.node = node
        }
        await turnstile.leave()
        _ = try await synchronize()
    }

    /// Tells the catalog held-back outputs after `interval`, give or take a half; runs until cancelled.
    func flushDeferredOutputs(after interval: Duration) async {
        let reporting = CheckMachine.Reporting(updateInterval: interval)
        var generator = SystemRandomNumberGenerator()
        await withDiscardingTaskGroup { group in
            for await id in deferrals {
                let delay = reporting.delay(using: &generator)
                group.addTask {
                    // Cancelled: the agent stops, and its checks with it.
                    guard (try? await Task.sleep(for: delay)) != nil else { return }
                    // A failure is repaired by anti-entropy.
                    try? await self.change { $0.flushOutput(of: id) }
                }
            }
        }
    }

    /// Lets runners end and begin, and alias checks look at the others.
    func apply(_ effects: LocalEffects) {
        for id in effects.deferredOutputs { deferralSink.yield(id) }
        guard let supervisor = runners.withLock({ $0 }) else { return }
        for id in effects.stopped { supervisor.remove(id: id) }
        let permissions = scripts.withLock { $0 }
        let hasAliases = aliases.withLock { aliases in
            aliases.subtract(effects.stopped)
            for start in effects.started {
                if start.definition.kind == .alias {
                    aliases.insert(start.id)
                } else {
                    aliases.remove(start.id)
                }
            }
            return !aliases.isEmpty
        }
        // A check that changed its state asks for no runner: with thousands of them nothing may be looked through.
        guard hasAliases || !effects.started.isEmpty || !effects.renewed.isEmpty else { return }
        let local = read()
        let checks = local.checks
        // Only alias checks look at the others.
        defer {
            if hasAliases {
                supervisor.localHealthChanged { [weak self] in
                    self.map { LocalHealth($0.read()) } ?? LocalHealth()
                }
            }
        }
        for start in effects.started {
            let isFromFile = checks[start.id]?.source == .file
            do {
                try supervisor.add(
                    start.definition,
                    id: start.id,
                    initial: start.status,
                    initialOutput: start.output,
                    scriptsAllowed: isFromFile ? permissions.local : permissions.remote,
                    origin: isFromFile ? .file : .api
                )
            } catch {
                logger.error(
                    "check does not run",
                    metadata: ["check": "\(start.id)", "error": "\(error)"]
                )
            }
        }
        for id in effects.renewed {
            guard let row = checks[id]?.row else { continue }
            do {
                try supervisor.updateTTL(id: id, status: row.status, output: row.output)
            } catch {
                logger.warning(
                    "TTL not renewed",
                    metadata: ["check": "\(id)", "error": "\(error)"]
                )
            }
        }
    }
}

/// A change that was made, or that is to be made once it is kept.
private struct MadeChange: Sendable {
    /// What it asks for.
    var effects: LocalEffects
    /// What it changes of the things that are kept.
    var kept = KeptChanges()
    /// What it makes of services and checks, if that waits for the disk.
    var later: LocalChanges?
}

extension LocalState {
    /// Makes a change, unless something of it is to be kept first: then all is as it was.
    ///
    /// - Throws: what `body` throws; nothing has changed then.
    fileprivate mutating func attempt(
        _ body: (inout LocalState) throws -> LocalEffects,
        isKept: Bool
    ) throws -> MadeChange {
        _ = takeChanges()
        var made: MadeChange
        do {
            made = MadeChange(effects: try body(&self))
        } catch {
            exchange(takeChanges())
            throw error
        }
        let changes = takeChanges()
        guard isKept else { return made }
        made.kept = keptChanges(since: changes)
        if !made.kept.isEmpty { made.later = exchange(changes) }
        return made
    }
}

/// Lets one caller through at a time, in order of arrival, across suspensions.
actor Turnstile {
    private var isOccupied = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// Waits for its turn.
    func enter() async {
        if !isOccupied {
            isOccupied = true
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    /// Lets the next one through.
    func leave() {
        if waiting.isEmpty {
            isOccupied = false
        } else {
            waiting.removeFirst().resume()
        }
    }
}

extension LocalHealth {
    /// What alias checks may look at: this agent's services and checks as they are now.
    init(_ state: LocalState) {
        self.init(
            serviceIDs: Set(state.services.keys),
            checks: state.checks.values.map { check in
                Check(
                    id: check.row.id,
                    name: check.row.name,
                    serviceID: check.row.serviceID,
                    state: CheckResult(check.row.status, output: check.row.output)
                )
            }
        )
    }
}
