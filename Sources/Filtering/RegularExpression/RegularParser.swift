// SPDX-License-Identifier: Apache-2.0

/// Reads the syntax of RE2, as Go's `regexp/syntax` with Perl's flags.
struct RegularParser {
    /// How deep groups may nest.
    static let maximumDepth = 200
    /// How often a repetition may repeat, repetitions inside of it counted in (Go: 1000).
    static let maximumRepeat = 1000

    let scalars: [Unicode.Scalar]
    var position = 0
    var flags = Flags()
    private var depth = 0
    /// How many groups capture.
    private var groupCount = 0

    /// What `(?…)` sets.
    struct Flags {
        var ignoresCase = false
        var isMultiline = false
        var dotTakesNewline = false
        /// A repetition takes as little as it can, one with `?` behind as much as it can.
        var isLazy = false
    }

    /// A part with the count of its innermost repetitions.
    private struct Part {
        var node: RegularNode
        var repeats = 1
    }

    private init(_ pattern: String) { scalars = Array(pattern.unicodeScalars) }

    /// Reads a whole pattern; tells how many groups capture.
    static func parse(
        _ pattern: String
    ) throws(RegularExpressionError) -> (node: RegularNode, groupCount: Int) {
        var parser = RegularParser(pattern)
        let part = try parser.choice()
        guard parser.position == parser.scalars.count else {
            throw RegularExpressionError(.unexpectedParenthesis, pattern)
        }
        return (part.node, parser.groupCount)
    }

    private mutating func choice() throws(RegularExpressionError) -> Part {
        let first = try sequence()
        var nodes = [first.node]
        var repeats = first.repeats
        while take("|") {
            let next = try sequence()
            nodes.append(next.node)
            repeats = max(repeats, next.repeats)
        }
        return Part(node: nodes.count == 1 ? first.node : .choice(nodes), repeats: repeats)
    }

    private mutating func sequence() throws(RegularExpressionError) -> Part {
        var nodes: [RegularNode] = []
        var repeats = 1
        while let scalar = next, scalar != "|", scalar != ")" {
            if scalar == "\\", peek(1) == "Q" {
                takeQuotation(into: &nodes)
                continue
            }
            let start = position
            if let bounds = try repetition() {
                // A quotation can be repeated: its last character is the argument.
                guard let last = nodes.popLast(), scalars[..<start].ends(with: "\\E") else {
                    throw error(.missingArgument, from: start, to: bounds.end)
                }
                nodes.append(.repetition(last, bounds.least, bounds.most, isLazy: bounds.isLazy))
                continue
            }
            var part = try atom()
            try repeatPart(&part)
            nodes.append(part.node)
            repeats = max(repeats, part.repeats)
        }
        return Part(node: nodes.count == 1 ? nodes[0] : .sequence(nodes), repeats: repeats)
    }

    /// Applies the repetition that follows, if one does.
    private mutating func repeatPart(_ part: inout Part) throws(RegularExpressionError) {
        let start = position
        guard let bounds = try repetition() else { return }
        part.node = .repetition(part.node, bounds.least, bounds.most, isLazy: bounds.isLazy)
        // Go: counted repetitions inside each other may not multiply beyond the limit.
        part.repeats *= max(1, bounds.most ?? bounds.least)
        guard part.repeats <= Self.maximumRepeat else {
            throw error(.invalidCount, from: start, to: bounds.end)
        }
        if let second = try repetition() {
            throw error(.invalidRepetition, from: start, to: second.end)
        }
    }

    private struct Bounds {
        var least: Int
        var most: Int?
        /// Where the operator ends, without a lazy mark.
        var end: Int
        var isLazy = false
    }

    /// Takes `*`, `+`, `?` or `{m,n}` with a `?` behind: laziness changes what groups capture,
    /// not whether a pattern matches.
    private mutating func repetition() throws(RegularExpressionError) -> Bounds? {
        let start = position
        var bounds: Bounds
        if take("*") {
            bounds = Bounds(least: 0, most: nil, end: position)
        } else if take("+") {
            bounds = Bounds(least: 1, most: nil, end: position)
        } else if take("?") {
            bounds = Bounds(least: 0, most: 1, end: position)
        } else if let counts = takeCounts() {
            bounds = counts
            let most = counts.most ?? counts.least
            guard counts.least <= most, most <= Self.maximumRepeat,
                counts.least <= Self.maximumRepeat
            else { throw error(.invalidCount, from: start, to: position) }
        } else {
            return nil
        }
        bounds.isLazy = take("?") != flags.isLazy
        return bounds
    }

    /// Takes `{m}`, `{m,}` or `{m,n}`; anything else after a brace is literal (RE2).
    private mutating func takeCounts() -> Bounds? {
        let start = position
        if take("{"), let least = takeNumber() {
            var most: Int? = least
            if take(",") { most = next == "}" ? nil : takeNumber() ?? -1 }
            if most != -1, take("}") { return Bounds(least: least, most: most, end: position) }
        }
        position = start
        return nil
    }

    private mutating func takeNumber() -> Int? {
        var number: Int?
        while let scalar = next, ("0"..."9").contains(scalar) {
            // Beyond the limit the value does not matter.
            number = min(Self.maximumRepeat + 1, (number ?? 0) * 10 + Int(scalar.value - 0x30))
            position += 1
        }
        return number
    }

    private mutating func atom() throws(RegularExpressionError) -> Part {
        guard let scalar = next else { return Part(node: .empty) }
        switch scalar {
        case "(": return try group()
        case "[": return Part(node: .set(try characterClass()))
        case "\\": return Part(node: try escape())
        case ".":
            position += 1
            return Part(node: .set(flags.dotTakesNewline ? .all : .allButNewline))
        case "^":
            position += 1
            return Part(node: .condition(flags.isMultiline ? .lineBegin : .textBegin))
        case "$":
            position += 1
            return Part(node: .condition(flags.isMultiline ? .lineEnd : .textEnd))
        default:
            position += 1
            return Part(node: literal(scalar))
        }
    }

    private mutating func group() throws(RegularExpressionError) -> Part {
        let start = position
        position += 1
        let outer = flags
        var isCapturing = true
        if take("?") {
            isCapturing = next == "P" || next == "<"
            // `(?i)` holds to the end of the group that it stands in.
            if try takeGroupHead(from: start) { return Part(node: .empty) }
        }
        if isCapturing { groupCount += 1 }
        let number = groupCount
        depth += 1
        guard depth <= Self.maximumDepth else { throw error(.tooDeep, from: 0, to: nil) }
        var part = try choice()
        depth -= 1
        flags = outer
        guard take(")") else { throw error(.missingParenthesis, from: 0, to: nil) }
        if isCapturing { part.node = .group(part.node, number) }
        return part
    }

    /// Takes what follows `(?`; whether that was flags only, with the closing parenthesis.
    private mutating func takeGroupHead(from start: Int) throws(RegularExpressionError) -> Bool {
        if next == "P" || next == "<" {
            _ = take("P")
            let nameStart = position + 1
            guard take("<") else { throw error(.invalidPerl, from: start, to: position + 1) }
            while let scalar = next, Self.isWord(scalar) { position += 1 }
            guard position > nameStart, take(">") else {
                throw error(.invalidName, from: start, to: nil)
            }
            return false
        }
        var isSet = true
        var hasFlag = false
        while let scalar = next {
            position += 1
            switch scalar {
            case "i": flags.ignoresCase = isSet
            case "m": flags.isMultiline = isSet
            case "s": flags.dotTakesNewline = isSet
            case "U": flags.isLazy = isSet
            case "-" where isSet:
                isSet = false
                hasFlag = false
                continue
            case ":" where isSet || hasFlag: return false
            case ")" where hasFlag: return true
            default: throw error(.invalidPerl, from: start, to: position)
            }
            hasFlag = true
        }
        throw error(.missingParenthesis, from: 0, to: nil)
    }

    /// Takes `\Q…\E`.
    private mutating func takeQuotation(into nodes: inout [RegularNode]) {
        position += 2
        while let scalar = next {
            position += 1
            if scalar == "\\", take("E") { return }
            nodes.append(literal(scalar))
        }
    }

    /// A node that takes one character, or its other case when cases are ignored.
    func literal(_ scalar: Unicode.Scalar) -> RegularNode {
        .set(ScalarSet(scalar, ignoresCase: flags.ignoresCase))
    }

    /// The character at the position.
    var next: Unicode.Scalar? { peek(0) }

    /// The character so far ahead.
    func peek(_ distance: Int) -> Unicode.Scalar? {
        position + distance < scalars.count ? scalars[position + distance] : nil
    }

    /// Takes a character if it is next.
    mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard next == scalar else { return false }
        position += 1
        return true
    }

    /// An error about a part of the pattern.
    func error(
        _ kind: RegularExpressionError.Kind,
        from start: Int,
        to end: Int?
    ) -> RegularExpressionError {
        var fragment = String.UnicodeScalarView()
        fragment.append(contentsOf: scalars[start..<min(end ?? scalars.count, scalars.count)])
        return RegularExpressionError(kind, String(fragment))
    }

    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_": true
        default: false
        }
    }
}

extension ArraySlice<Unicode.Scalar> {
    /// Whether the last characters are those of a text.
    fileprivate func ends(with text: String) -> Bool {
        suffix(text.unicodeScalars.count).elementsEqual(text.unicodeScalars)
    }
}
