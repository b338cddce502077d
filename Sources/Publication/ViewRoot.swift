// SPDX-License-Identifier: Apache-2.0
public import Synchronization

/// Where readers of a published view begin.
///
/// It lies in raw memory, never moves and is reached by `UnsafePointer`, so that reading costs no
/// reference counting.
///
/// One writer (``PublishedTable``) stores; any number of readers load, each between
/// ``ViewReader/enter()`` and ``ViewReader/leave()``. What an address leads to is immutable but
/// for the slots of tables and pages, which are replaced one word at a time.
public struct ViewRoot: ~Copyable, Sendable {
    /// The address of the table of entries by key (``EntryTable``).
    @usableFromInline let keyed = Atomic<UInt>(0)
    /// The address of the directory of entries by number (``EntryPages``).
    @usableFromInline let numbered = Atomic<UInt>(0)
    /// The address of what the owner of the view keeps beside the entries.
    @usableFromInline let configurationAddress = Atomic<UInt>(0)
    /// The writer's epoch: it moves on when a group of changes is complete.
    @usableFromInline let epoch = Atomic<UInt64>(1)
    /// What makes hashes of keys unpredictable.
    public let seed: UInt64

    init(seed: UInt64) { self.seed = seed }

    /// The entries by key, as of now.
    @inlinable
    public var table: EntryTable {
        @inline(__always) get {
            unsafe EntryTable(
                base: UnsafeRawPointer(bitPattern: keyed.load(ordering: .acquiring))
                    .unsafelyUnwrapped
            )
        }
    }

    /// The entries by number.
    @inlinable
    public var pages: EntryPages {
        @inline(__always) get {
            unsafe EntryPages(
                base: UnsafeRawPointer(bitPattern: numbered.load(ordering: .relaxed))
                    .unsafelyUnwrapped
            )
        }
    }

    /// What the owner of the view keeps beside the entries, as of now; `nil` before the first.
    @inlinable
    public var configuration: UnsafeRawPointer? {
        @inline(__always) get {
            unsafe UnsafeRawPointer(bitPattern: configurationAddress.load(ordering: .acquiring))
        }
    }
}
