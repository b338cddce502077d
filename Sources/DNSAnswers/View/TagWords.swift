// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Publication

/// The tags of one instance in the form in which blocks hold them: labels, folded, in zero padded
/// words; only those that a question can bear.
///
/// It is filled again and again, and keeps its memory.
struct TagWords {
    /// The most tags of an instance that the fast line knows: so the tags of a block have numbers
    /// of 16 bits.
    static let maximum = 1000

    /// Hash and length of each tag (``Block/mark(of:)``).
    private(set) var marks: [UInt32] = []
    /// Where the words of each tag begin.
    private(set) var starts: [Int] = []
    /// The words of all tags.
    private(set) var words: [UInt64] = []
    private var octets: [UInt8] = []

    /// The words that a tag with this mark has.
    static func wordCount(_ mark: UInt32) -> Int { (Int(mark >> 16) + 7) / 8 }

    /// Takes the tags of another instance instead.
    mutating func fill(_ tags: [String]) {
        marks.removeAll(keepingCapacity: true)
        starts.removeAll(keepingCapacity: true)
        words.removeAll(keepingCapacity: true)
        for tag in tags { append(tag) }
    }

    /// Takes the tags of an instance of a block instead.
    mutating func fill(from block: Block, at index: Int) {
        fill([])
        let bit = UInt64(1) << UInt64(index)
        for number in 0..<block.tagCount {
            let tag = block.tag(number)
            guard tag.mask & bit != 0 else { continue }
            marks.append(tag.mark)
            starts.append(words.count)
            for word in 0..<Self.wordCount(tag.mark) { words.append(tag.word(word)) }
        }
    }

    /// Whether a tag with this mark and these words is among them.
    func contains(_ mark: UInt32, _ word: (Int) -> UInt64) -> Bool {
        for number in marks.indices where marks[number] == mark {
            let start = starts[number]
            if (0..<Self.wordCount(mark)).allSatisfy({ words[start + $0] == word($0) }) {
                return true
            }
        }
        return false
    }

    private mutating func append(_ tag: String) {
        octets.removeAll(keepingCapacity: true)
        guard PlainName.appendReachableLabels(of: tag, to: &octets) else { return }
        let start = words.count
        var hash = EntryKey.startHash(kind: 0, seed: 0)
        var word: UInt64 = 0
        var shift: UInt64 = 0
        for octet in octets {
            word |= UInt64(octet) << shift
            shift += 8
            if shift == 64 {
                words.append(word)
                hash = EntryKey.hash(hash, adding: word)
                (word, shift) = (0, 0)
            }
        }
        if shift > 0 {
            words.append(word)
            hash = EntryKey.hash(hash, adding: word)
        }
        let mark = Block.mark(
            hash: EntryKey.finishHash(hash, length: octets.count),
            length: octets.count
        )
        // A tag that is given twice counts once.
        for other in marks.indices where marks[other] == mark {
            if words[starts[other]...].prefix(words.count - start)
                .elementsEqual(words[start...])
            {
                words.removeSubrange(start...)
                return
            }
        }
        marks.append(mark)
        starts.append(start)
    }
}
