// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Filtering

@Suite("What regular expressions capture")
struct CaptureTests {
    @Test(
        "is what Go's FindStringSubmatch gives",
        arguments: [
            ("^geo-(.*?)-([^\\-]+?)$", "geo-web-v2", ["geo-web-v2", "web", "v2"]),
            ("^geo-(.*?)-([^\\-]+?)$", "geo-my-web-v2", ["geo-my-web-v2", "my-web", "v2"]),
            ("a*", "baa", [""]), ("a+", "baa", ["aa"]), ("a+?", "baa", ["a"]),
            ("(a*)(a*)", "aa", ["aa", "aa", ""]), ("(a*?)(a*)", "aa", ["aa", "", "aa"]),
            ("(?U)(a*)(a*?)", "aa", ["aa", "", "aa"]),
            ("(a|ab)(c|bcd)", "abcd", ["abcd", "a", "bcd"]),
            ("(a)|(b)", "b", ["b", "", "b"]), ("(?:a)(b)", "ab", ["ab", "b"]),
            ("(?P<x>a)(?<y>b)", "ab", ["ab", "a", "b"]), ("(a)+", "aaa", ["aaa", "a"]),
            ("(a(b)?)+", "aba", ["aba", "a", "b"]),
            ("(a{2,3}?)(a*)", "aaaa", ["aaaa", "aa", "aa"]),
            ("(é+)x", "aééx", ["ééx", "éé"]), ("\\b(\\w+)$", "one two", ["two", "two"]),
            ("", "abc", [""]), ("(x)?", "abc", ["", ""]), ("(|a)(b)", "ab", ["ab", "a", "b"]),
            ("(?i)(WEB)-(\\d+)", "my-web-12", ["web-12", "web", "12"]),
        ] as [(String, String, [String])]
    )
    func captures(pattern: String, text: String, expected: [String]) throws {
        let expression = try RegularExpression(pattern, isCapturing: true)
        #expect(expression.firstMatch(in: text) == expected)
        #expect(expression.groupCount == expected.count - 1)
    }

    @Test("is nothing without a match")
    func noMatch() throws {
        #expect(try RegularExpression("^(a)$", isCapturing: true).firstMatch(in: "b") == nil)
        #expect(try RegularExpression("a(b)").firstMatch(in: "xab") == ["ab"])
    }

    @Test("is the last time of each of many groups, in steps that do not grow with their number")
    func manyGroups() throws {
        let text = String(repeating: "ab", count: 60)
        func run(_ pattern: String) throws -> (match: [String]?, steps: Int) {
            var steps = 0
            let expression = try RegularExpression(pattern, isCapturing: true)
            return (expression.firstMatch(in: text, steps: &steps), steps)
        }
        let (match, steps) = try run(String(repeating: "(.?)", count: 130))
        let expected = [text] + text.map(String.init) + Array(repeating: "", count: 10)
        #expect(match == expected)
        // Per place and group: take, split, and a note at each end.
        #expect(steps <= 121 * 130 * 6)
        #expect(try run("(?:(a)|(b))*").match == [text, "a", "b"])
        #expect(try run("(?:(a)(b)?)*(a)?").match == [text, "a", "b", ""])
    }

    @Test("can be bounded more tightly than by default")
    func tightBound() throws {
        #expect(throws: Never.self) { try RegularExpression("(a){9}", isCapturing: true) }
        #expect {
            try RegularExpression("(a){9}", isCapturing: true, maximumSize: 20)
        } throws: {
            ($0 as? RegularExpressionError)?.kind == .tooLarge
        }
    }

    @Test("agrees with matching, over patterns and texts from a small alphabet")
    func agreement() throws {
        let atoms = ["a", "b", ".", "(a)", "(b|ab)", "(?:a|b)", "[ab]", "^", "$", "(a*?b)", "\\b"]
        let marks = ["", "*", "+", "?", "*?", "??", "{1,2}", "{0,2}?"]
        let texts = ["", "a", "b", "ab", "ba", "aab", "abab", "bbaa", "abba"]
        var seed: UInt64 = 7
        func pick(_ list: [String]) -> String {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return list[Int((seed >> 33) % UInt64(list.count))]
        }
        for _ in 0..<400 {
            var pattern = ""
            for _ in 0..<3 {
                let atom = pick(atoms)
                pattern += atom + (["^", "$", "\\b"].contains(atom) ? "" : pick(marks))
            }
            let plain = try RegularExpression(pattern)
            let capturing = try RegularExpression(pattern, isCapturing: true)
            for text in texts {
                let match = capturing.firstMatch(in: text)
                #expect((match != nil) == plain.matches(text), "\(pattern) on \(text)")
                #expect(match?.first == plain.firstMatch(in: text)?.first, "\(pattern) on \(text)")
                #expect(match.map { text.contains($0[0]) || $0[0].isEmpty } ?? true)
            }
        }
    }

    @Test(
        "takes steps in proportion to the text",
        arguments: ["(a*)*b", "(a|aa)+$b", "(.*?,){11}P"]
    )
    func linear(pattern: String) throws {
        let expression = try RegularExpression(pattern, isCapturing: true)
        func steps(_ count: Int) -> Int {
            var steps = 0
            #expect(
                expression.firstMatch(in: String(repeating: "a", count: count), steps: &steps)
                    == nil
            )
            return steps
        }
        let once = steps(500)
        #expect(once <= 501 * 5 * expression.programSize)
        let twice = steps(1000)
        #expect(steps(1500) - twice == twice - once)
    }
}
