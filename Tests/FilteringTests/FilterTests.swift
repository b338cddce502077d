// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

@testable import Filtering

/// An instance as filters see it: `web-1` on node `n1`, with a passing and a warning check.
enum Sample {
    static let fields: FilterFields = [
        "Name": .string, "Empty": .string, "Port": .integer, "Native": .boolean,
        "Tags": .strings, "None": .strings, "Meta": .map(.string), "NoMeta": .map(.string),
        "Addresses": .map(.object(["Address": .string, "Port": .integer])),
        "Service": .object(["Name": .string, "Tags": .strings]),
        "Checks": .objects(["Status": .string, "Output": .string]),
        "NoChecks": .objects(["Status": .string]), "not": .string,
    ]

    static func member(_ name: String) -> FilterValue {
        switch name {
        case "Name": .string("web-1")
        case "Empty": .string("")
        case "Port": .integer(80)
        case "Native": .boolean(true)
        case "Tags": .strings(["v1", "primary"])
        case "None": .strings([])
        case "Meta": .map(["env": "prod", "a.b": "é\"x"])
        case "NoMeta": .map(nil)
        case "Addresses":
            .map(isEmpty: false) { key in
                key == "lan"
                    ? .object { $0 == "Port" ? .integer(8080) : .string("10.0.0.1") } : .absent
            }
        case "Service": .object { $0 == "Name" ? .string("web") : .strings(["v1"]) }
        case "Checks":
            .objects(["passing", "warning"].map { status in { _ in .string(status) } })
        case "NoChecks": .objects([])
        case "not": .string("x")
        default: .absent
        }
    }

    static func matches(_ text: String) throws -> Bool {
        try Filter(text, fields: fields).matches(member)
    }
}

@Suite("Filters")
struct FilterTests {
    @Test(
        "have a budget for the whole list, whatever is in them",
        arguments: [
            "Name matches `(a?){100}(a?){100}(a?){100}b`", "Name not matches `(a|b|c)*d`",
            "Name contains `aaaaaaaaaaaaaaaaaaaaaaaaaaaab`", "not (Name contains ab)",
            "Name == x or Name matches `a*a*a*c`",
        ]
    )
    func budget(text: String) throws {
        let filter = try Filter(text, fields: ["Name": .string])
        let name = String(repeating: "a", count: 4000)
        var budget = FilterBudget(steps: 100_000)
        var asked = 0
        while !budget.isSpent, asked < 1000 {
            _ = filter.matches({ _ in .string(name) }, &budget)
            asked += 1
        }
        #expect(budget.isSpent && asked < 30)
        let isKept = filter.matches({ _ in .string(name) }, &budget)
        #expect(!isKept)
        // No text is gone through to its end when the budget is spent on the way.
        var steps = 0
        let pattern = try RegularExpression("(a?){100}b")
        #expect(!pattern.matches(name, steps: &steps, upTo: 1000))
        #expect(steps < 3000)
    }

    @Test("have patterns of a bounded size")
    func patternSize() throws {
        _ = try Filter("Name matches `(a?){900}`", fields: ["Name": .string])
        #expect(throws: FilterError.self) {
            try Filter("Name matches `((a?){100}){24}`", fields: ["Name": .string])
        }
    }

    @Test(
        "hold for what the specification says (HTTP API 3.5)",
        arguments: [
            // Text.
            (#"Name == "web-1""#, true), ("Name != `web-1`", false), (#"Name=="web-1""#, true),
            (#""eb" in Name"#, true), ("eb not in Name", false), ("Name contains web", true),
            ("Name not contains web", false), ("Name matches `^web-[0-9]$`", true),
            ("Name matches eb", true), ("Name not matches eb", false), ("Empty is empty", true),
            ("Name is empty", false), ("Name is not empty", true), ("Name == Web", false),
            (#"Name contains """#, true), (#"Name contains "webweb-1""#, false),
            // Numbers and truth values.
            ("Port == 80", true), (#"Port == "80""#, true), ("Port != 80", false),
            ("Port==0", false), (#"Port == "0x50""#, true), ("(Port == -80)", false),
            ("Native == true", true), ("Native != T", false), ("Native == 0", false),
            // Lists.
            ("v1 in Tags", true), (#""v" in Tags"#, false), ("Tags contains primary", true),
            ("Tags not contains v2", true), ("None is empty", true), ("Tags is not empty", true),
            // Maps.
            ("env in Meta", true), ("Meta contains nope", false), ("Meta.env == prod", true),
            (#"Meta["env"] == prod"#, true), (#"Meta["a.b"] == "\u00e9\"\x78""#, true),
            ("Meta[`a.b`] matches `.\"x`", true), ("NoMeta is empty", true),
            ("Meta is not empty", true), ("Addresses.lan.Port == 8080", true),
            ("Addresses.wan.Port == 8080", false),
            // A key that is missing.
            ("Meta.no == prod", false), ("x in Meta.no", false), ("Meta.no is not empty", false),
            ("Meta.no != prod", true), ("x not in Meta.no", true), ("Meta.no is empty", true),
            ("Meta.no matches x", true), ("NoMeta.no matches x", true),
            // Objects and lists of objects: any element.
            ("Service.Name == web", true), ("v1 in Service.Tags", true),
            ("Checks.Status == passing", true), ("Checks.Status == warning", true),
            ("Checks.Status == critical", false), ("Checks.Status != passing", true),
            ("not Checks.Status == critical", true), ("not Checks.Status == passing", false),
            ("NoChecks.Status != x", false), ("NoChecks is empty", true),
            ("Checks is empty", false),
            // Words, precedence and space.
            ("Port == 80 or Port == 1 and Port == 2", true),
            ("(Port == 80 or Port == 1) and Port == 2", false),
            ("not Port == 1 and Port == 80", true), ("not (Port == 1 or Port == 80)", false),
            ("not not Port == 80", true), ("not == x", true), ("not in Tags", false),
            ("not not == x", false), (" \n( Port==80\t) ", true), ("((Port == 80))", true),
            ("Name == empty", false), ("Name == or or Port == 80", true),
        ]
    )
    func holds(text: String, expected: Bool) throws {
        #expect(try Sample.matches(text) == expected)
    }

    @Test(
        "are refused with Consul's texts (HTTP API 3.5)",
        arguments: [
            ("Nope == w1", #"Selector "Nope" is not valid"#),
            ("Service.Nope == 1", #"Selector "Service.Nope" is not valid"#),
            ("Meta.a.b == 1", #"Selector "Meta.a.b" is not valid"#),
            ("Tags.a == 1", #"Selector "Tags.a" is not valid"#),
            ("name == 1", #"Selector "name" is not valid"#),
            (
                "Port == x",
                #"Failed to coerce value "x" for selector "Port": "#
                    + #"strconv.ParseInt: parsing "x": invalid syntax"#
            ),
            (
                "Port == 99999999999999999999",
                #"Failed to coerce value "99999999999999999999" for selector "Port": "#
                    + #"strconv.ParseInt: parsing "99999999999999999999": value out of range"#
            ),
            (
                "Native == maybe",
                #"Failed to coerce value "maybe" for selector "Native": "#
                    + #"strconv.ParseBool: parsing "maybe": invalid syntax"#
            ),
            ("Port matches x", #"Invalid match operator "Matches" for selector "Port""#),
            ("Tags == x", #"Invalid match operator "Equal" for selector "Tags""#),
            ("Service is empty", #"Invalid match operator "Is Empty" for selector "Service""#),
            ("x not in Port", #"Invalid match operator "Not In" for selector "Port""#),
            (
                "Name matches `(`",
                #"Failed to compile the regular expression for selector "Name": "#
                    + "error parsing regexp: missing closing ): `(`"
            ),
        ]
    )
    func refused(text: String, reason: String) {
        #expect(description(of: text) == "Failed to create boolean expression evaluator: " + reason)
    }

    @Test(
        "tell where the grammar is left",
        arguments: [
            ("Service.Port ==", "1:16 (15): no match found, expected: "),
            ("", "1:1 (0): no match found, expected: "),
            ("Name == a-b", "1:10 (9): no match found, expected: "),
            ("Name == 1a", "1:10 (9): no match found, expected: "),
            ("Name\n== é", "2:4 (8): no match found, expected: "),
            ("(Port == 80", "1:12 (11): no match found, expected: "),
            ("Port == 80)", "1:11 (10): no match found, expected: "),
            ("Port == 80 And Port == 80", "1:12 (11): no match found, expected: "),
            ("`x", "1:3 (2): no match found, expected: \"`\""),
            (#"Name == "\q""#, "no match found"), (#"Name == "a"#, "no match found"),
            ("a", "no match found"), ("a.", "no match found"), ("a[", "no match found"),
            ("a is", "no match found"), ("x in", "no match found"), ("not", "no match found"),
            ("\u{0}", "no match found"), ("Name contains(a)", "no match found"),
        ]
    )
    func syntax(text: String, place: String) {
        let description = description(of: text)
        #expect(description.hasPrefix("Failed to create boolean expression evaluator: "))
        #expect(description.contains(place), "\(description)")
    }

    @Test("are bounded in length and depth")
    func bounds() throws {
        let depth = FilterParser.maximumDepth
        func nested(_ open: String, _ close: String, _ count: Int) -> String {
            String(repeating: open, count: count) + "Port == 80"
                + String(repeating: close, count: count)
        }
        #expect(try Sample.matches(nested("(", ")", depth)))
        #expect(try Sample.matches(nested("not ", "", depth)))
        for (open, close) in [("(", ")"), ("not ", "")] {
            #expect(throws: FilterError.tooDeep(maximum: depth)) {
                try Sample.matches(nested(open, close, depth + 1))
            }
        }
        #expect(throws: FilterError.tooLong(maximum: FilterParser.maximumLength)) {
            try Sample.matches(String(repeating: " ", count: FilterParser.maximumLength + 1))
        }
        // A long chain is no deep one.
        let chain = Array(repeating: "Port==1", count: 1400).joined(separator: " or ")
        #expect(try !Sample.matches(chain))
    }

    @Test(
        "print as a text that reads back as the same",
        arguments: [
            ("Port==80", #"Port == "80""#),
            (#""a\"\\\x00\xff" in Tags"#, #"Tags contains "a\"\\\x00\xff""#),
            ("(((Name is empty)))", "Name is empty"),
            ("not (not Port != 1)", #"not not Port != "1""#),
            ("a == 1 and (b == 2 or c == 3)", #"a == "1" and (b == "2" or c == "3")"#),
            ("(a == 1 and b == 2) or c == 3", #"a == "1" and b == "2" or c == "3""#),
            ("(a == 1 or b == 2) or c == 3", #"(a == "1" or b == "2") or c == "3""#),
            (#"Meta["a.b"].c["d"] matches `x`"#, #"Meta["a.b"].c.d matches "x""#),
            ("x not in y", #"y not contains "x""#), ("é in y", ""),
        ]
    )
    func printed(text: String, expected: String) {
        let first = (try? Filter.canonicalText(of: text)) ?? ""
        #expect(first == expected)
        #expect(((try? Filter.canonicalText(of: first)) ?? "") == expected)
    }

    @Test("never trap, and a negation is the opposite", arguments: 0..<8)
    func randomTexts(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        let words = [
            "Name", "Port", "Tags", "Meta", "Meta.x", "Checks.Status", "Nope", "not", "and", "or",
            "in", "is", "empty", "contains", "matches", "==", "!=", "(", ")", " ", " ", " ", "80",
            "-", "0", "\"a\"", "`^a*$`", "\"", "`", "\\", ".", "[", "]", "\n", "é", "\u{0}",
            "passing",
        ]
        var valid = 0
        for _ in 0..<1_500 {
            var text = (0..<Int.random(in: 0..<12, using: &generator)).map { _ in
                words.randomElement(using: &generator) ?? ""
            }.joined(separator: Bool.random(using: &generator) ? " " : "")
            if Bool.random(using: &generator) {
                text = "Port == 80 " + text + (Bool.random(using: &generator) ? " v1 in Tags" : "")
            }
            guard let result = try? Sample.matches(text) else { continue }
            valid += 1
            #expect(try Sample.matches("not (\(text))") == !result, "\(text)")
        }
        #expect(valid > 0)
    }

    private func description(of text: String) -> String {
        do throws(FilterError) {
            _ = try Filter(text, fields: Sample.fields)
            return "accepted"
        } catch { return error.description }
    }
}
