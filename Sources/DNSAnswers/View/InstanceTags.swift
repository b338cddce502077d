// SPDX-License-Identifier: Apache-2.0

/// The tags of one instance, as a block is to hold them.
protocol TagSource: ~Copyable {
    /// How many there are.
    var count: Int { get }

    /// Whether a tag of a block is among them.
    func contains(_ tag: BlockTag) -> Bool
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

    func contains(_ tag: BlockTag) -> Bool {
        let mark = tag.mark
        for number in 0..<block.tagCount {
            let own = block.tag(number)
            guard own.mark == mark, own.mask & bit != 0 else { continue }
            let count = TagWords.wordCount(mark)
            var word = 0
            while word < count, own.word(word) == tag.word(word) { word += 1 }
            if word == count { return true }
        }
        return false
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
            guard contains(tag) else { return false }
            found += 1
        }
        return found == count
    }
}
