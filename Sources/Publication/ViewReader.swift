// SPDX-License-Identifier: Apache-2.0
public import Synchronization

// @unchecked: the root is shared through its atomics only, and the slot is one atomic.
/// A thread's permission to read a view: it announces when the thread looks and when it does not.
///
/// A reader enters once a batch, not once a query, and leaves before anything that may block:
/// while it is inside, the writer frees nothing that it may have seen. One thread at a time uses
/// a reader. The ``PublishedTable`` that made it must outlive it.
@safe
public struct ViewReader: @unchecked Sendable {
    /// Where reading begins.
    public let root: UnsafePointer<ViewRoot>
    @usableFromInline let slot: UnsafePointer<ReaderSlot>

    init(root: UnsafePointer<ViewRoot>, slot: UnsafePointer<ReaderSlot>) {
        unsafe self.root = unsafe root
        unsafe self.slot = unsafe slot
    }

    /// Begins a look at the view.
    @inlinable
    @inline(__always)
    public func enter() { announce(epoch: unsafe root.pointee.epoch.load(ordering: .acquiring)) }

    // The fence pairs with the writer's in `publish()`: either the writer sees this announcement
    // and keeps what it replaced, or this thread's loads see what replaced it. An epoch that has
    // passed meanwhile only keeps more than is needed.
    @inlinable
    @inline(__always)
    func announce(epoch: UInt64) {
        unsafe slot.pointee.announced.store(epoch, ordering: .relaxed)
        atomicMemoryFence(ordering: .sequentiallyConsistent)
    }

    /// Ends the look: nothing that was seen may be touched any more, and the thread may block.
    @inlinable
    @inline(__always)
    public func leave() {
        unsafe slot.pointee.announced.store(.max, ordering: .releasing)
    }

    /// What the writer reads: the epoch on entering, the highest number while outside.
    var announcedEpoch: UInt64 { unsafe slot.pointee.announced.load(ordering: .acquiring) }
}

/// The epoch that a reader announced.
///
/// Slots lie 128 octets apart, so that no two readers share a cache line or its neighbour.
@usableFromInline
struct ReaderSlot: ~Copyable, Sendable {
    /// The epoch on entering; the highest number while outside.
    @usableFromInline let announced = Atomic<UInt64>(.max)

    static let stride = 128

    init() {}
}
