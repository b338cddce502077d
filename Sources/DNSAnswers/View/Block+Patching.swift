// SPDX-License-Identifier: Apache-2.0
import Publication

// Most changes of a block are such that all else keeps its place, or moves by one record: then its
// octets are copied as they are. The others take it apart and build it anew (``BlockDraft``).
extension Block {
    /// A copy with an instance at an index, which may be that behind the last one, and as many
    /// instances as said: one more, or as many.
    ///
    /// - Returns: `nil` where the form of the block changes: there are IPv6 addresses, a tag is new
    ///   or nobody has it any more.
    func patched<Tags: TagSource & ~Copyable>(
        _ index: Int,
        _ image: InstanceImage,
        _ tags: borrowing Tags,
        count newCount: Int,
        in table: PublishedTable
    ) -> Block? {
        guard canMove(to: newCount), !image.flags.contains(.hasV6) else { return nil }
        let bit = UInt64(1) << UInt64(index)
        var found = 0
        var isAsBefore = true
        for number in 0..<tagCount {
            let tag = tag(number)
            if tags.contains(tag, number) {
                found += 1
                if tag.mask & bit == 0 { isAsBefore = false }
            } else {
                if tag.mask & ~bit == 0 { return nil }
                if tag.mask & bit != 0 { isAsBefore = false }
            }
        }
        guard found == tags.count else { return nil }
        let memory = unsafe moved(count: newCount, in: table)
        let place = Self.recordsOffset + InstanceRecord.size * index
        unsafe memory.storeBytes(of: image.first, toByteOffset: place, as: UInt64.self)
        unsafe memory.storeBytes(of: image.second, toByteOffset: place + 8, as: UInt64.self)
        let new = unsafe Block(base: UnsafeRawPointer(memory))
        if isAsBefore { return new }
        var offset = new.tagOffset
        for number in 0..<tagCount {
            let tag = new.tag(number)
            let mask = tags.contains(tag, number) ? tag.mask | bit : tag.mask & ~bit
            unsafe memory.storeBytes(of: mask, toByteOffset: offset, as: UInt64.self)
            offset += 16
        }
        return new
    }

    /// A copy without the last instance; `nil` as above.
    func withoutLast(in table: PublishedTable) -> Block? {
        guard count > 1, canMove(to: count - 1) else { return nil }
        let keep = (UInt64(1) << UInt64(count - 1)) - 1
        for number in 0..<tagCount where tag(number).mask & keep == 0 { return nil }
        let memory = unsafe moved(count: count - 1, in: table)
        let new = unsafe Block(base: UnsafeRawPointer(memory))
        var offset = new.tagOffset
        for number in 0..<tagCount {
            let mask = new.tag(number).mask & keep
            unsafe memory.storeBytes(of: mask, toByteOffset: offset, as: UInt64.self)
            offset += 16
        }
        return new
    }

    private func canMove(to newCount: Int) -> Bool { !hasV6 && newCount <= Self.capacity }

    /// A copy with room for so many records, and the tags behind them; ``canMove(to:)``.
    private func moved(count newCount: Int, in table: PublishedTable) -> UnsafeMutableRawPointer {
        let shift = InstanceRecord.size * (newCount - count)
        let newSize = size + shift
        let memory = unsafe table.allocateReusable(newSize)
        if shift == 0 {
            unsafe memory.copyMemory(from: address, byteCount: newSize)
            return unsafe memory
        }
        let kept = Self.recordsOffset + InstanceRecord.size * min(count, newCount)
        unsafe memory.copyMemory(from: address, byteCount: kept)
        let newTagOffset = tagOffset + shift
        unsafe (memory + newTagOffset).copyMemory(
            from: address + tagOffset,
            byteCount: size - tagOffset
        )
        unsafe memory.storeBytes(of: UInt16(newCount), as: UInt16.self)
        unsafe memory.storeBytes(of: UInt32(newTagOffset), toByteOffset: 4, as: UInt32.self)
        unsafe memory.storeBytes(of: UInt64(newSize), toByteOffset: 8, as: UInt64.self)
        var offset = newTagOffset + 12
        for _ in 0..<tagCount {
            let text = unsafe Int(memory.load(fromByteOffset: offset, as: UInt32.self)) + shift
            unsafe memory.storeBytes(of: UInt32(text), toByteOffset: offset, as: UInt32.self)
            offset += 16
        }
        return unsafe memory
    }
}
