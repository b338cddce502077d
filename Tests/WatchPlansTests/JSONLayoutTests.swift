// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

@testable import WatchPlans

@Suite("JSON laid out anew")
struct JSONLayoutTests {
    private static func text(_ octets: [UInt8]) -> String {
        String(decoding: octets, as: UTF8.self)
    }

    @Test("blanks go and come, strings stay as they are")
    func layout() {
        let written = """
            [ {"a b": " x\\" ,[{ ", "n": null,\t"e": [ ], "o": { } },
              [1, 2.5], "ä" ]

            """
        let compact = JSONLayout.compact(Array(written.utf8))
        #expect(Self.text(compact) == #"[{"a b":" x\" ,[{ ","n":null,"e":[],"o":{}},[1,2.5],"ä"]"#)
        #expect(
            Self.text(JSONLayout.indented(compact)) == """
                [
                    {
                        "a b": " x\\" ,[{ ",
                        "n": null,
                        "e": [],
                        "o": {}
                    },
                    [
                        1,
                        2.5
                    ],
                    "ä"
                ]
                """
        )
        #expect(JSONLayout.compact(JSONLayout.indented(compact)) == compact)
        let elements = JSONLayout.elements(of: compact)
        #expect(elements.map { Self.text(Array($0)) }.last == "\"ä\"" && elements.count == 3)
        #expect(JSONLayout.array(elements) == compact)
    }

    @Test("what is no array has no elements", arguments: ["", "[", "[]", "{}", "null", "]["])
    func noElements(text: String) {
        #expect(JSONLayout.elements(of: Array(text.utf8)).isEmpty)
    }

    @Test("octets that are no JSON do no harm")
    func noise() {
        var generator = SplitMix64(seed: 7)
        let octets = Array(#"[]{}",:\ 1"#.utf8)
        for _ in 0..<2000 {
            let count = Int.random(in: 0..<12, using: &generator)
            let text = (0..<count).map { _ in octets.randomElement(using: &generator) ?? 0 }
            let compact = JSONLayout.compact(text)
            #expect(JSONLayout.compact(compact) == compact)
            _ = JSONLayout.indented(compact)
            _ = JSONLayout.elements(of: compact)
        }
    }
}
