// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// What one worker counted.
///
/// Only its thread stores, so a load, an addition and a store suffice; it lies in memory of its
/// own, away from what other threads write.
struct WorkerCounts: ~Copyable, Sendable {
    let padding = InlineArray<16, UInt64>(repeating: 0)
    let datagrams = Atomic<UInt64>(0)
    let fast = Atomic<UInt64>(0)
    let repeated = Atomic<UInt64>(0)
    let handedOver = Atomic<UInt64>(0)
    let silent = Atomic<UInt64>(0)
    let overflows = Atomic<UInt64>(0)
    let sendFailures = Atomic<UInt64>(0)
    let truncated = Atomic<UInt64>(0)
    let rateDropped = Atomic<UInt64>(0)
    let rateSlipped = Atomic<UInt64>(0)
    let durations = SourceDurations()
    let replies = ReplyTally()
    let questions = QuestionTally()
    let isStopping = Atomic<Bool>(false)
    /// How often the rate limit or the tap changed; stored by who changes it.
    let changes = Atomic<UInt64>(0)
    let margin = InlineArray<16, UInt64>(repeating: 0)

    /// Adds a number, from the one thread that stores here.
    @inline(__always)
    static func add(_ more: Int, to counter: borrowing Atomic<UInt64>) {
        counter.store(
            counter.load(ordering: .relaxed) &+ UInt64(truncatingIfNeeded: more),
            ordering: .relaxed
        )
    }
}

/// Owns the counts of one worker.
// @unchecked: what the pointer leads to is atomics.
@safe
final class WorkerTally: @unchecked Sendable {
    let counts: UnsafePointer<WorkerCounts>

    init() {
        let memory = UnsafeMutablePointer<WorkerCounts>.allocate(capacity: 1)
        unsafe memory.initialize(to: WorkerCounts())
        unsafe counts = UnsafePointer(memory)
    }

    deinit {
        let memory = unsafe UnsafeMutablePointer(mutating: counts)
        unsafe memory.deinitialize(count: 1)
        unsafe memory.deallocate()
    }

    /// Tells the worker to end when its receive returns.
    func stop() { unsafe counts.pointee.isStopping.store(true, ordering: .releasing) }

    /// Tells the worker to take rate limit and tap anew before its next batch.
    func noteChange() { unsafe counts.pointee.changes.wrappingAdd(1, ordering: .releasing) }

    /// Adds the counts to a report.
    func add(to report: inout DNSServerCounters) {
        let counts = unsafe self.counts
        unsafe report.datagrams += counts.pointee.datagrams.load(ordering: .relaxed)
        unsafe report.fastAnswers += counts.pointee.fast.load(ordering: .relaxed)
        let repeated = unsafe counts.pointee.repeated.load(ordering: .relaxed)
        report.repeatedAnswers += repeated
        // What the forwarder would have counted.
        report.forwarder.queries += repeated
        report.forwarder.cacheHits += repeated
        unsafe report.handedOver += counts.pointee.handedOver.load(ordering: .relaxed)
        unsafe report.silent += counts.pointee.silent.load(ordering: .relaxed)
        unsafe report.overflows += counts.pointee.overflows.load(ordering: .relaxed)
        unsafe report.truncated += counts.pointee.truncated.load(ordering: .relaxed)
        unsafe report.rateDropped += counts.pointee.rateDropped.load(ordering: .relaxed)
        unsafe report.rateSlipped += counts.pointee.rateSlipped.load(ordering: .relaxed)
        unsafe counts.pointee.durations.add(to: &report.datagramDurations)
        unsafe counts.pointee.durations.add(to: &report.workerDurations)
        unsafe counts.pointee.replies.add(to: &report.replies)
        unsafe counts.pointee.questions.add(to: &report.datagramQuestions)
        unsafe report.sendFailures += counts.pointee.sendFailures.load(ordering: .relaxed)
    }
}
