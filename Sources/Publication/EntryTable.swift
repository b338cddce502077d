// SPDX-License-Identifier: Apache-2.0
public import Synchronization

/// An open hash table of entries in raw memory: the mask in the first line, then slots of eight
/// octets.
///
/// A slot is 16 bits of hash and 48 bits of address; 0 is free, 1 a tombstone.
///
/// Readers probe while the writer replaces slots; a slot is one word, so they see an entry, its
/// successor or a tombstone, never a mixture.
@safe
public struct EntryTable {
    @usableFromInline typealias Slot = Atomic<UInt64>
    @usableFromInline let base: UnsafeRawPointer

    // The mask has a line of its own: it never changes, the slots do.
    @usableFromInline static let slotsOffset = 64
    @usableFromInline static let free: UInt64 = 0
    @usableFromInline static let tombstone: UInt64 = 1
    @usableFromInline static let addressBits: UInt64 = 0x0000_ffff_ffff_ffff

    @inlinable
    @inline(__always)
    init(base: UnsafeRawPointer) { unsafe self.base = unsafe base }

    /// The number of slots less one.
    @inlinable var mask: UInt64 {
        @inline(__always) get { unsafe base.load(as: UInt64.self) }
    }

    @inlinable var slots: UnsafePointer<Slot> {
        @inline(__always) get {
            unsafe (base + Self.slotsOffset).assumingMemoryBound(to: Slot.self)
        }
    }

    /// Where the slot is in which an entry with this hash stands, unless others were first.
    @inlinable
    @inline(__always)
    public func slotAddress(hash: UInt64) -> UnsafeRawPointer {
        unsafe base + (Self.slotsOffset &+ 8 &* Int(truncatingIfNeeded: hash & mask))
    }

    /// Where the entry of that slot is: a guess, for prefetching only.
    @inlinable
    @inline(__always)
    public func likelyEntryAddress(hash: UInt64) -> UnsafeRawPointer? {
        let slot = unsafe slots[Int(truncatingIfNeeded: hash & mask)].load(ordering: .relaxed)
        return unsafe UnsafeRawPointer(bitPattern: UInt(slot & Self.addressBits))
    }

    /// The entry with this kind and key, whose hash is given.
    @inlinable
    @inline(__always)
    public func find(kind: UInt8, key: EntryKey, hash: UInt64) -> Entry? {
        let mask = mask
        let slots = unsafe slots
        let lengthAndKind = UInt16(truncatingIfNeeded: key.length) | UInt16(kind) &<< 8
        var index = hash & mask
        // A table is never more than half full, so a free slot ends the search.
        while true {
            let slot = unsafe slots[Int(truncatingIfNeeded: index)].load(ordering: .acquiring)
            if slot == Self.free { return nil }
            if (slot ^ hash) &>> 48 == 0, slot != Self.tombstone {
                let entry = unsafe Entry(
                    base: UnsafeRawPointer(bitPattern: UInt(slot & Self.addressBits))
                        .unsafelyUnwrapped
                )
                if entry.keyLengthAndKind == lengthAndKind, key.matches(entry) { return entry }
            }
            index = (index &+ 1) & mask
        }
    }
}
