// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import AgentConfiguration

@Suite("JSON")
struct JSONParserTests {
    private func failure(_ text: String) -> String {
        do {
            let value = try JSONParser.parse(Array(text.utf8), file: "t.json")
            return "no error: \(value.json)"
        } catch { return "\(error.line):\(error.column) \(error.description)" }
    }

    @Test(
        "values",
        arguments: [
            ("{}", "{}"), (" [ ] ", "[]"), ("null", "null"), ("-0.5e1", "-5.0"),
            (#"{"a":[1,true,null,"x"]}"#, #"{"a":[1,true,null,"x"]}"#),
            (#""\u00e4\ud83d\ude00\n\/""#, "\"ä😀\\n/\""), (#""\ud83d""#, "\"\u{fffd}\""),
            (#"{"a":1,"b":2,"a":3}"#, #"{"a":3,"b":2}"#),
        ]
    )
    func values(text: String, expected: String) throws {
        #expect(try JSONParser.parse(Array(text.utf8), file: "t").json == expected)
    }

    @Test(
        "errors are Go's, with places",
        arguments: [
            ("", "1:1 unexpected end of JSON input"), (" \n ", "2:2 unexpected end of JSON input"),
            ("{", "1:2 unexpected end of JSON input"),
            ("{} // c", "1:4 invalid character '/' after top-level value"),
            ("{a", "1:2 invalid character 'a' looking for beginning of object key string"),
            ("{\"a\" 1}", "1:6 invalid character '1' after object key"),
            ("{\"a\":1 \"b\"", "1:8 invalid character '\"' after object key:value pair"),
            ("[1 2]", "1:4 invalid character '2' after array element"),
            ("[1,]", "1:4 invalid character ']' looking for beginning of value"),
            ("tru?", "1:4 invalid character '?' in literal true (expecting 'e')"),
            ("\"a\nb\"", "1:3 invalid character '\\n' in string literal"),
            ("\"\\q\"", "1:3 invalid character 'q' in string escape code"),
            ("\"\\u12g4\"", "1:6 invalid character 'g' in \\u hexadecimal character escape"),
            ("-x", "1:2 invalid character 'x' in numeric literal"),
            ("1.x", "1:3 invalid character 'x' after decimal point in numeric literal"),
            ("01", "1:2 invalid character '1' after top-level value"),
        ]
    )
    func errors(text: String, expected: String) {
        #expect(failure(text) == expected)
    }

    @Test("nesting is bounded, not the stack")
    func depth() {
        #expect(failure(String(repeating: "[", count: 200_000)).contains("exceeded max depth"))
        #expect(
            failure(String(repeating: "{\"a\":", count: 200_000)).contains("exceeded max depth")
        )
    }

    @Test("places are right on one long line, which costs linear time")
    func longLine() throws {
        let text = "[" + String(repeating: "\"ä\",", count: 100_000) + "1]"
        let value = try JSONParser.parse(Array(text.utf8), file: "t")
        guard case .list(let elements) = value.content else { Issue.record("no list"); return }
        #expect(elements.last?.position.column == 400_002)
    }
}
