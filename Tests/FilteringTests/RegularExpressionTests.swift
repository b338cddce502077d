// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

@testable import Filtering

@Suite("Regular expressions")
struct RegularExpressionTests {
    @Test(
        "match as RE2's",
        arguments: [
            ("", "", true), ("", "x", true), ("b", "abc", true), ("^b", "abc", false),
            ("c$", "abc", true), ("^abc$", "abc", true), ("^$", "", true), ("^$", "a", false),
            ("a.c", "a\nc", false), ("(?s)a.c", "a\nc", true), ("a.c", "aéc", true),
            ("^a|b$", "xb", true), ("^(a|b)+$", "abba", true), ("^(a|b)+$", "", false),
            ("^(?:ab)?c", "c", true), ("^a{2}$", "aa", true), ("^a{2}$", "aaa", false),
            ("^a{2,}$", "aaaa", true), ("^a{2,}$", "a", false), ("^a{1,3}$", "aaaa", false),
            ("^a{0}$", "", true), ("a{,2}", "a{,2}", true), ("a{x", "a{x", true),
            ("^a*?b", "aab", true), ("^a+?$", "aaa", true), ("^a??$", "a", true),
            ("(a*)*$", "b", true), ("^(a*)+$", "aa", true), ("^(|a)+$", "aa", true),
            (#"^\d+$"#, "0123", true), (#"^\d+$"#, "12a", false), (#"^\D$"#, "é", true),
            (#"^\w+$"#, "a_9", true), (#"^\w$"#, "é", false), (#"^\s\S$"#, "\tx", true),
            (#"^[\d\-a]+$"#, "1-a", true), ("^[]a]+$", "]a", true), ("^[^]a]$", "b", true),
            ("^[a-c]+$", "abc", true), ("^[^a-c]$", "b", false), ("^[a-]+$", "-a", true),
            ("^[[:alpha:]]+$", "aZ", true), ("^[[:^alpha:]]+$", "aZ", false),
            (#"^[\W]$"#, "-", true), ("[[]", "[", true), ("[^a]", "\n", true),
            (#"\bfoo\b"#, "a foo.", true), (#"\bfoo\b"#, "afoo", false),
            (#"\Boo"#, "foo", true), (#"\Aa\z"#, "a", true), (#"a\.b"#, "axb", false),
            (#"\x41\x{e9}\101\n"#, "AéA\n", true), (#"\Qa.b\E+$"#, "a.bb", true),
            (#"^\Q*"#, "*", true), ("(?i)WEB", "a web", true), ("(?i)[a-c]É", "Bé", true),
            ("a(?i)b|c", "aB", true), ("(?i:a)b", "AB", false), ("(?m)^b$", "a\nb\nc", true),
            ("(?P<name>a)(?<other>b)", "ab", true), ("(?-i)a", "A", false),
            ("(?i)[^k]", "K", false), ("x*", "", true), ("é+", "e\u{301}", false),
        ]
    )
    func matches(pattern: String, text: String, expected: Bool) throws {
        #expect(try RegularExpression(pattern).matches(text) == expected)
    }

    @Test(
        "are refused with Go's texts",
        arguments: [
            ("(", "missing closing ): `(`"), ("a)", "unexpected ): `a)`"),
            ("*", "missing argument to repetition operator: `*`"),
            ("a|*", "missing argument to repetition operator: `*`"),
            ("(+)", "missing argument to repetition operator: `+`"),
            ("a**", "invalid nested repetition operator: `**`"),
            ("a{2}{3}", "invalid nested repetition operator: `{2}{3}`"),
            ("a{1001}", "invalid repeat count: `{1001}`"),
            ("a{2,1}", "invalid repeat count: `{2,1}`"),
            ("a{99999999999999999999}", "invalid repeat count: `{99999999999999999999}`"),
            ("((a{100}){100})", "invalid repeat count: `{100}`"),
            ("[a", "missing closing ]: `[a`"), ("[", "missing closing ]: `[`"),
            ("[a-", "missing closing ]: `[a-`"), ("[]", "missing closing ]: `[]`"),
            ("[z-a]", "invalid character class range: `z-a`"),
            ("[[:nope:]]", "invalid character class range: `[:nope:]`"),
            (#"\pL"#, #"invalid character class range: `\pL`"#),
            (#"\q"#, #"invalid escape sequence: `\q`"#),
            (#"\8"#, #"invalid escape sequence: `\8`"#),
            (#"(a)\1"#, #"invalid escape sequence: `\1`"#),
            (#"\x{110000}"#, #"invalid escape sequence: `\x{110000`"#),
            (#"\x4"#, #"invalid escape sequence: `\x`"#),
            ("a\\", "trailing backslash at end of expression: ``"),
            ("(?=a)", "invalid or unsupported Perl syntax: `(?=`"),
            ("(?<!a)", "invalid named capture: `(?<!a)`"), ("(?i", "missing closing ): `(?i`"),
        ]
    )
    func refused(pattern: String, reason: String) {
        do throws(RegularExpressionError) {
            _ = try RegularExpression(pattern)
            Issue.record("accepted")
        } catch { #expect(error.description == "error parsing regexp: " + reason) }
    }

    @Test("are bounded in depth and size")
    func bounds() {
        func nested(_ count: Int) -> String {
            String(repeating: "(", count: count) + String(repeating: ")", count: count)
        }
        #expect(throws: Never.self) { try RegularExpression(nested(200)) }
        for (pattern, kind) in [
            (nested(201), RegularExpressionError.Kind.tooDeep),
            ("(((x{50}y){20}){1}){1}" + String(repeating: "[a-f]{1000}", count: 10), .tooLarge),
            (#"(\Qa\E{1000}){1000}"#, .tooLarge),
            (#"(?:(?:\Qa\E{0}){1000}){1}"# + String(repeating: "(){1000}", count: 41), .tooLarge),
        ] {
            #expect { try RegularExpression(pattern) } throws: {
                ($0 as? RegularExpressionError)?.kind == kind
            }
        }
    }

    @Test(
        "take steps in proportion to the text",
        arguments: ["(a*)*b", "(a|a)*$b", "(a?){30}a{30}b", "(.*)(.*)(.*)(.*)x", "a*a*a*a*c"]
    )
    func linear(pattern: String) throws {
        let expression = try RegularExpression(pattern)
        func steps(_ count: Int) -> Int {
            var steps = 0
            let text = String(repeating: "a", count: count)
            #expect(!expression.matches(text, steps: &steps))
            return steps
        }
        let once = steps(500)
        // Per place: each instruction pushed at most twice, and each waiting one looked at.
        #expect(once <= 501 * 4 * expression.programSize)
        // Once all threads run, every further character costs the same.
        let twice = steps(1000)
        #expect(steps(1500) - twice == twice - once)
    }

    @Test("agree with a reference that tries all paths", arguments: 0..<6)
    func reference(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        for _ in 0..<400 {
            let (pattern, node) = randomPattern(depth: 3, &generator)
            let expression = try RegularExpression(pattern)
            for _ in 0..<4 {
                let count = Int.random(in: 0...6, using: &generator)
                let text = (0..<count).map { _ in
                    Bool.random(using: &generator) ? "a" : "b" as Unicode.Scalar
                }
                let isMatch = (0...text.count).contains { start in
                    !ends(of: node, in: text, from: start).isEmpty
                }
                var string = String.UnicodeScalarView()
                string.append(contentsOf: text)
                #expect(
                    expression.matches(String(string)) == isMatch,
                    "\(pattern) on \(String(string))"
                )
            }
        }
    }

    @Test("never trap on random patterns", arguments: 0..<6)
    func randomPatterns(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        let parts = [
            "a", "b", "(", ")", "[", "]", "^", "$", "*", "+", "?", "{", "}", "1", "2", ",", "|",
            "\\", "-", ":", "i", "P", "<", ">", "Q", "E", "x", "é", "\u{0}", "\n", "[:alpha:]",
        ]
        for _ in 0..<1_500 {
            let pattern = (0..<Int.random(in: 0..<12, using: &generator)).map { _ in
                parts.randomElement(using: &generator) ?? ""
            }.joined()
            _ = try? RegularExpression(pattern).matches("ab1é\n")
        }
    }

    private func randomPattern(
        depth: Int,
        _ generator: inout SplitMix64
    ) -> (String, RegularNode) {
        switch Int.random(in: depth == 0 ? 0..<4 : 0..<8, using: &generator) {
        case 0: return ("a", .set(ScalarSet("a", ignoresCase: false)))
        case 1: return ("b", .set(ScalarSet("b", ignoresCase: false)))
        case 2: return (".", .set(.allButNewline))
        case 3:
            return Bool.random(using: &generator)
                ? ("^", .condition(.textBegin)) : ("$", .condition(.textEnd))
        case 4, 5:
            let (first, one) = randomPattern(depth: depth - 1, &generator)
            let (second, other) = randomPattern(depth: depth - 1, &generator)
            return ("(?:\(first))(?:\(second))", .sequence([one, other]))
        case 6:
            let (first, one) = randomPattern(depth: depth - 1, &generator)
            let (second, other) = randomPattern(depth: depth - 1, &generator)
            return ("(\(first)|\(second))", .choice([one, other]))
        default:
            let (inner, node) = randomPattern(depth: depth - 1, &generator)
            let bounds: [(String, Int, Int?)] = [
                ("*", 0, nil), ("+", 1, nil), ("?", 0, 1), ("{2}", 2, 2), ("{1,2}", 1, 2),
                ("{2,}", 2, nil),
            ]
            let (text, least, most) = bounds.randomElement(using: &generator) ?? bounds[0]
            return ("(?:\(inner))\(text)", .repetition(node, least, most, isLazy: false))
        }
    }

    private func ends(of node: RegularNode, in text: [Unicode.Scalar], from start: Int) -> Set<Int>
    {
        switch node {
        case .empty: return [start]
        case .set(let set):
            return start < text.count && set.contains(text[start]) ? [start + 1] : []
        case .condition(let condition):
            let place = RegularPlace(
                previous: start > 0 ? text[start - 1] : nil,
                next: start < text.count ? text[start] : nil
            )
            return place.fulfils(condition) ? [start] : []
        case .sequence(let nodes):
            return nodes.reduce([start]) { starts, node in
                Set(starts.flatMap { ends(of: node, in: text, from: $0) })
            }
        case .choice(let nodes):
            return Set(nodes.flatMap { ends(of: $0, in: text, from: start) })
        case .repetition(let inner, let least, let most, _):
            var current: Set<Int> = [start]
            var result: Set<Int> = least == 0 ? [start] : []
            // More rounds than the text has characters bring nothing new.
            for round in 1...max(least, most ?? 0, text.count + least + 1) {
                if let most, round > most { break }
                current = Set(current.flatMap { ends(of: inner, in: text, from: $0) })
                if round >= least { result.formUnion(current) }
            }
            return result
        case .group(let inner, _):
            return ends(of: inner, in: text, from: start)
        }
    }
}
