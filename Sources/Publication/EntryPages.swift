// SPDX-License-Identifier: Apache-2.0
public import Synchronization

/// Entries by number: a directory of 4,096 pages of 4,096 slots, each the address of an entry.
///
/// A reader that has a number from an entry finds what the number stands for now.
@safe
public struct EntryPages {
    @usableFromInline typealias Slot = Atomic<UInt>
    @usableFromInline let base: UnsafeRawPointer

    @usableFromInline static let pageBits: UInt32 = 12
    @usableFromInline static let slotsPerPage = 1 << 12
    /// One more than the highest number.
    public static let capacity = slotsPerPage * slotsPerPage

    @inlinable
    @inline(__always)
    init(base: UnsafeRawPointer) { unsafe self.base = unsafe base }

    @inlinable var directory: UnsafePointer<Slot> {
        @inline(__always) get { unsafe base.assumingMemoryBound(to: Slot.self) }
    }

    // The writer stores the numbered entry before it publishes a number, and keeps both while
    // any reader may hold the number.
    /// The entry with a number that an entry holds which this reader found in the same look.
    @inlinable
    @inline(__always)
    public subscript(number: UInt32) -> Entry {
        unsafe Entry(base: UnsafeRawPointer(bitPattern: address(of: number)).unsafelyUnwrapped)
    }

    /// The address of the entry with this number; 0 when there is none.
    ///
    /// The page exists.
    @inlinable
    @inline(__always)
    func address(of number: UInt32) -> UInt {
        let page = unsafe UnsafePointer<Slot>(
            bitPattern: directory[Int(truncatingIfNeeded: number &>> Self.pageBits)]
                .load(ordering: .acquiring)
        ).unsafelyUnwrapped
        return unsafe page[Int(truncatingIfNeeded: number) & (Self.slotsPerPage &- 1)]
            .load(ordering: .acquiring)
    }
}
