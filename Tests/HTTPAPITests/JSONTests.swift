// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import HTTPAPI

@Suite("The JSON writer")
struct JSONWriterTests {
    private func text(
        indented: Bool = false,
        _ body: (inout JSONWriter) -> Void
    ) -> String {
        var writer = JSONWriter(indented: indented)
        body(&writer)
        return String(decoding: writer.text, as: UTF8.self)
    }

    @Test(
        "escapes as Go does",
        arguments: [
            ("plain", #""plain""#), ("", #""""#), ("é→😀", "\"é→😀\""),
            ("\"\\", #""\"\\""#), ("\n\r\t\u{8}\u{c}", #""\n\r\t\b\f""#),
            ("\u{1}\u{1f}", #""\u0001\u001f""#), ("<&>", #""\u003c\u0026\u003e""#),
            ("\u{2028}\u{2029}", #""\u2028\u2029""#), ("…\u{7f}", "\"…\u{7f}\""),
        ]
    )
    func escapes(plain: String, json: String) {
        #expect(text { $0.string(plain) } == json)
    }

    @Test("maps are sorted by the octets of their keys")
    func sortedMaps() {
        let map = ["b": "1", "B": "2", "é": "3", "a-1": "4", "a": "5"]
        #expect(
            text { $0.member("m", map) }.hasSuffix(
                #"{"B":"2","a":"5","a-1":"4","b":"1","é":"3"}"#
            )
        )
    }

    @Test("indents as Go does, empty containers closed on the spot")
    func indents() {
        let indented = text(indented: true) { writer in
            writer.object { writer in
                writer.member("a", [])
                writer.key("b")
                writer.object { _ in }
                writer.member("c", ["x", "y"])
                writer.key("d")
                writer.verbatim(#"{"e":[1,{}]}"#)
            }
        }
        #expect(
            indented == """
                {
                    "a": [],
                    "b": {},
                    "c": [
                        "x",
                        "y"
                    ],
                    "d": {
                        "e": [
                            1,
                            {}
                        ]
                    }
                }
                """
        )
    }
}

@Suite("The JSON parser")
struct JSONParserTests {
    private func failure(_ text: String) -> String? {
        do {
            _ = try JSONParser.parse(Array(text.utf8))
            return nil
        } catch { return "\(error)" }
    }

    private static let values: [(String, JSONValue)] = [
        ("null", .null), (" true ", true), ("-1.5e+3", .number("-1.5e+3")), ("0", 0),
        (#""a\u00e9\ud83d\ude00\n""#, "aé😀\n"), ("[]", .array([])), ("[1,2]", .array([1, 2])),
        (#""\ud800""#, "\u{FFFD}"), (#""\ud800\u0041""#, "\u{FFFD}A"),
        (
            #"{"a":{"b":[null]}} trailing"#,
            .object([
                JSONMember(
                    name: "a",
                    value: .object([JSONMember(name: "b", value: .array([.null]))])
                )
            ])
        ),
    ]

    @Test("reads values", arguments: values)
    func reads(text: String, value: JSONValue) throws {
        #expect(try JSONParser.parse(Array(text.utf8)) == value)
    }

    @Test(
        "refuses with Go's texts",
        arguments: [
            ("", "EOF"), (" \n", "EOF"), ("{", "unexpected EOF"), (#"{"a""#, "unexpected EOF"),
            (#"{"a":1"#, "unexpected EOF"), (#""abc"#, "unexpected EOF"), ("tru", "unexpected EOF"),
            ("{bad", "invalid character 'b' looking for beginning of object key string"),
            ("{'a'}", "invalid character '\\'' looking for beginning of object key string"),
            (#"{"a" 1}"#, "invalid character '1' after object key"),
            (#"{"a":1 "b"}"#, "invalid character '\"' after object key:value pair"),
            ("[1 2]", "invalid character '2' after array element"),
            ("x", "invalid character 'x' looking for beginning of value"),
            ("[1,]", "invalid character ']' looking for beginning of value"),
            ("trux", "invalid character 'x' in literal true (expecting 'e')"),
            ("-x", "invalid character 'x' in numeric literal"),
            ("1.x", "invalid character 'x' after decimal point in numeric literal"),
            ("1ex", "invalid character 'x' in exponent of numeric literal"),
            ("\"\u{1}\"", "invalid character '\\x01' in string literal"),
            (#""\q""#, "invalid character 'q' in string escape code"),
            (#""\u12g4""#, "invalid character 'g' in \\u hexadecimal character escape"),
        ]
    )
    func refuses(text: String, message: String) { #expect(failure(text) == message) }

    @Test("bounds the depth")
    func depth() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(failure(deep) == "exceeded max depth")
        let allowed = String(repeating: "[", count: 100) + String(repeating: "]", count: 100)
        #expect(failure(allowed) == nil)
    }
}

@Suite("Queries and paths")
struct QueryTests {
    @Test("decodes as Go does")
    func decodes() {
        let query = QueryParameters("a=1&b&c=x+y%26z&a=2&%zz=1&d=%zz&e;f=1")
        #expect(query.all("a") == ["1", "2"])
        #expect(query.first("a") == "1")
        #expect(query.has("b"))
        #expect(query.first("b") == "")
        #expect(query.first("c") == "x y&z")
        #expect(!query.has("d"))
        #expect(!query.has("e;f"))
        #expect(query.first("g") == nil)
    }

    @Test(
        "cleans paths as Go does",
        arguments: [
            ("/", "/"), ("", "/"), ("/a//b", "/a/b"), ("/a/./b/", "/a/b/"), ("/a/../b", "/b"),
            ("/../../a", "/a"), ("/a/..", "/"), ("a/b", "/a/b"), ("/v1/kv/a//", "/v1/kv/a/"),
        ]
    )
    func cleans(path: String, cleaned: String) {
        #expect(RequestPath.cleaned(path) == cleaned)
    }

    @Test(
        "knows printable characters",
        arguments: [
            ("/v1/ab c", true), ("/é→😀", true), ("/a\u{7f}", false), ("/a\n", false),
            ("/a\u{a0}", false), ("/a\u{200b}", false),
        ]
    )
    func printable(path: String, expected: Bool) {
        #expect(RequestPath.isPrintable(path) == expected)
    }
}
