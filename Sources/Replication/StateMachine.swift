// SPDX-License-Identifier: Apache-2.0
public import DNSAnswers
public import DNSZones
public import Publication
public import RaftLog
public import StateStore

/// The one writer of this server: applies commands in index order on a thread of its own and
/// publishes what came of them.
///
/// For each group of commands that wait: (1) the state changes, (2) the DNS view follows, (3) both
/// are published, (4) watchers are woken and submitters resumed. So whoever is woken, and whoever
/// submitted, reads what it was told of, over HTTP and DNS alike.
///
/// It owns the memory of the DNS view: it must outlive every ``ViewReader`` it made.
public final class StateMachine: CommandSubmitter, StateRestorer, SnapshotReader {
    /// The most commands that wait to be applied; more are refused as overload.
    public static let queueLimit = 4096

    /// What was published last.
    public var cell: SnapshotCell<DNSSnapshot> { loop.cell }

    /// Who waits for which change.
    public var watches: WatchRegistry<WatchTopic> { loop.watches }

    /// What submitters fill: the log thread's queue, or without a log the apply thread's.
    private let queue: WorkQueue
    /// The apply thread's queue.
    private let applied: WorkQueue
    private let loop: ApplyLoop
    private let durability: Durability?

    /// The threads beside the apply thread of a server that keeps its state.
    private struct Durability {
        let state: DurableState
        let log: LogLoop
        let keeper: SnapshotKeeper
        let ending: Ending
    }

    /// Starts the thread.
    ///
    /// - Parameters:
    ///   - settings: what the configuration says about DNS answers.
    ///   - zones: the static zones served beside the catalog.
    ///   - store: the state to begin with.
    ///   - onMeasurement: is told what writes take.
    public convenience init(
        settings: DNSSettings,
        zones: ZoneSet,
        store: StateStore = StateStore(),
        onMeasurement: @escaping ReplicationMeasurement.Observer = { _ in }
    ) {
        self.init(
            settings: settings,
            zones: zones,
            store: store,
            isStarted: true,
            onMeasurement: onMeasurement
        )
    }

    /// Makes a machine whose thread may be started later; until then everything waits.
    init(
        settings: DNSSettings,
        zones: ZoneSet,
        store: StateStore = StateStore(),
        isStarted: Bool,
        limit: Int = queueLimit,
        onMeasurement: @escaping ReplicationMeasurement.Observer = { _ in }
    ) {
        queue = WorkQueue(limit: limit)
        applied = queue
        durability = nil
        loop = ApplyLoop(
            queue: queue,
            snapshot: DNSSnapshot(store: store, zones: zones, settings: settings),
            onMeasurement: onMeasurement
        )
        if isStarted { start() }
    }

    /// The octets that the command of an entry of the log may have.
    public static var commandLimit: Int { LogLoop.commandLimit }

    /// Starts the threads of a server that keeps its state: a command is acknowledged once it is
    /// durable, applied and published.
    ///
    /// - Parameters:
    ///   - settings: what the configuration says about DNS answers.
    ///   - zones: the static zones served beside the catalog.
    ///   - durable: what was found on disk.
    ///   - policy: when a snapshot is due.
    ///   - onEvent: is told what happens, on threads of the machine; it must end the process at
    ///     ``DurabilityEvent/logFailed(_:)``.
    ///   - onMeasurement: is told what writes take.
    /// - Throws: ``StorageError`` when the log cannot be opened for writing.
    public init(
        settings: DNSSettings,
        zones: ZoneSet,
        durable: DurableState,
        policy: SnapshotPolicy = SnapshotPolicy(),
        onEvent: @escaping @Sendable (DurabilityEvent) -> Void,
        onMeasurement: @escaping ReplicationMeasurement.Observer = { _ in }
    ) throws(StorageError) {
        let queue = WorkQueue(limit: Self.queueLimit)
        let applied = WorkQueue(limit: ApplyLoop.groupLimit)
        let loop = ApplyLoop(
            queue: applied,
            snapshot: DNSSnapshot(store: durable.store, zones: zones, settings: settings),
            onMeasurement: onMeasurement
        )
        var writer = try LogWriter(
            durable.places.log,
            durable.identity,
            durable.layout,
            end: durable.end
        )
        try writer.beginIfNew(term: DurableState.term)
        let supply = SegmentSupply(durable.places.log, size: durable.layout.segmentSize)
        let cell = loop.cell
        let keeper = SnapshotKeeper(
            durable,
            supply: supply,
            policy: policy,
            published: { cell.read().store },
            onEvent: onEvent
        )
        let log = LogLoop(
            queue: queue,
            applied: applied,
            writer: writer,
            layout: durable.layout,
            supply: supply,
            keeper: keeper,
            time: durable.store.time,
            onEvent: onEvent,
            onMeasurement: onMeasurement
        )
        self.queue = queue
        self.applied = applied
        self.loop = loop
        durability = Durability(state: durable, log: log, keeper: keeper, ending: Ending(count: 3))
        start()
    }

    deinit { stop() }

    /// Starts the threads.
    func start() {
        let loop = loop
        guard let durability else {
            WorkThread.start("apply") { loop.run() }
            return
        }
        let ending = durability.ending
        let (log, keeper) = (durability.log, durability.keeper)
        WorkThread.start("apply") {
            loop.run()
            ending.leave()
        }
        WorkThread.start("log") {
            log.run()
            ending.leave()
        }
        WorkThread.start("snapshots") {
            keeper.run()
            ending.leave()
        }
    }

    /// The number of commands that wait to be applied.
    public var pendingCount: Int { queue.count + (applied === queue ? 0 : applied.count) }

    /// The state as last published.
    public func snapshot() -> StateStore { cell.read().store }

    /// Submits a command; returns when it was applied and published.
    public func perform(_ command: Command) async throws(SubmitError) -> CommandOutcome {
        do throws(CommandRefusal) { try command.validateLengths() } catch { throw .refused(error) }
        return try await outcome { .command(command, nil, $0) }
    }

    /// Replaces the state; returns when that is durable and published.
    public func restore(_ state: StateStore) async throws(SubmitError) -> RaftIndex {
        try await outcome { .restoration(state, nil, $0) }.index
    }

    private func outcome(
        of work: (Work.Submitter) -> Work
    ) async throws(SubmitError) -> CommandOutcome {
        let outcome: Result<CommandOutcome, SubmitError> =
            await withCheckedContinuation { submitter in
                if let refusal = queue.append(work(submitter)) {
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

    /// Writes snapshots by another policy from now on; without a log there are none.
    public func update(_ policy: SnapshotPolicy) { durability?.keeper.update(policy) }

    /// Makes a reader of the DNS view, one for each thread that answers.
    ///
    /// Waits for the apply thread, at most for the group it is at.
    public func makeViewReader() -> ViewReader { loop.makeReader() }

    /// Ends the threads after the group they are at.
    ///
    /// Whatever waits is resumed with ``SubmitError/stopped``, and so is whatever comes later.
    public func stop() {
        queue.stop()
        durability?.keeper.stop()
    }

    /// Waits, after ``stop()``, until the threads of the log have ended: then its last batch is
    /// sealed, a snapshot that was being written is whole, and the directory is free for another.
    public func waitUntilEnded() {
        durability?.ending.wait()
        durability?.state.lock?.release()
    }
}

/// Waits for threads to end.
///
/// `@unchecked Sendable`: the lock of `bell` guards the count.
final class Ending: @unchecked Sendable {
    private let bell = Bell()
    private var count: Int

    /// So many threads will end.
    init(count: Int) { self.count = count }

    /// A thread has ended.
    func leave() {
        bell.withLock {
            count -= 1
            bell.ring()
        }
    }

    /// Waits until all have.
    func wait() {
        bell.withLock { while count > 0 { bell.wait() } }
    }
}
