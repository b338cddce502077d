// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import AgentConfiguration

@Suite("HCL1")
struct HCLParserTests {
    private func parse(_ text: String) throws -> String {
        try HCLParser.parse(Array(text.utf8), file: "t.hcl").hcl
    }

    private func failure(_ octets: [UInt8]) -> String {
        do {
            let value = try HCLParser.parse(octets, file: "t.hcl")
            return "no error: \(value.hcl)"
        } catch { return error.description }
    }

    @Test(
        "values",
        arguments: [
            ("a = 1", #"{ "a" = 1 }"#), ("a = -3", #"{ "a" = -3 }"#),
            ("a = 0x1F", #"{ "a" = 31 }"#), ("a = 017", #"{ "a" = 15 }"#),
            ("a = 1.5", #"{ "a" = 1.5 }"#), ("a = 1.5E-3", #"{ "a" = 0.0015 }"#),
            ("a = true", #"{ "a" = true }"#), ("a = \"x\"", #"{ "a" = "x" }"#),
            (#"a = "\x41\u00e4\101\"""#, #"{ "a" = "AäA\"" }"#),
            ("a = []", #"{ "a" = [] }"#), ("a = [1, \"b\", [2],]", #"{ "a" = [1, "b", [2]] }"#),
            ("a { b = 1 }", #"{ "a" = { "b" = 1 } }"#),
            ("a = { b = 1 }", #"{ "a" = { "b" = 1 } }"#),
            ("a \"l\" { b = 1 }", #"{ "a" = { "l" = { "b" = 1 } } }"#),
            ("\"a\" = 1", #"{ "a" = 1 }"#), ("a-b.c_d = 1", #"{ "a-b.c_d" = 1 }"#),
            ("ä = 1", #"{ "ä" = 1 }"#), ("", "{}"), (" \r\n\t# c\n// d\n/* e\n * f */", "{}"),
            ("a = 1 b = 2", #"{ "a" = 1, "b" = 2 }"#), ("a = 1, b = 2,", #"{ "a" = 1, "b" = 2 }"#),
            ("a = [1]\na = [2]", #"{ "a" = [1, 2] }"#), ("a = 1\na = 2", #"{ "a" = 2 }"#),
            ("a { b = 1 }\na { c = 2 }", #"{ "a" = [{ "b" = 1 }, { "c" = 2 }] }"#),
            ("a = <<EOF\nx\n  y\nEOF\n", #"{ "a" = "x\n  y\n" }"#),
            ("a = <<-EOF\n  x\n    y\n  EOF\n", #"{ "a" = "x\n  y\n" }"#),
            ("a = <<-EOF\nx\n  EOF\n", #"{ "a" = "x\n" }"#),
            ("a = <<EOF\n\\n ${x}\nEOF\nb = 1", #"{ "a" = "\\n $\x7bx}\n", "b" = 1 }"#),
        ]
    )
    func values(text: String, expected: String) throws {
        #expect(try parse(text) == expected)
    }

    @Test("${…} is copied with nested braces and quotes")
    func interpolation() throws {
        let value = try HCLParser.parse(Array(#"a = "x ${f("{}")} y""#.utf8), file: "t")
        guard case .object(let members) = value.content else { Issue.record("no object"); return }
        #expect(members[0].value.content == .string(#"x ${f("{}")} y"#))
    }

    @Test(
        "errors name the place",
        arguments: [
            ("a = foo", "At 1:5: Unknown token: 1:5 IDENT foo"),
            ("\n\nports { http = +85 }", "At 3:16: Unknown token: 3:16 ADD +"),
            ("foo bar = 1", "At 1:9: nested object expected: LBRACE got: ASSIGN"),
            ("a = \"x\ny\"", "At 1:7: literal not terminated"),
            ("a = \"\\q\"", "At 1:7: illegal char escape"),
            ("a = \"x", "At 1:7: literal not terminated"),
            ("a = 1 }", "At 1:7: expected: IDENT | STRING | ASSIGN | LBRACE got: RBRACE"),
            ("a {", "At 1:4: object expected closing RBRACE got: EOF"),
            ("a", "At 1:2: key 'a' expected start of object ('{') or assignment ('=')"),
            ("a =", "At 1:4: EOF token found"), ("= 1", "At 1:1: no object keys found!"),
            ("{ a = 1 }", "At 1:1: expected: IDENT | STRING got: LBRACE"),
            ("a = [1 2]", "At 1:8: error parsing list, expected comma or list end, got: NUMBER"),
            ("a = [,]", "At 1:6: unexpected token while parsing list: COMMA"),
            ("a = 08", "At 1:6: illegal octal number"),
            ("a = 0x", "At 1:6: illegal hexadecimal number"),
            ("a = 1.", "At 1:6: illegal number, digits expected after the dot"),
            ("a = 99999999999999999999", "At 1:5: number 99999999999999999999 is out of range"),
            ("/* a", "At 1:5: comment not terminated"), ("/ a", "At 1:2: expected '/' for comment"),
            ("a = <<EOF\nx", "At 2:2: heredoc not terminated"),
            ("a = <<\nx\n", "At 1:7: zero-length heredoc anchor"),
            ("a = <x", "At 1:6: heredoc expected second '<', didn't see it"),
            ("a = 1\n\u{e123}", "At 2:1: unicode code point U+E123 used by internal library"),
            ("a = \0", "At 1:5: unexpected null character (0x00)"),
            ("a = 'x'", "At 1:5: illegal char"),
        ]
    )
    func errors(text: String, expected: String) {
        #expect(failure(Array(text.utf8)) == expected)
    }

    @Test("CFG-018 a byte-order mark is an illegal character")
    func byteOrderMark() {
        #expect(failure([0xef, 0xbb, 0xbf] + Array("a = 1".utf8)) == "At 1:1: illegal char")
    }

    @Test("octets that are not UTF-8 are refused")
    func notUTF8() {
        #expect(failure(Array("a = \"".utf8) + [0xff]) == "At 1:6: illegal UTF-8 encoding")
        #expect(failure([0xc0, 0x80]) == "At 1:1: illegal UTF-8 encoding")
    }

    @Test("nesting is bounded, not the stack", arguments: ["a = [", "a { "])
    func depth(opening: String) {
        let text = String(repeating: opening == "a { " ? opening : "[", count: 200_000)
        let whole = opening == "a { " ? text : "a = " + text
        #expect(failure(Array(whole.utf8)).contains("nested more than 100 levels deep"))
    }

    @Test("labels are levels, too", arguments: ["", "config_entries { bootstrap "])
    func labels(before: String) throws {
        let end = before.isEmpty ? "" : " }"
        func text(_ count: Int) -> [UInt8] {
            Array("\(before)\(String(repeating: "a ", count: count)) {}\(end)".utf8)
        }
        #expect(failure(text(200_000)).contains("nested more than 100 levels deep"))
        #expect(failure(text(102)).contains("nested more than 100 levels deep"))
        _ = try HCLParser.parse(text(98), file: "a.hcl")
        // Each item begins anew.
        let many = String(repeating: "a b c d {}\n", count: 200)
        _ = try HCLParser.parse(Array(many.utf8), file: "a.hcl")
    }

    @Test("a key repeated many times costs linear time")
    func repetition() throws {
        let text = String(repeating: "a { b = 1 }\n", count: 20_000)
        let value = try HCLParser.parse(Array(text.utf8), file: "t")
        guard case .object(let members) = value.content,
            case .list(let blocks) = members[0].value.content
        else { Issue.record("no list"); return }
        #expect(blocks.count == 20_000)
        #expect(blocks[19_999].position.line == 20_000)
    }
}
