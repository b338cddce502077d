// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Publication

/// The tags of one instance in the form in which blocks hold them: labels, folded, in zero padded
/// words; only those that a question can bear.
///
/// It is filled again and again, and keeps its memory.
@safe
struct TagWords: ~Copyable {
    /// The most tags of an instance that the fast line knows: so the tags of a block have numbers
    /// of 16 bits.
    static let maximum = 1000

    /// Hash and length of each tag (``Block/mark(of:)``).
    private(set) var marks: [UInt32] = []
    /// Where the words of each tag begin.
    private(set) var starts: [Int] = []
    /// The words of all tags.
    private(set) var words: [UInt64] = []
    /// The labels of a tag while it is being read, and zeros behind them.
    private let octets: UnsafeMutableRawPointer
    /// The tags that these are of; `nil` where they are a block's.
    private var source: [String]?

    init() {
        unsafe octets = .allocate(byteCount: DomainName.maximumLength + 8, alignment: 8)
    }

    deinit { unsafe octets.deallocate() }

    /// The words that a tag with this mark has.
    static func wordCount(_ mark: UInt32) -> Int { (Int(mark >> 16) + 7) / 8 }

    /// Takes the tags of another instance instead; those of an instance and of its service's others
    /// are often the same, then there is nothing to do.
    mutating func fill(_ tags: [String]) {
        if let source, source.hasSameOctets(as: tags) { return }
        removeAll()
        for tag in tags { append(tag) }
        source = tags
    }

    private mutating func removeAll() {
        marks.removeAll(keepingCapacity: true)
        starts.removeAll(keepingCapacity: true)
        words.removeAll(keepingCapacity: true)
        source = nil
    }

    /// Takes the tags of an instance of a block instead.
    mutating func fill(from block: Block, at index: Int) {
        removeAll()
        let bit = UInt64(1) << UInt64(index)
        for number in 0..<block.tagCount {
            let tag = block.tag(number)
            guard tag.mask & bit != 0 else { continue }
            marks.append(tag.mark)
            starts.append(words.count)
            for word in 0..<Self.wordCount(tag.mark) { words.append(tag.word(word)) }
        }
    }

    /// Whether a tag of a block is among them; where it stands there does not matter.
    func contains(_ tag: BlockTag, _ number: Int) -> Bool {
        let mark = tag.mark
        for place in 0..<marks.count where marks[place] == mark {
            let start = starts[place]
            let count = Self.wordCount(mark)
            var word = 0
            while word < count, words[start + word] == tag.word(word) { word += 1 }
            if word == count { return true }
        }
        return false
    }

    private mutating func append(_ tag: String) {
        guard let length = read(tag) else { return }
        let start = words.count
        var hash = EntryKey.startHash(kind: 0, seed: 0)
        var offset = 0
        while offset < length {
            let word = unsafe octets.load(fromByteOffset: offset, as: UInt64.self)
            words.append(word)
            hash = EntryKey.hash(hash, adding: word)
            offset += 8
        }
        let mark = Block.mark(hash: EntryKey.finishHash(hash, length: length), length: length)
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

    /// Writes a tag as labels, folded, to ``octets``; returns how many these are, `nil` where no
    /// question can bear it: ``PlainName/appendReachableLabels(of:to:)`` without an array.
    private func read(_ tag: String) -> Int? {
        var tag = tag
        return tag.withUTF8 { source in
            guard source.count < DomainName.maximumLength - 1 else { return nil }
            let end = source.count
            var (start, index) = (0, 0)
            while true {
                while index < end {
                    let octet = unsafe source[index]
                    if octet == UInt8(ascii: ".") { break }
                    guard PlainName.isUnescaped(octet) else { return nil }
                    index += 1
                    unsafe octets.storeBytes(
                        of: foldedOctet(octet),
                        toByteOffset: index,
                        as: UInt8.self
                    )
                }
                let length = index - start
                guard (1...63).contains(length) else { return nil }
                unsafe octets.storeBytes(of: UInt8(length), toByteOffset: start, as: UInt8.self)
                start = index + 1
                if index == end { break }
                index += 1
            }
            unsafe octets.storeBytes(of: 0, toByteOffset: start, as: UInt64.self)
            return start
        }
    }
}
