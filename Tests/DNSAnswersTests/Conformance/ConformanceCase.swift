// SPDX-License-Identifier: Apache-2.0
import Testing

/// A case of the specification: what is asked, under which configuration, and what comes back.
struct ConformanceCase: Sendable, CustomTestStringConvertible {
    /// What must come back.
    enum Expectation: Sendable {
        /// Nothing.
        case silence
        /// A reply.
        case reply(ExpectedReply)
    }

    /// `DNS-001`.
    var number: String
    /// `C0`.
    var configuration: String
    /// Name, type and options as written.
    var query: String
    /// What must come back.
    var expectation: Expectation

    var testDescription: String { "\(number) \(configuration) \(query)" }

    /// Reads blocks separated by empty lines.
    static func parse(_ text: String) -> [ConformanceCase] {
        text.split(separator: "\n", omittingEmptySubsequences: false)
            .split { $0.isEmpty }
            .map { block in parse(block: block.filter { !$0.hasPrefix("#") }) }
    }

    private static func parse(block: [Substring]) -> ConformanceCase {
        precondition(block.count >= 2, "a case has two lines at least: \(block)")
        let head = block[0].split(separator: " ", maxSplits: 2).map(String.init)
        precondition(head.count == 3, "number, configuration, query: \(block[0])")
        return ConformanceCase(
            number: head[0],
            configuration: head[1],
            query: head[2],
            expectation: block[1] == "no reply"
                ? .silence : .reply(ExpectedReply(status: block[1], records: block.dropFirst(2)))
        )
    }
}

/// A reply as a case describes it.
struct ExpectedReply: Sendable {
    /// What a section holds.
    enum Content: Sendable {
        /// These records in any order.
        case records([String])
        /// These records in this order.
        case ordered([String])
        /// So many of these records.
        case any(Int, of: [String])
        /// The records of one of these lists.
        case either([[String]])
        /// So many records.
        case count(Int)
        /// Records, at least one, all with this TTL.
        case ttl(UInt32)
    }

    /// `NOERROR`.
    var code: String
    /// Flags beside QR, in the order AA TC RD RA AD CD.
    var flags: [String]
    /// The octets of the whole reply; `nil` where the case does not say.
    var length: Int?
    /// The sections `an`, `ns`, `ad`; one that is missing is empty.
    var sections: [String: Content] = [:]

    init(status: Substring, records: ArraySlice<Substring>) {
        let words = status.split(separator: " ").map(String.init)
        code = words[0]
        flags = Array(words.dropFirst().dropLast())
        length = Int(words[words.count - 1])
        precondition(length != nil || words.last == "-", "octets or -: \(status)")
        for section in ["an", "ns", "ad"] {
            let lines = records.filter { $0.hasPrefix(section + " ") }
                .map { String($0.dropFirst(section.count + 1)) }
            if !lines.isEmpty { sections[section] = Self.content(lines) }
        }
    }

    private static func content(_ lines: [String]) -> Content {
        let words = lines[0].split(separator: " ").map(String.init)
        let rest = Array(lines.dropFirst())
        if lines[0] == "in order" { return .ordered(rest) }
        if words.count == 3, words[0] == "any", words[2] == "of", let count = Int(words[1]) {
            return .any(count, of: rest)
        }
        if words.count == 2, words[1] == "records", let count = Int(words[0]) {
            return .count(count)
        }
        if words.count == 3, words[0] == "all", words[1] == "TTL", let ttl = UInt32(words[2]) {
            return .ttl(ttl)
        }
        let alternatives = lines.split(separator: "or").map(Array.init)
        return alternatives.count > 1 ? .either(alternatives) : .records(lines)
    }
}
