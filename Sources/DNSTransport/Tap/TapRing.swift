// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// A bounded ring of what one thread tells of its queries. Pushing neither allocates, locks nor waits; a
/// full ring refuses.
///
/// Invariant: `head <= tail <= head + capacity`; slots in `head..<tail` belong to the consumer, the
/// others to the producer. Memory that was never pushed to costs address space alone.
// @unchecked: one thread pushes, one at a time pops; head and tail are atomics.
@safe
final class TapRing: @unchecked Sendable {
    /// Records that may wait.
    static let capacity = 2048
    private static let nameOffset = 64
    private static let stride = 320

    private let head = Atomic<UInt64>(0)
    /// Keeps what the consumer writes away from what the producer writes.
    private let padding = InlineArray<15, UInt64>(repeating: 0)
    private let tail = Atomic<UInt64>(0)
    private let memory: UnsafeMutableRawPointer

    init() {
        unsafe memory = .allocate(byteCount: Self.capacity * Self.stride, alignment: 64)
    }

    deinit { unsafe memory.deallocate() }

    private func slot(_ number: UInt64) -> UnsafeMutableRawPointer {
        unsafe memory + Self.stride &* Int(truncatingIfNeeded: number % UInt64(Self.capacity))
    }

    /// Copies a record and its name in; false when the ring is full.
    ///
    /// Only the producer calls this.
    func push(_ record: TapRecord, name: UnsafeRawPointer) -> Bool {
        let next = tail.load(ordering: .relaxed)
        let taken = next &- head.load(ordering: .acquiring)
        guard taken < UInt64(Self.capacity) else { return false }
        let slot = unsafe slot(next)
        unsafe slot.storeBytes(of: record, as: TapRecord.self)
        unsafe (slot + Self.nameOffset).copyMemory(
            from: name,
            byteCount: Int(record.nameLength)
        )
        tail.store(next &+ 1, ordering: .releasing)
        return true
    }

    /// Takes the oldest record.
    ///
    /// Only the consumer calls this.
    func pop() -> TappedQuery? {
        let next = head.load(ordering: .relaxed)
        guard next != tail.load(ordering: .acquiring) else { return nil }
        let memory = unsafe slot(next)
        let record = unsafe memory.load(as: TapRecord.self)
        let name = unsafe Array(
            UnsafeRawBufferPointer(
                start: memory + Self.nameOffset,
                count: Int(record.nameLength)
            )
        )
        head.store(next &+ 1, ordering: .releasing)
        return TappedQuery(record, name: name)
    }
}
