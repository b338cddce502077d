// SPDX-License-Identifier: Apache-2.0

/// Reads the grammar of HTTP API 3.5, with ordered choice where texts are ambiguous.
///
/// What could have stood at the furthest place reached becomes the error's text.
struct FilterParser {
    /// The octets that a filter may have at most.
    static let maximumLength = 16_384
    /// How deep parentheses and negations may nest.
    static let maximumDepth = 128

    let octets: [UInt8]
    var position = 0
    private var depth = 0
    private var furthest = 0
    private var expected: Set<String> = []

    private init(_ text: String) { octets = Array(text.utf8) }

    /// Reads a whole filter.
    static func parse(_ text: String) throws(FilterError) -> FilterExpression {
        guard text.utf8.count <= maximumLength else { throw .tooLong(maximum: maximumLength) }
        var parser = FilterParser(text)
        parser.skipSpace()
        if let expression = try parser.disjunction() {
            parser.skipSpace()
            if parser.position == parser.octets.count { return expression }
            parser.note("EOF")
        }
        throw parser.syntaxError
    }

    // or = and [ ws "or" ws or ]
    private mutating func disjunction() throws(FilterError) -> FilterExpression? {
        guard let first = try conjunction() else { return nil }
        var terms = [first]
        while true {
            let start = position
            guard takeSpace(), take("or"), takeSpace(), let next = try conjunction() else {
                position = start
                return terms.count == 1 ? first : .or(terms)
            }
            terms.append(next)
        }
    }

    // and = not [ ws "and" ws and ]
    private mutating func conjunction() throws(FilterError) -> FilterExpression? {
        guard let first = try negation() else { return nil }
        var terms = [first]
        while true {
            let start = position
            guard takeSpace(), take("and"), takeSpace(), let next = try negation() else {
                position = start
                return terms.count == 1 ? first : .and(terms)
            }
            terms.append(next)
        }
    }

    // not = "not" ws not | paren
    private mutating func negation() throws(FilterError) -> FilterExpression? {
        let start = position
        if take("not"), takeSpace() {
            try enter()
            let inner = try negation()
            depth -= 1
            if let inner { return .not(inner) }
        }
        position = start
        return try parenthesis()
    }

    // paren = "(" ws? or ws? ")" | match
    private mutating func parenthesis() throws(FilterError) -> FilterExpression? {
        let start = position
        guard take("(") else { return match() }
        try enter()
        skipSpace()
        let inner = try disjunction()
        depth -= 1
        guard let inner else {
            position = start
            return nil
        }
        skipSpace()
        guard take(")") else {
            position = start
            return nil
        }
        return inner
    }

    private mutating func enter() throws(FilterError) {
        depth += 1
        guard depth <= Self.maximumDepth else { throw .tooDeep(maximum: Self.maximumDepth) }
    }

    private mutating func match() -> FilterExpression? {
        let start = position
        if let path = selector(), let match = comparison(of: path) { return match }
        position = start
        // value ws ["not" ws] "in" ws selector
        if let value = value(), takeSpace(), let isNegated = takeWord("in"), takeSpace(),
            let path = selector()
        {
            return .match(path: path, isNegated ? .notIn : .isIn, value: value)
        }
        position = start
        return nil
    }

    private mutating func comparison(of path: [String]) -> FilterExpression? {
        let start = position
        skipSpace()
        let comparison: MatchOperator? =
            take("==") ? .equal : take("!=") ? .notEqual : nil
        if let comparison {
            skipSpace()
            return value().map { .match(path: path, comparison, value: $0) }
        }
        position = start
        guard takeSpace() else { return nil }
        let afterSpace = position
        if take("is"), takeSpace(), let isNegated = takeWord("empty") {
            return .match(path: path, isNegated ? .isNotEmpty : .isEmpty, value: [])
        }
        position = afterSpace
        if let isNegated = takeWord("contains"), takeSpace(), let value = value() {
            return .match(path: path, isNegated ? .notIn : .isIn, value: value)
        }
        position = afterSpace
        if let isNegated = takeWord("matches"), takeSpace(), let value = value() {
            return .match(path: path, isNegated ? .notMatches : .matches, value: value)
        }
        return nil
    }

    /// Takes a word operator that "not" may precede; tells whether it did.
    private mutating func takeWord(_ word: String) -> Bool? {
        let start = position
        let isNegated = take("not") && takeSpace()
        if !isNegated { position = start }
        if take(word) { return isNegated }
        position = start
        return nil
    }

    /// Takes a literal; otherwise notes that it could have stood here.
    mutating func take(_ literal: String) -> Bool {
        if octets[position...].starts(with: literal.utf8) {
            position += literal.utf8.count
            return true
        }
        note("\"\(literal == "\"" ? "\\\"" : literal)\"")
        return false
    }

    /// Takes one octet of a set, which `name` names in errors.
    mutating func take(_ name: String, where isMember: (UInt8) -> Bool) -> UInt8? {
        guard position < octets.count, isMember(octets[position]) else {
            note(name)
            return nil
        }
        position += 1
        return octets[position - 1]
    }

    /// Takes white space, at least one octet.
    mutating func takeSpace() -> Bool {
        let start = position
        skipSpace()
        return position > start
    }

    private mutating func skipSpace() {
        while take(#"[ \t\r\n]"#, where: Self.isSpace) != nil {}
    }

    /// Whether an octet is white space.
    static func isSpace(_ octet: UInt8) -> Bool {
        octet == 0x20 || octet == 0x09 || octet == 0x0D || octet == 0x0A
    }

    /// Notes what could have stood here.
    mutating func note(_ name: String) {
        if position > furthest {
            furthest = position
            expected = []
        }
        if position == furthest { expected.insert(name) }
    }

    private var syntaxError: FilterError {
        let before = octets[..<furthest]
        let line = before.count { $0 == 0x0A } + 1
        let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        // Columns count characters: octets that continue one do not count.
        let column = before[lineStart...].count { $0 & 0xC0 != 0x80 } + 1
        return .syntax(
            line: line,
            column: column,
            offset: furthest,
            expected: expected.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        )
    }
}
