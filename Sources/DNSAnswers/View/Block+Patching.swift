// SPDX-License-Identifier: Apache-2.0

// Most changes of a block are such that all else keeps its place, or moves by one record: then its
// octets are copied as they are. The others take it apart and build it anew (``BlockDraft``).
extension Block {
    /// A copy with an instance at an index, which may be that behind the last one, and as many
    /// instances as said: one more, as many, or one fewer.
    ///
    /// - Returns: `nil` where the form of the block changes: there are IPv6 addresses, a tag is new
    ///   or nobody has it any more.
    func patched(
        _ index: Int,
        _ image: InstanceImage,
        _ tags: borrowing TagWords,
        count newCount: Int
    ) -> Block? {
        guard !image.flags.contains(.hasV6), let memory = unsafe moved(count: newCount) else {
            return nil
        }
        let place = Self.recordsOffset + InstanceRecord.size * index
        unsafe memory.storeBytes(of: image.first, toByteOffset: place, as: UInt64.self)
        unsafe memory.storeBytes(of: image.second, toByteOffset: place + 8, as: UInt64.self)
        let bit = UInt64(1) << UInt64(index)
        let new = unsafe Block(base: UnsafeRawPointer(memory))
        var offset = new.tagOffset
        var found = 0
        var isWhole = true
        for number in 0..<tagCount {
            let tag = new.tag(number)
            var mask = tag.mask & ~bit
            if tags.contains(tag.mark, { tag.word($0) }) {
                mask |= bit
                found += 1
            }
            unsafe memory.storeBytes(of: mask, toByteOffset: offset, as: UInt64.self)
            if mask == 0 { isWhole = false }
            offset += 16
        }
        guard isWhole, found == tags.marks.count else {
            unsafe memory.deallocate()
            return nil
        }
        return new
    }

    /// A copy without the last instance; `nil` as above.
    func withoutLast() -> Block? {
        guard count > 1, let memory = unsafe moved(count: count - 1) else { return nil }
        let keep = (UInt64(1) << UInt64(count - 1)) - 1
        let new = unsafe Block(base: UnsafeRawPointer(memory))
        var offset = new.tagOffset
        var isWhole = true
        for number in 0..<tagCount {
            let mask = new.tag(number).mask & keep
            unsafe memory.storeBytes(of: mask, toByteOffset: offset, as: UInt64.self)
            if mask == 0 { isWhole = false }
            offset += 16
        }
        guard isWhole else {
            unsafe memory.deallocate()
            return nil
        }
        return new
    }

    /// A copy with room for so many records, and the tags behind them.
    private func moved(count newCount: Int) -> UnsafeMutableRawPointer? {
        guard !hasV6, newCount <= Self.capacity else { return nil }
        let shift = InstanceRecord.size * (newCount - count)
        let newSize = size + shift
        let memory = UnsafeMutableRawPointer.allocate(byteCount: newSize, alignment: 16)
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
