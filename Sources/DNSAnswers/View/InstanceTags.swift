// SPDX-License-Identifier: Apache-2.0

/// The tags of one instance, as a block is to hold them.
protocol TagSource: ~Copyable {
    /// How many there are.
    var count: Int { get }

    /// Whether the tag with a number in a block is among them.
    func contains(_ tag: BlockTag, _ number: Int) -> Bool
}

/// The tags of an instance in a block.
struct InstanceTags: TagSource {
    let block: Block
    let index: Int

    private var bit: UInt64 { UInt64(1) << UInt64(index) }

    var count: Int {
        var count = 0
        for number in 0..<block.tagCount where block.tag(number).mask & bit != 0 { count += 1 }
        return count
    }

    func contains(_ tag: BlockTag, _ number: Int) -> Bool {
        // Most blocks of a service have the same tags in the same order.
        if number < block.tagCount {
            let own = block.tag(number)
            if own.isSame(as: tag) { return own.mask & bit != 0 }
        }
        for number in 0..<block.tagCount {
            let own = block.tag(number)
            if own.mask & bit != 0, own.isSame(as: tag) { return true }
        }
        return false
    }
}

extension BlockTag {
    /// Whether both have the same text.
    @inline(__always)
    fileprivate func isSame(as other: BlockTag) -> Bool {
        guard mark == other.mark else { return false }
        let count = TagWords.wordCount(mark)
        var word = 0
        while word < count, self.word(word) == other.word(word) { word += 1 }
        return word == count
    }
}

extension TagWords: TagSource {
    var count: Int { marks.count }

    /// Whether these are the tags of an instance in a block.
    borrowing func areThose(of instance: InstanceTags) -> Bool {
        var found = 0
        for number in 0..<instance.block.tagCount {
            let tag = instance.block.tag(number)
            guard tag.mask & (UInt64(1) << UInt64(instance.index)) != 0 else { continue }
            guard contains(tag, number) else { return false }
            found += 1
        }
        return found == count
    }
}
