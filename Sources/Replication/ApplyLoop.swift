// SPDX-License-Identifier: Apache-2.0
import DNSAnswers
import DNSZones
import Publication
import StateStore
import Locking

/// What the apply thread does.
///
/// `@unchecked Sendable`: `current` and `view` are under the lock of `turn`, which the apply
/// thread holds while it works on a group.
final class ApplyLoop: @unchecked Sendable {
    let cell: SnapshotCell<DNSSnapshot>
    let watches = WatchRegistry<WatchTopic>()

    private let queue: WorkQueue
    private let turn = Lock(())
    private var current: DNSSnapshot
    /// The time of commands that do not come from a log.
    private var clock: LogClock
    private let view: DNSViewWriter
    private let onMeasurement: ReplicationMeasurement.Observer

    /// The most commands between two publications (raft.md 6: a publication is never far away).
    static let groupLimit = 256

    init(
        queue: WorkQueue,
        snapshot: DNSSnapshot,
        onMeasurement: @escaping ReplicationMeasurement.Observer = { _ in }
    ) {
        self.queue = queue
        self.onMeasurement = onMeasurement
        current = snapshot
        clock = LogClock(from: snapshot.store.time)
        cell = SnapshotCell(snapshot)
        // From the system's generator: the hashes of the view must not be foreseeable.
        view = DNSViewWriter(
            settings: snapshot.settings,
            seed: .random(in: 0 ... .max),
            worker: WorkCrew()
        )
        view.replace(zones: snapshot.zones)
        var everything = Changes()
        everything.isEverything = true
        view.follow(everything, in: snapshot.store)
        view.publish()
        // Later on there are queries to answer meanwhile.
        view.worker = WorkCrew(size: WorkCrew.coreCount / 2)
    }

    /// Makes a reader of the view, between two groups.
    func makeReader() -> ViewReader { turn.withLock { _ in view.makeReader() } }

    /// Works until the queue is stopped.
    func run() {
        while let group = queue.next(Self.groupLimit) {
            let start = ContinuousClock.now
            let (changes, resumptions) = turn.withLock { _ in perform(group) }
            // Before anybody is told: whoever was acknowledged finds it measured.
            let entries = group.count(where: \.isEntry)
            if entries > 0 {
                onMeasurement(.applied(entries: entries, took: ContinuousClock.now - start))
            }
            if changes.isEverything {
                watches.wakeAll()
            } else if !changes.topics.isEmpty {
                watches.wake(changes.topics)
            }
            for resumption in resumptions { resumption.resume() }
        }
    }

    /// Applies a group and publishes it; returns what changed, and who is to be told.
    private func perform(_ group: [Work]) -> (Changes, [Resumption]) {
        var changes = Changes()
        var resumptions: [Resumption] = []
        resumptions.reserveCapacity(group.count)
        // One reading of the clock for the group: its commands come together.
        var now = clock.now
        for work in group {
            switch work {
            case .command(let command, let place, let submitter):
                let outcome = apply(
                    command,
                    at: place?.index ?? current.store.lastIndex.next,
                    time: place?.time ?? now,
                    &changes
                )
                resumptions.append(.submitter(submitter, outcome))
            case .restoration(let state, let place, let submitter):
                let outcome = replace(with: state, at: place?.index)
                clock = LogClock(from: current.store.time)
                now = clock.now
                changes.isEverything = true
                resumptions.append(.submitter(submitter, .success(outcome)))
            case .zones(let zones, let prepared, let caller):
                current.zones = zones
                view.replace(zones: zones, prepared: prepared)
                resumptions.append(.caller(caller))
            case .settings(let settings, let caller):
                current.settings = settings
                resumptions.append(.caller(caller))
            }
        }
        view.follow(changes, in: current.store)
        if view.settings != current.settings {
            view.replace(settings: current.settings, state: current.store)
        }
        view.publish()
        cell.publish(current)
        return (changes, resumptions)
    }

    /// Puts a state in the place of the current one; with a log it is what the log thread made
    /// durable.
    private func replace(with state: StateStore, at index: RaftIndex?) -> CommandOutcome {
        var state = state
        if index == nil {
            state.becomeRestored(at: state.restorationIndex(after: current.store.lastIndex))
        }
        current.store = state
        return CommandOutcome(index: state.lastIndex)
    }

    private func apply(
        _ command: Command,
        at index: RaftIndex,
        time: LogTime,
        _ changes: inout Changes
    ) -> Result<CommandOutcome, SubmitError> {
        var outcome = CommandOutcome(index: index)
        do throws(CommandRefusal) {
            changes.formUnion(
                try current.store.apply(
                    command,
                    at: index,
                    time: time,
                    results: &outcome.results
                )
            )
            return .success(outcome)
        } catch {
            return .failure(.refused(error))
        }
    }
}

/// Somebody who waited, with what it is told.
private enum Resumption {
    case submitter(
        Work.Submitter,
        Result<CommandOutcome, SubmitError>
    )
    case caller(CheckedContinuation<Void, Never>)

    func resume() {
        switch self {
        case .submitter(let submitter, let outcome): submitter.resume(returning: outcome)
        case .caller(let caller): caller.resume()
        }
    }
}
