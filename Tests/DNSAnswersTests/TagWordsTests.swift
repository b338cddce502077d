// SPDX-License-Identifier: Apache-2.0
import Publication
import Testing

@testable import DNSAnswers

@Suite("Tags in words are the labels that a question would bear")
struct TagWordsTests {
    static let tags = [
        "", "a", "v1", "V1", "a.b", ".", "a.", ".a", "a..b", "a b", "\u{212a}", "K", "ä", "a@b",
        "(x)",
        "1234567", "12345678", "123456789", "1.345678.90", String(repeating: "x", count: 63),
        String(repeating: "x", count: 64), String(repeating: "ab.", count: 84) + "a",
        String(repeating: "ab.", count: 84) + "ab", String(repeating: "a", count: 300),
    ]

    /// The labels of tags that no question can bear left out, each once.
    private static func labels(_ tags: [String]) -> [[UInt8]] {
        var found: [[UInt8]] = []
        for tag in tags {
            guard let labels = PlainName.reachableLabels(of: tag), !found.contains(labels) else {
                continue
            }
            found.append(labels)
        }
        return found
    }

    private static func expect(_ words: borrowing TagWords, are tags: [String]) {
        let labels = labels(tags)
        #expect(words.marks.count == labels.count)
        for (number, octets) in labels.enumerated() where number < words.marks.count {
            OwnedKey(octets).withKey { key in
                #expect(words.marks[number] == Block.mark(of: key))
                for word in 0..<TagWords.wordCount(words.marks[number]) {
                    #expect(words.words[words.starts[number] + word] == key.word(8 * word))
                }
            }
        }
    }

    @Test("one by one, and all together")
    func each() {
        var words = TagWords()
        for tag in Self.tags {
            words.fill([tag])
            Self.expect(words, are: [tag])
        }
        words.fill(Self.tags)
        Self.expect(words, are: Self.tags)
    }

    @Test("filled anew, with the same, with equal ones, with a part", arguments: 1...3)
    func again(seed: Int) {
        var generator = Generator(seed: UInt64(seed))
        var words = TagWords()
        var last: [String] = []
        for _ in 0..<500 {
            if generator.below(3) > 0 {
                last = (0..<generator.below(4)).map { _ in
                    Self.tags[generator.below(Self.tags.count)]
                }
            }
            words.fill(last)
            Self.expect(words, are: last)
        }
        // Unicode holds these equal.
        words.fill(["\u{212a}"])
        words.fill(["K"])
        Self.expect(words, are: ["K"])
    }
}
