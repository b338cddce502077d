// SPDX-License-Identifier: Apache-2.0
import Publication

/// A block while it is being made, of new instances or of another block's; one of these is filled
/// again and again, and keeps its memory.
@safe
struct BlockDraft: ~Copyable {
    /// A tag with the instances that have it, and where its words begin.
    private struct Tag {
        var mask: UInt64
        var mark: UInt32
        var start: Int
    }

    /// The number of instances.
    private(set) var count = 0
    private let records: UnsafeMutableRawPointer
    /// The IPv6 addresses, of each instance at its own place.
    private let addresses: UnsafeMutableRawPointer
    /// Which instances have an IPv6 address.
    private var withV6: UInt64 = 0
    private var tags: [Tag] = []
    private var words: [UInt64] = []

    init() {
        let size = InstanceRecord.size * Block.capacity
        unsafe records = .allocate(byteCount: size, alignment: 16)
        unsafe addresses = .allocate(byteCount: size, alignment: 16)
    }

    deinit {
        unsafe records.deallocate()
        unsafe addresses.deallocate()
    }

    /// Begins anew with nothing.
    mutating func removeAll() {
        count = 0
        withV6 = 0
        tags.removeAll(keepingCapacity: true)
        words.removeAll(keepingCapacity: true)
    }

    /// Begins anew with what a block holds.
    mutating func load(_ block: Block) {
        removeAll()
        count = block.count
        unsafe block.copyRecords(to: records)
        if block.hasV6 {
            for index in 0..<count {
                let record = block.record(index)
                if record.flags.contains(.hasV6) { place(record.wireV6, at: index) }
            }
        }
        for number in 0..<block.tagCount {
            let tag = block.tag(number)
            tags.append(Tag(mask: tag.mask, mark: tag.mark, start: words.count))
            for word in 0..<TagWords.wordCount(tag.mark) { words.append(tag.word(word)) }
        }
    }

    /// Adds an instance behind the others; there is room.
    mutating func append(_ image: InstanceImage, _ tags: borrowing TagWords) {
        count += 1
        set(count - 1, to: image, tags)
    }

    /// Puts an instance in the place of another.
    mutating func set(_ index: Int, to image: InstanceImage, _ tags: borrowing TagWords) {
        place(image, at: index)
        for number in tags.marks.indices {
            add(index, tags.marks[number], tags.words, from: tags.starts[number])
        }
    }

    /// Takes out the last instance.
    mutating func removeLast() {
        clear(count - 1)
        count -= 1
    }

    private mutating func clear(_ index: Int) {
        let bit = UInt64(1) << UInt64(index)
        withV6 &= ~bit
        for number in tags.indices { tags[number].mask &= ~bit }
    }

    private mutating func place(_ image: InstanceImage, at index: Int) {
        precondition(index < count && count <= Block.capacity, "instance \(index) of \(count)")
        clear(index)
        let offset = InstanceRecord.size * index
        unsafe records.storeBytes(of: image.first, toByteOffset: offset, as: UInt64.self)
        unsafe records.storeBytes(of: image.second, toByteOffset: offset + 8, as: UInt64.self)
        if image.flags.contains(.hasV6) { place(image.wireV6, at: index) }
    }

    private mutating func place(_ wireV6: SIMD16<UInt8>, at index: Int) {
        withV6 |= 1 << UInt64(index)
        unsafe addresses.storeBytes(
            of: wireV6,
            toByteOffset: 16 * index,
            as: SIMD16<UInt8>.self
        )
    }

    private mutating func add(_ index: Int, _ mark: UInt32, _ source: [UInt64], from first: Int) {
        let bit = UInt64(1) << UInt64(index)
        let count = TagWords.wordCount(mark)
        for number in 0..<tags.count where tags[number].mark == mark {
            let start = tags[number].start
            var word = 0
            while word < count, words[start + word] == source[first + word] { word += 1 }
            if word == count {
                tags[number].mask |= bit
                return
            }
        }
        tags.append(Tag(mask: bit, mark: mark, start: words.count))
        for word in 0..<count { words.append(source[first + word]) }
    }

    /// The octets that the block takes, a multiple of 16.
    var size: Int {
        var size = Block.recordsOffset + 16 * (count + withV6.nonzeroBitCount)
        for tag in tags where tag.mask != 0 { size += 16 + 8 * TagWords.wordCount(tag.mark) }
        return (size + 15) & ~15
    }

    /// Writes the block: ``size`` octets, at a multiple of 16.
    func write(to memory: UnsafeMutableRawPointer, size: Int) {
        let addressOffset = Block.recordsOffset + 16 * count
        let tagOffset = addressOffset + 16 * withV6.nonzeroBitCount
        unsafe (memory + Block.recordsOffset).copyMemory(from: records, byteCount: 16 * count)
        // Each record says how many records ahead its IPv6 address stands.
        var rest = withV6
        var number = 0
        while rest != 0 {
            let index = rest.trailingZeroBitCount
            rest &= rest - 1
            let place = addressOffset + 16 * number
            let from = Block.recordsOffset + 16 * index
            unsafe memory.storeBytes(
                of: addresses.load(fromByteOffset: 16 * index, as: SIMD16<UInt8>.self),
                toByteOffset: place,
                as: SIMD16<UInt8>.self
            )
            unsafe memory.storeBytes(
                of: UInt16((place - from) / 16),
                toByteOffset: from + 14,
                as: UInt16.self
            )
            number += 1
        }
        let tagCount = unsafe write(tagsTo: memory, at: tagOffset, size: size)
        unsafe memory.storeBytes(of: UInt16(count), as: UInt16.self)
        unsafe memory.storeBytes(of: UInt16(tagCount), toByteOffset: 2, as: UInt16.self)
        unsafe memory.storeBytes(of: UInt32(tagOffset), toByteOffset: 4, as: UInt32.self)
        unsafe memory.storeBytes(of: UInt64(size), toByteOffset: 8, as: UInt64.self)
    }

    /// Writes those tags that an instance still has; returns how many these are.
    private func write(
        tagsTo memory: UnsafeMutableRawPointer,
        at offset: Int,
        size: Int
    ) -> Int {
        var tagCount = 0
        for tag in tags where tag.mask != 0 { tagCount += 1 }
        var place = offset
        var text = offset + 16 * tagCount
        for tag in tags where tag.mask != 0 {
            unsafe memory.storeBytes(of: tag.mask, toByteOffset: place, as: UInt64.self)
            unsafe memory.storeBytes(of: tag.mark, toByteOffset: place + 8, as: UInt32.self)
            unsafe memory.storeBytes(of: UInt32(text), toByteOffset: place + 12, as: UInt32.self)
            place += 16
            for number in 0..<TagWords.wordCount(tag.mark) {
                unsafe memory.storeBytes(
                    of: words[tag.start + number],
                    toByteOffset: text,
                    as: UInt64.self
                )
                text += 8
            }
        }
        // What is behind the last text up to the end.
        while text < size {
            unsafe memory.storeBytes(of: 0, toByteOffset: text, as: UInt64.self)
            text += 8
        }
        return tagCount
    }
}
