// SPDX-License-Identifier: Apache-2.0
import Glibc
import Publication
import RaftLog
import StateStore
import Locking

/// What the thread of low priority does beside the log: makes the next segment beforehand, writes
/// snapshots when enough was written since the last, and removes what no longer counts.
///
/// It reads the published state, a value: neither queries nor writes wait for it.
///
/// `@unchecked Sendable`: the lock of `bell` guards what changes.
final class SnapshotKeeper: @unchecked Sendable {
    private let state: DurableState
    private let supply: SegmentSupply
    private let published: @Sendable () -> StateStore
    private let onEvent: @Sendable (DurabilityEvent) -> Void
    private let bell = Bell()
    private var policy: SnapshotPolicy
    private var isStopped = false
    private var isAwake = false
    /// Octets in the log since the last snapshot.
    private var octets: Int
    /// Whether more snapshots may lie there than are kept.
    private var mayHaveOld: Bool
    /// The index of the last snapshot, written or restored.
    private var lastIndex: UInt64

    init(
        _ state: DurableState,
        supply: SegmentSupply,
        policy: SnapshotPolicy = SnapshotPolicy(),
        published: @escaping @Sendable () -> StateStore,
        onEvent: @escaping @Sendable (DurabilityEvent) -> Void
    ) {
        self.state = state
        self.supply = supply
        self.policy = policy
        self.published = published
        self.onEvent = onEvent
        lastIndex = state.report.snapshotIndex
        octets = state.report.octets
        // Where a damaged snapshot was passed over, an older one is all that there is.
        mayHaveOld = state.report.warnings.isEmpty
    }

    /// Octets were appended to the log.
    func note(octets count: Int) { bell.withLock { octets += count } }

    /// Goes by another policy from now on, and looks at once whether a snapshot is due by it.
    func update(_ policy: SnapshotPolicy) {
        bell.withLock {
            self.policy = policy
            isAwake = true
            bell.ring()
        }
    }

    /// Lets the thread look now: a segment was taken.
    func wake() {
        bell.withLock {
            isAwake = true
            bell.ring()
        }
    }

    /// Ends the thread after what it is at.
    func stop() {
        bell.withLock {
            isStopped = true
            bell.ring()
        }
    }

    /// Writes the snapshot of a state that is to replace the current one; of the log thread.
    func writeRestoration(_ store: StateStore) throws(StorageError) {
        try SnapshotStore.writeRestoration(store, in: state.places.snapshots, state.identity)
    }

    /// The state was replaced by the snapshot of an index, or was not after all.
    ///
    /// What fails here is done by the next recovery.
    func endRestoration(at index: UInt64, counts: Bool) {
        let name = SnapshotName(index: index)
        let snapshots = state.places.snapshots
        guard counts else {
            try? snapshots.remove(name.restorationText)
            return
        }
        guard (try? snapshots.rename(name.restorationText, to: name.text)) != nil else { return }
        try? snapshots.synchronize()
        // However far the index went, all of it is in this snapshot: no other is due for that.
        bell.withLock {
            lastIndex = max(lastIndex, index)
            octets = 0
            mayHaveOld = true
            isAwake = true
            bell.ring()
        }
    }

    /// Works until it is stopped.
    func run() {
        // Of a single thread: Linux keeps the priority by thread.
        _ = nice(10)
        while true {
            // Without space the log thread finds out when it needs the segment.
            try? supply.fill()
            let goesOn = waitForNext()
            removeOldIfAny()
            if !goesOn { return }
            snapshotIfDue()
        }
    }

    /// Removes what was left behind by a restoration, or by a stop before it came to that.
    private func removeOldIfAny() {
        let (isDue, trailing) = bell.withLock {
            defer { mayHaveOld = false }
            return (mayHaveOld, policy.trailing)
        }
        guard isDue else { return }
        do throws(StorageError) { try removeOld(trailing: trailing) } catch {
            onEvent(.snapshotFailed(error))
        }
    }

    private func removeOld(trailing: UInt64) throws(StorageError) {
        try SnapshotStore.removeOld(state.places.snapshots, state.places.log, trailing: trailing)
    }

    private func waitForNext() -> Bool {
        bell.withLock {
            let deadline = Bell.deadline(milliseconds: policy.milliseconds)
            while !isStopped, !isAwake, bell.wait(until: deadline) {}
            isAwake = false
            return !isStopped
        }
    }

    private func snapshotIfDue() {
        let store = published()
        let index = store.lastIndex.rawValue
        let (written, lastIndex, policy) = bell.withLock { (octets, self.lastIndex, self.policy) }
        guard index > lastIndex, index - lastIndex >= policy.entries || written >= policy.octets
        else { return }
        let begin = Bell.deadline(milliseconds: 0)
        do throws(StorageError) {
            let size = try SnapshotStore.write(store, in: state.places.snapshots, state.identity)
            bell.withLock {
                self.lastIndex = max(self.lastIndex, index)
                // A restoration may have begun anew.
                octets = max(0, octets - written)
            }
            let milliseconds = Int((Bell.deadline(milliseconds: 0) - begin) / 1_000_000)
            onEvent(.snapshotWritten(index: index, octets: size, milliseconds: milliseconds))
            try removeOld(trailing: policy.trailing)
        } catch {
            onEvent(.snapshotFailed(error))
        }
    }
}
