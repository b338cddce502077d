// SPDX-License-Identifier: Apache-2.0

/// Parses HCL version 1 as Consul's configuration files use it (spec cli.md 8): no expressions,
/// functions or variables.
///
/// Total: any octets give a value or a ``SyntaxError``.
public struct HCLParser {
    private var lexer: HCLLexer
    private let file: String
    private var token: HCLToken
    private var depth = 0

    /// Parses a whole text into an object.
    public static func parse(
        _ octets: [UInt8],
        file: String
    ) throws(SyntaxError) -> ConfigurationValue {
        guard octets.count <= SyntaxLimits.maximumSize else {
            throw SyntaxError(
                message: "text is longer than \(SyntaxLimits.maximumSize) octets",
                line: 1,
                column: 1,
                namesPlace: true
            )
        }
        var parser = try HCLParser(octets, file: file)
        let members = try parser.parseItems(until: .endOfFile)
        return ConfigurationValue(
            .object(members),
            at: SourcePosition(file: file, line: 1, column: 1)
        )
    }

    private init(_ octets: [UInt8], file: String) throws(SyntaxError) {
        lexer = HCLLexer(octets)
        self.file = file
        token = try lexer.next()
    }

    private mutating func advance() throws(SyntaxError) { token = try lexer.next() }

    private func error(_ message: String) -> SyntaxError {
        SyntaxError(message: message, line: token.line, column: token.column, namesPlace: true)
    }

    private var position: SourcePosition {
        SourcePosition(file: file, line: token.line, column: token.column)
    }

    // item { [","] item } until the end; the end itself stays the current token.
    private mutating func parseItems(
        until end: HCLToken.Kind
    ) throws(SyntaxError) -> [ConfigurationValue.Member] {
        var members = MemberList()
        while token.kind != end {
            members.add(try parseItem())
            if token.kind == .comma { try advance() }
        }
        return members.members
    }

    // key { key } ( "=" value | object ); several keys only before an object.
    private mutating func parseItem() throws(SyntaxError) -> ConfigurationValue.Member {
        var keys: [(name: String, position: SourcePosition)] = []
        // Each key but the first is an object of its own around what follows.
        let outside = depth
        defer { depth = outside }
        while token.kind == .identifier || token.kind == .string {
            if !keys.isEmpty { try enter() }
            keys.append((token.value, position))
            try advance()
        }
        guard let first = keys.first else {
            switch token.kind {
            case .assign: throw error("no object keys found!")
            case .leftBrace: throw error("expected: IDENT | STRING got: LBRACE")
            default:
                throw error(
                    "expected: IDENT | STRING | ASSIGN | LBRACE got: \(token.kind.rawValue)"
                )
            }
        }
        var value: ConfigurationValue
        switch token.kind {
        case .assign:
            guard keys.count == 1 else {
                throw error("nested object expected: LBRACE got: ASSIGN")
            }
            try advance()
            value = try parseValue()
        case .leftBrace:
            value = try parseObject()
        case .endOfFile, .rightBrace:
            let names = keys.map(\.name).joined(separator: " ")
            throw error("key '\(names)' expected start of object ('{') or assignment ('=')")
        default:
            throw error(
                "expected: IDENT | STRING | ASSIGN | LBRACE got: \(token.kind.rawValue)"
            )
        }
        for label in keys.dropFirst().reversed() {
            let member = ConfigurationValue.Member(
                key: label.name,
                keyPosition: label.position,
                value: value
            )
            value = ConfigurationValue(.object([member]), at: label.position)
        }
        return ConfigurationValue.Member(key: first.name, keyPosition: first.position, value: value)
    }

    private mutating func parseValue() throws(SyntaxError) -> ConfigurationValue {
        let start = position
        let content: ConfigurationValue.Content
        switch token.kind {
        case .string, .heredoc: content = .string(token.value)
        case .bool: content = .bool(token.text == "true")
        case .number: content = try integer()
        case .float:
            guard let number = Double(token.text), number.isFinite else {
                throw error("number \(token.text) is out of range")
            }
            content = .number(number)
        case .leftBrace: return try parseObject()
        case .leftBracket: return try parseList()
        case .endOfFile: throw error("EOF token found")
        default:
            throw error(
                "Unknown token: \(token.line):\(token.column) \(token.kind.rawValue) \(token.text)"
            )
        }
        try advance()
        return ConfigurationValue(content, at: start)
    }

    // Decimal, 0x…, and octal with a leading 0 (Go: ParseInt with base 0).
    private func integer() throws(SyntaxError) -> ConfigurationValue.Content {
        let isNegative = token.text.hasPrefix("-")
        let digits = isNegative ? token.text.dropFirst() : Substring(token.text)
        let magnitude: Int? =
            if digits.hasPrefix("0x") || digits.hasPrefix("0X") {
                Int((isNegative ? "-" : "") + digits.dropFirst(2), radix: 16)
            } else if digits.count > 1, digits.hasPrefix("0") {
                Int((isNegative ? "-" : "") + digits, radix: 8)
            } else {
                Int(token.text)
            }
        guard let magnitude else { throw error("number \(token.text) is out of range") }
        return .integer(magnitude)
    }

    private mutating func enter() throws(SyntaxError) {
        depth += 1
        guard depth <= SyntaxLimits.maximumDepth else {
            throw error("nested more than \(SyntaxLimits.maximumDepth) levels deep")
        }
    }

    private mutating func parseObject() throws(SyntaxError) -> ConfigurationValue {
        let start = position
        try enter()
        try advance()
        var members = MemberList()
        while token.kind != .rightBrace {
            if token.kind == .endOfFile {
                throw error("object expected closing RBRACE got: EOF")
            }
            members.add(try parseItem())
            if token.kind == .comma { try advance() }
        }
        try advance()
        depth -= 1
        return ConfigurationValue(.object(members.members), at: start)
    }

    private mutating func parseList() throws(SyntaxError) -> ConfigurationValue {
        let start = position
        try enter()
        try advance()
        var elements: [ConfigurationValue] = []
        while token.kind != .rightBracket {
            guard token.kind != .comma, token.kind != .endOfFile else {
                throw error("unexpected token while parsing list: \(token.kind.rawValue)")
            }
            elements.append(try parseValue())
            switch token.kind {
            case .comma: try advance()
            case .rightBracket: break
            default:
                throw error(
                    "error parsing list, expected comma or list end, got: \(token.kind.rawValue)"
                )
            }
        }
        try advance()
        depth -= 1
        return ConfigurationValue(.list(elements), at: start)
    }
}

/// Collects the members of one HCL object; a repeated key appends lists, gathers blocks into a
/// list of objects, and otherwise takes the last value (spec cli.md 6.1, "Repeated key").
private struct MemberList {
    private(set) var members: [ConfigurationValue.Member] = []
    private var places: [String: Int] = [:]

    mutating func add(_ member: ConfigurationValue.Member) {
        guard let place = places[member.key] else {
            places[member.key] = members.count
            members.append(member)
            return
        }
        members[place].value = Self.joined(consume member, to: &members[place].value)
    }

    private static func joined(
        _ new: ConfigurationValue.Member,
        to old: inout ConfigurationValue
    ) -> ConfigurationValue {
        let position = old.position
        // Taken out first, so that a key repeated n times costs n steps, not n².
        let oldContent = old.content
        let wasBlockList = old.isBlockList
        old.content = .null
        var result: ConfigurationValue
        switch (consume oldContent, new.value.content) {
        case (.list(var elements), .list(let more)):
            elements += more
            result = ConfigurationValue(.list(elements), at: position)
            result.isBlockList = wasBlockList
        case (.list(var elements), .object):
            elements.append(new.value)
            result = ConfigurationValue(.list(elements), at: position)
            result.isBlockList = wasBlockList
        case (.object(let first), .object):
            let first = ConfigurationValue(.object(first), at: position)
            result = ConfigurationValue(.list([first, new.value]), at: position)
            result.isBlockList = true
        default:
            result = new.value
        }
        return result
    }
}
