// SPDX-License-Identifier: Apache-2.0
import CSockets
import Synchronization

/// A bounded ring of queries from one worker to its slow line. Pushing neither allocates nor
/// locks; a full ring refuses.
///
/// Invariant: `head <= tail <= head + capacity`; slots in `head..<tail` belong to the consumer,
/// the others to the producer.
// @unchecked: one worker thread pushes, one slow-line thread pops; head and tail are atomics.
@safe
final class HandoverRing: @unchecked Sendable {
    /// A query that was handed over.
    struct Item: Sendable {
        var octets: [UInt8]
        var peer: csockets_peer
        /// Monotonic milliseconds at the time of pushing.
        var since: UInt64
    }

    /// Queries that may wait.
    static let capacity = 256
    /// The longest query that fits; a worker receives no longer ones.
    static let octetLimit = 4096

    private struct Slot {
        var since: UInt64
        var length: Int
        var peer: csockets_peer
    }
    private static var octetOffset: Int { (MemoryLayout<Slot>.size + 63) & ~63 }
    private static var stride: Int { octetOffset + octetLimit }

    private let head = Atomic<UInt64>(0)
    /// Keeps what the consumer writes away from what the producer writes.
    private let padding = InlineArray<15, UInt64>(repeating: 0)
    private let tail = Atomic<UInt64>(0)
    private let memory: UnsafeMutableRawPointer

    init() {
        unsafe memory = .allocate(byteCount: Self.capacity * Self.stride, alignment: 64)
        unsafe memory.initializeMemory(
            as: UInt8.self,
            repeating: 0,
            count: Self.capacity * Self.stride
        )
    }

    deinit { unsafe memory.deallocate() }

    private func slot(_ number: UInt64) -> UnsafeMutableRawPointer {
        unsafe memory + Self.stride &* Int(truncatingIfNeeded: number % UInt64(Self.capacity))
    }

    /// Copies a query in; false when the ring is full.
    ///
    /// Only the worker calls this.
    func push(
        _ octets: UnsafeRawPointer,
        length: Int,
        peer: csockets_peer,
        since: UInt64
    ) -> Bool {
        let next = tail.load(ordering: .relaxed)
        let taken = next &- head.load(ordering: .acquiring)
        guard taken < UInt64(Self.capacity), length <= Self.octetLimit else { return false }
        let slot = unsafe slot(next)
        unsafe slot.storeBytes(
            of: Slot(since: since, length: length, peer: peer),
            as: Slot.self
        )
        unsafe (slot + Self.octetOffset).copyMemory(from: octets, byteCount: length)
        tail.store(next &+ 1, ordering: .releasing)
        return true
    }

    /// Takes the oldest query.
    ///
    /// Only the slow line calls this.
    func pop() -> Item? {
        let next = head.load(ordering: .relaxed)
        guard next != tail.load(ordering: .acquiring) else { return nil }
        let memory = unsafe slot(next)
        let slot = unsafe memory.load(as: Slot.self)
        let octets = unsafe Array(
            UnsafeRawBufferPointer(start: memory + Self.octetOffset, count: slot.length)
        )
        head.store(next &+ 1, ordering: .releasing)
        return Item(octets: octets, peer: slot.peer, since: slot.since)
    }

    /// Whether nothing waits.
    var isEmpty: Bool { head.load(ordering: .relaxed) == tail.load(ordering: .acquiring) }
}
