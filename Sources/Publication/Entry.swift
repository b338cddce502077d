// SPDX-License-Identifier: Apache-2.0

/// An immutable entry of a view, in raw memory. Offsets in octets:
///
/// | 0 | 8 | 12 | 13 | 14 | 16 | 32 |
/// |---|---|---|---|---|---|---|
/// | hash 8 | size 4 | key length 1 | kind 1 | flags 2 | the owner's fields 16 | key |
///
/// The key is at most 255 octets, zero padded to whole words; what follows is the owner's.
@safe
public struct Entry: Sendable {
    // Immutable memory, kept by the writer while any reader can hold the address.
    /// The first octet.
    public nonisolated(unsafe) let base: UnsafeRawPointer

    /// Where the owner's fields begin.
    public static let ownFieldsOffset = 16
    /// Where the key begins.
    public static let keyOffset = 32

    /// An entry at an address.
    @inlinable
    @inline(__always)
    public init(base: UnsafeRawPointer) { unsafe self.base = unsafe base }

    /// The hash of kind and key.
    @inlinable public var hash: UInt64 {
        @inline(__always) get { unsafe base.load(as: UInt64.self) }
    }

    /// The octets allocated.
    @inlinable public var size: Int {
        unsafe Int(base.load(fromByteOffset: 8, as: UInt32.self))
    }

    /// Key length and kind as one number, for one comparison.
    @inlinable var keyLengthAndKind: UInt16 {
        @inline(__always) get { unsafe base.load(fromByteOffset: 12, as: UInt16.self) }
    }

    /// The octets of the key, without padding.
    @inlinable public var keyLength: Int {
        @inline(__always) get { unsafe Int(base.load(fromByteOffset: 12, as: UInt8.self)) }
    }

    /// What the owner tells kinds of entries apart by.
    @inlinable public var kind: UInt8 {
        @inline(__always) get { unsafe base.load(fromByteOffset: 13, as: UInt8.self) }
    }

    /// The owner's flags.
    @inlinable public var flags: UInt16 {
        @inline(__always) get { unsafe base.load(fromByteOffset: 14, as: UInt16.self) }
    }

    /// The key: where it is and how long.
    @inlinable public var key: EntryKey {
        unsafe EntryKey(words: base + Self.keyOffset, length: keyLength)
    }

    /// Where what follows the key begins.
    @inlinable public var endOfKey: Int {
        @inline(__always) get { Self.keyOffset &+ (keyLength &+ 7) & ~7 }
    }

    /// The octets that an entry needs for everything up to the end of its padded key.
    public static func headSize(keyLength: Int) -> Int { keyOffset + (keyLength + 7) & ~7 }

    /// Allocates an entry and writes its head; the owner's fields and everything behind the key
    /// are zero.
    public static func make(
        size: Int,
        kind: UInt8,
        flags: UInt16,
        key: EntryKey,
        seed: UInt64
    ) -> UnsafeMutableRawPointer {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
        unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        let hash = key.hash(kind: kind, seed: seed)
        unsafe writeHead(to: memory, size: size, kind: kind, flags: flags, key: key, hash: hash)
        return unsafe memory
    }

    /// Writes the head of an entry to memory of `size` octets at a multiple of 16; the owner's
    /// fields and everything behind the key are left as they are.
    ///
    /// `hash` is that of kind and key.
    public static func writeHead(
        to memory: UnsafeMutableRawPointer,
        size: Int,
        kind: UInt8,
        flags: UInt16,
        key: EntryKey,
        hash: UInt64
    ) {
        precondition(size >= headSize(keyLength: key.length) && key.length <= 255)
        unsafe memory.storeBytes(of: hash, as: UInt64.self)
        unsafe memory.storeBytes(of: UInt32(size), toByteOffset: 8, as: UInt32.self)
        unsafe memory.storeBytes(of: UInt8(key.length), toByteOffset: 12, as: UInt8.self)
        unsafe memory.storeBytes(of: kind, toByteOffset: 13, as: UInt8.self)
        unsafe memory.storeBytes(of: flags, toByteOffset: 14, as: UInt16.self)
        unsafe (memory + keyOffset).copyMemory(from: key.words, byteCount: (key.length + 7) & ~7)
    }
}
