// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Publication

extension ServiceEntry {
    /// The most blocks of an entry.
    static let maximumBlocks = Int(UInt16.max)

    /// Makes an entry that only the reference line can answer.
    static func makeSlow(_ key: EntryKey, ttl: UInt32, seed: UInt64) -> Entry {
        let size = Entry.headSize(keyLength: key.length) + OctetRun.slack
        let memory = unsafe make(key, ttl, .isSlow, size: size, seed: seed)
        return unsafe Entry(base: UnsafeRawPointer(memory))
    }

    /// Makes an entry whose instances are in one block, which stands in it.
    static func make(
        _ key: EntryKey,
        ttl: UInt32,
        flags: Flags,
        widest: Int,
        block: borrowing BlockDraft,
        seed: UInt64
    ) -> Entry {
        let listStart = Entry.headSize(keyLength: key.length)
        let blockStart = (listStart + 8 + 15) & ~15
        let blockSize = block.size
        let size = blockStart + blockSize + OctetRun.slack
        let memory = unsafe make(key, ttl, flags, size: size, seed: seed)
        unsafe write(count: block.count, blocks: 1, widest: widest, listStart, to: memory)
        unsafe block.write(to: memory + blockStart, size: blockSize)
        unsafe memory.storeBytes(
            of: UnsafeRawPointer(memory + blockStart),
            toByteOffset: listStart,
            as: UnsafeRawPointer.self
        )
        return unsafe Entry(base: UnsafeRawPointer(memory))
    }

    /// The octets of an entry whose blocks stand apart from it.
    static func size(_ key: EntryKey, blocks: Int) -> Int {
        Entry.headSize(keyLength: key.length) + 8 * blocks + OctetRun.slack
    }

    /// Makes an entry whose blocks stand apart from it, each in memory of its own.
    ///
    /// Its memory, of ``size(_:blocks:)`` octets, can be used again; so the caller has to retire it.
    static func make(
        _ key: EntryKey,
        hash: UInt64,
        ttl: UInt32,
        flags: Flags,
        widest: Int,
        count: Int,
        blocks: [Block],
        in memory: UnsafeMutableRawPointer
    ) -> Entry {
        let listStart = Entry.headSize(keyLength: key.length)
        let listEnd = listStart + 8 * blocks.count
        let size = listEnd + OctetRun.slack
        unsafe Entry.writeHead(
            to: memory,
            size: size,
            kind: kind,
            flags: flags.rawValue,
            key: key,
            hash: hash
        )
        unsafe memory.storeBytes(of: ttl.bigEndian, toByteOffset: 16, as: UInt32.self)
        unsafe write(count: count, blocks: blocks.count, widest: widest, listStart, to: memory)
        unsafe blocks.withUnsafeBytes { list in
            guard let source = list.baseAddress else { return }
            unsafe (memory + listStart).copyMemory(from: source, byteCount: list.count)
        }
        unsafe memory.storeBytes(
            of: SIMD2<UInt64>.zero,
            toByteOffset: listEnd,
            as: SIMD2<UInt64>.self
        )
        return unsafe Entry(base: UnsafeRawPointer(memory))
    }

    private static func make(
        _ key: EntryKey,
        _ ttl: UInt32,
        _ flags: Flags,
        size: Int,
        seed: UInt64
    ) -> UnsafeMutableRawPointer {
        let memory = unsafe Entry.make(
            size: size,
            kind: kind,
            flags: flags.rawValue,
            key: key,
            seed: seed
        )
        unsafe memory.storeBytes(of: ttl.bigEndian, toByteOffset: 16, as: UInt32.self)
        return unsafe memory
    }

    private static func write(
        count: Int,
        blocks: Int,
        widest: Int,
        _ listStart: Int,
        to memory: UnsafeMutableRawPointer
    ) {
        unsafe memory.storeBytes(of: UInt32(count), toByteOffset: 20, as: UInt32.self)
        unsafe memory.storeBytes(of: UInt16(blocks), toByteOffset: 24, as: UInt16.self)
        unsafe memory.storeBytes(
            of: UInt16(clamping: widest),
            toByteOffset: 26,
            as: UInt16.self
        )
        unsafe memory.storeBytes(of: UInt32(listStart), toByteOffset: 28, as: UInt32.self)
    }
}
