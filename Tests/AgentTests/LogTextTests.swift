// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Agent

@Suite("What others chose makes no line of the log")
struct LogTextTests {
    @Test(
        "control characters are escaped, the rest stays",
        arguments: [
            ("plain", "plain"), ("a\nb", "a\\nb"), ("\u{1b}[31mred", "\\u001b[31mred"),
            ("a\u{85}b\u{2028}c", "a\\u0085b\\u2028c"), ("über \"x\"", "über \"x\""),
        ]
    )
    func plain(text: String, written: String) {
        #expect(LogText.plain(text) == written)
    }

    @Test(
        "values with spaces, quotes or control characters stand in quotes",
        arguments: [
            ("a", "a"), ("a b", "\"a b\""), ("a\"b", "\"a\\\"b\""),
            ("x\n[INFO] y", "\"x\\n[INFO] y\""),
            ("C:\\x", "C:\\x"),
        ]
    )
    func values(text: String, written: String) {
        #expect(LogText.value(text) == written)
    }
}
