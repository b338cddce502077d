// SPDX-License-Identifier: Apache-2.0
public import DNSAnswers
public import DNSZones
public import Publication
public import StateStore

/// The one writer of this server: applies commands in index order on a thread of its own and
/// publishes what came of them.
///
/// For each group of commands that wait: (1) the state changes, (2) the DNS view follows, (3) both
/// are published, (4) watchers are woken and submitters resumed. So whoever is woken, and whoever
/// submitted, reads what it was told of, over HTTP and DNS alike.
///
/// It owns the memory of the DNS view: it must outlive every ``ViewReader`` it made.
public final class StateMachine: CommandSubmitter, SnapshotReader {
    /// The most commands that wait to be applied; more are refused as overload.
    public static let queueLimit = 4096

    /// What was published last.
    public var cell: SnapshotCell<DNSSnapshot> { loop.cell }

    /// Who waits for which change.
    public var watches: WatchRegistry<WatchTopic> { loop.watches }

    private let queue: WorkQueue
    private let loop: ApplyLoop

    /// Starts the thread.
    ///
    /// - Parameters:
    ///   - settings: what the configuration says about DNS answers.
    ///   - zones: the static zones served beside the catalog.
    ///   - store: the state to begin with.
    public convenience init(
        settings: DNSSettings,
        zones: ZoneSet,
        store: StateStore = StateStore()
    ) {
        self.init(settings: settings, zones: zones, store: store, isStarted: true)
    }

    /// Makes a machine whose thread may be started later; until then everything waits.
    init(
        settings: DNSSettings,
        zones: ZoneSet,
        store: StateStore = StateStore(),
        isStarted: Bool,
        limit: Int = queueLimit
    ) {
        queue = WorkQueue(limit: limit)
        loop = ApplyLoop(
            queue: queue,
            snapshot: DNSSnapshot(store: store, zones: zones, settings: settings)
        )
        if isStarted { start() }
    }

    deinit { queue.stop() }

    /// Starts the thread.
    func start() { ApplyThread.start(loop) }

    /// The number of commands that wait to be applied.
    public var pendingCount: Int { queue.count }

    /// The state as last published.
    public func snapshot() -> StateStore { cell.read().store }

    /// Submits a command; returns when it was applied and published.
    public func perform(_ command: Command) async throws(SubmitError) -> CommandOutcome {
        let outcome: Result<CommandOutcome, SubmitError> =
            await withCheckedContinuation { submitter in
                if let refusal = queue.append(.command(command, submitter)) {
                    submitter.resume(returning: .failure(refusal))
                }
            }
        return try outcome.get()
    }

    /// Serves other static zones from now on; returns when they are published.
    ///
    /// Their replies are prepared first: many names take a while, and nobody else waits for it.
    public func publishZones(_ zones: ZoneSet) async {
        let prepared = await PreparedZones.prepare(zones, settings: cell.read().settings)
        await withCheckedContinuation { caller in
            if queue.append(.zones(zones, prepared, caller)) != nil { caller.resume() }
        }
    }

    /// Answers by other settings from now on; returns when they are published.
    public func publishSettings(_ settings: DNSSettings) async {
        await withCheckedContinuation { caller in
            if queue.append(.settings(settings, caller)) != nil { caller.resume() }
        }
    }

    /// Makes a reader of the DNS view, one for each thread that answers.
    ///
    /// Waits for the apply thread, at most for the group it is at.
    public func makeViewReader() -> ViewReader { loop.makeReader() }

    /// Ends the thread after the group it is at.
    ///
    /// Whatever waits is resumed with ``SubmitError/stopped``, and so is whatever comes later.
    public func stop() { queue.stop() }
}
