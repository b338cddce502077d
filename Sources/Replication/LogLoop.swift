// SPDX-License-Identifier: Apache-2.0
import RaftLog
import StateStore
import Locking

/// What the log thread does: makes all commands that wait durable with one write, then hands them
/// to the apply thread.
///
/// While it waits for the disk the next batch gathers; there is no timer.
///
/// `@unchecked Sendable`: what changes belongs to the log thread.
final class LogLoop: @unchecked Sendable {
    /// The most octets of a command: it must fit into one batch of a server's log.
    static let commandLimit = LogLayout().batchLimit - 4096
    /// After so many milliseconds without a write the last batch is sealed.
    static let sealDelay: UInt64 = 1000

    private let queue: WorkQueue
    private let applied: WorkQueue
    private let layout: LogLayout
    private let supply: SegmentSupply
    private let keeper: SnapshotKeeper
    private var clock: LogClock
    private let onEvent: @Sendable (DurabilityEvent) -> Void
    private let onMeasurement: ReplicationMeasurement.Observer
    private var writer: LogWriter
    private var isFull = false

    init(
        queue: WorkQueue,
        applied: WorkQueue,
        writer: LogWriter,
        layout: LogLayout,
        supply: SegmentSupply,
        keeper: SnapshotKeeper,
        time: LogTime,
        onEvent: @escaping @Sendable (DurabilityEvent) -> Void,
        onMeasurement: @escaping ReplicationMeasurement.Observer
    ) {
        self.queue = queue
        self.applied = applied
        self.writer = writer
        self.layout = layout
        self.supply = supply
        self.keeper = keeper
        clock = LogClock(from: time)
        self.onEvent = onEvent
        self.onMeasurement = onMeasurement
    }

    /// Works until the queue is stopped, or the log cannot be written.
    func run() {
        do throws(LogWriteError) {
            while let group = queue.next(
                ApplyLoop.groupLimit,
                within: writer.isSealed ? nil : Self.sealDelay
            ) {
                if group.isEmpty {
                    try writer.seal()
                } else {
                    try take(group)
                }
            }
            try writer.seal()
        } catch {
            if case .failed(let error) = error { onEvent(.logFailed(error)) }
            // Whoever waits is let go only now: the process has ended by itself in an agent.
            queue.stop()
        }
        applied.stop()
    }

    /// Makes a group durable, in as few batches as it fits in, and hands it on in order.
    private func take(_ group: [Work]) throws(LogWriteError) {
        var batch: [Work] = []
        var payloads: [[UInt8]] = []
        var octets = 0
        // One reading of the clock for the group, as without a log.
        var time = clock.now
        for work in group {
            switch work {
            case .command(let command, _, let submitter):
                let payload = command.encoded(at: time)
                guard payload.count <= Self.commandLimit else {
                    submitter.resume(returning: .failure(.tooLarge(limit: Self.commandLimit)))
                    continue
                }
                // 64 octets are more than the head of a record takes.
                if octets + payload.count + 64 > layout.batchLimit - 1024, !payloads.isEmpty {
                    try write(batch, payloads, octets, at: time)
                    (batch, payloads, octets) = ([], [], 0)
                }
                batch.append(work)
                payloads.append(payload)
                octets += payload.count + 64
            case .restoration(let state, _, let submitter):
                try write(batch, payloads, octets, at: time)
                (batch, payloads, octets) = ([], [], 0)
                try restore(state, submitter)
                time = clock.now
            case .zones, .settings: batch.append(work)
            }
        }
        try write(batch, payloads, octets, at: time)
    }

    private func write(
        _ batch: [Work],
        _ payloads: [[UInt8]],
        _ octets: Int,
        at time: LogTime
    ) throws(LogWriteError) {
        guard !payloads.isEmpty else {
            applied.appendWaiting(batch)
            return
        }
        let first = writer.end.lastIndex + 1
        let start = ContinuousClock.now
        do throws(LogWriteError) {
            try append(octets) { hasNext throws(LogWriteError) in
                try writer.append(payloads, hasNext: hasNext)
            }
        } catch {
            guard error == .full else {
                for work in batch { work.abandon() }
                throw error
            }
            noteFull()
            refuse(batch)
            return
        }
        onMeasurement(.dispatched(entries: payloads.count, took: ContinuousClock.now - start))
        var next = first
        var entries: [Work] = []
        entries.reserveCapacity(batch.count)
        for work in batch {
            guard case .command(let command, _, let submitter) = work else {
                entries.append(work)
                continue
            }
            let place = LogPlace(index: RaftIndex(rawValue: next), time: time)
            entries.append(.command(command, place, submitter))
            next += 1
        }
        applied.appendWaiting(entries)
    }

    /// Appends a body of so many octets, with the segment that was made beforehand if it needs one.
    private func append(
        _ octets: Int,
        _ body: (_ hasNext: Bool) throws(LogWriteError) -> Bool
    ) throws(LogWriteError) {
        if writer.needsSegment(forBody: octets) {
            if try supply.take(body) { keeper.wake() }
        } else {
            _ = try body(false)
        }
        if isFull { onEvent(.storageAvailable) }
        isFull = false
        keeper.note(octets: octets)
    }

    private func noteFull() {
        if !isFull { onEvent(.storageFull) }
        isFull = true
    }

    /// Puts a state in the place of the current one.
    ///
    /// Its snapshot is durable before the log says that it counts: a stop before that leaves the old
    /// state, a stop after it the new one, and it is acknowledged only then. Writes wait meanwhile;
    /// they could only be lost with the old state.
    private func restore(
        _ state: StateStore,
        _ submitter: Work.Submitter
    ) throws(LogWriteError) {
        var state = state
        let last = RaftIndex(rawValue: writer.end.lastIndex)
        state.becomeRestored(at: state.restorationIndex(after: last))
        let index = state.lastIndex
        do throws(StorageError) {
            try keeper.writeRestoration(state)
        } catch {
            submitter.resume(
                returning: .failure(error.isFull ? .storageFull : .notWritten(error.message))
            )
            return
        }
        do throws(LogWriteError) {
            try append(128) { hasNext throws(LogWriteError) in
                try writer.appendRestoration(at: index.rawValue, hasNext: hasNext)
            }
        } catch {
            guard error == .full else {
                submitter.resume(returning: .failure(.stopped))
                throw error
            }
            noteFull()
            keeper.endRestoration(at: index.rawValue, counts: false)
            submitter.resume(returning: .failure(.storageFull))
            return
        }
        keeper.endRestoration(at: index.rawValue, counts: true)
        // Its lock-delays last as long as they would have where it comes from.
        clock = LogClock(from: state.time)
        let place = LogPlace(index: index, time: state.time)
        applied.appendWaiting([.restoration(state, place, submitter)])
    }

    /// Refuses the commands of a batch for lack of space; the rest goes on.
    private func refuse(_ batch: [Work]) {
        var rest: [Work] = []
        for work in batch {
            if case .command(_, _, let submitter) = work {
                submitter.resume(returning: .failure(.storageFull))
            } else {
                rest.append(work)
            }
        }
        if !rest.isEmpty { applied.appendWaiting(rest) }
    }
}
