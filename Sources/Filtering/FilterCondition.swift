// SPDX-License-Identifier: Apache-2.0

/// A filter whose selectors are known to exist and whose values have their kinds.
indirect enum FilterCondition: Sendable {
    case or([FilterCondition])
    case and([FilterCondition])
    case not(FilterCondition)
    case match(FilterMatch)

    /// Checks an expression against the members of `object`.
    init(_ expression: FilterExpression, in object: FilterField) throws(FilterError) {
        switch expression {
        case .or(let terms): self = .or(try Self.conditions(terms, in: object))
        case .and(let terms): self = .and(try Self.conditions(terms, in: object))
        case .not(let term): self = .not(try FilterCondition(term, in: object))
        case .match(let path, let comparison, let value):
            self = .match(try FilterMatch(path, comparison, value, in: object))
        }
    }

    /// Whether a value fulfils the condition.
    func holds(for value: FilterValue, _ budget: inout FilterBudget) -> Bool {
        if budget.isSpent { return false }
        return switch self {
        case .or(let terms): terms.contains { $0.holds(for: value, &budget) }
        case .and(let terms): terms.allSatisfy { $0.holds(for: value, &budget) }
        case .not(let term): !term.holds(for: value, &budget)
        case .match(let match): match.holds(for: value, match.path[...], &budget)
        }
    }

    private static func conditions(
        _ terms: [FilterExpression],
        in object: FilterField
    ) throws(FilterError) -> [FilterCondition] {
        var conditions: [FilterCondition] = []
        for term in terms { conditions.append(try FilterCondition(term, in: object)) }
        return conditions
    }
}

/// One comparison of a member with a value.
struct FilterMatch: Sendable {
    /// How many instructions a pattern may become: for each character of a text a machine may look at all of them.
    static let maximumPatternSize = 2000

    let path: [String]
    private let comparison: MatchOperator
    private let operand: Operand

    private enum Operand: Sendable {
        case octets([UInt8])
        case integer(Int)
        case number(Float)
        case boolean(Bool)
        case pattern(RegularExpression)
    }

    /// Checks selector, operator and value, in Consul's order.
    init(
        _ path: [String],
        _ comparison: MatchOperator,
        _ value: [UInt8],
        in object: FilterField
    ) throws(FilterError) {
        self.path = path
        self.comparison = comparison
        let selector = path.joined(separator: ".")
        guard let field = object.field(at: path) else { throw .unknownSelector(selector) }
        guard field.operators.contains(comparison) else {
            throw .invalidOperator(comparison.rawValue, selector: selector)
        }
        let text = String(decoding: value, as: UTF8.self)
        switch (field, comparison) {
        case (.integer, _):
            switch GoText.integer(text) {
            case .success(let number): operand = .integer(number)
            case .failure(let error):
                throw .invalidValue(text, selector: selector, reason: error.text)
            }
        case (.number, _):
            switch GoText.number(text) {
            case .success(let number): operand = .number(number)
            case .failure(let error):
                throw .invalidValue(text, selector: selector, reason: error.text)
            }
        case (.boolean, _):
            switch GoText.boolean(text) {
            case .success(let flag): operand = .boolean(flag)
            case .failure(let error):
                throw .invalidValue(text, selector: selector, reason: error.text)
            }
        case (_, .matches), (_, .notMatches):
            do throws(RegularExpressionError) {
                operand = .pattern(
                    try RegularExpression(text, maximumSize: Self.maximumPatternSize)
                )
            } catch { throw .invalidPattern(error, selector: selector) }
        default: operand = .octets(value)
        }
    }

    /// Follows the rest of the selector and compares what it leads to.
    func holds(
        for value: FilterValue,
        _ rest: ArraySlice<String>,
        _ budget: inout FilterBudget
    ) -> Bool {
        guard let name = rest.first else { return compares(value, &budget) }
        switch value {
        case .object(let member): return holds(for: member(name), rest.dropFirst(), &budget)
        // HTTP API 3.5: a list of objects matches when ANY element does.
        case .objects(let elements):
            // The list is made for each term that looks into it.
            budget.take(elements.count)
            return elements.contains { holds(for: $0(name), rest.dropFirst(), &budget) }
        case .map(_, let steps, let value):
            budget.take(steps)
            return holds(for: value(name), rest.dropFirst(), &budget)
        case .absent, .string, .integer, .number, .boolean, .strings:
            return comparison.holdsForAbsent
        }
    }

    private func compares(_ value: FilterValue, _ budget: inout FilterBudget) -> Bool {
        budget.take(steps(of: value))
        if budget.isSpent { return false }
        if case .absent = value { return comparison.holdsForAbsent }
        return switch comparison {
        case .equal: isEqual(value)
        case .notEqual: !isEqual(value)
        case .isIn: isContained(in: value, &budget)
        case .notIn: !isContained(in: value, &budget)
        case .isEmpty: isEmpty(value)
        case .isNotEmpty: !isEmpty(value)
        case .matches: isMatched(value, &budget)
        case .notMatches: !isMatched(value, &budget)
        }
    }

    /// What it takes to have the value at all.
    private func steps(of value: FilterValue) -> Int {
        switch value {
        case .strings(let texts): 1 + texts.count
        case .objects(let elements): 1 + elements.count
        case .map(_, let steps, _): steps
        case .absent, .string, .integer, .number, .boolean, .object: 1
        }
    }

    // Octets are compared, as in Go: Swift's == takes canonically equal texts for one.
    private func isEqual(_ value: FilterValue) -> Bool {
        switch (value, operand) {
        case (.string(let text), .octets(let octets)): text.utf8.elementsEqual(octets)
        case (.integer(let number), .integer(let wanted)): number == wanted
        case (.number(let number), .number(let wanted)): number == wanted
        case (.boolean(let flag), .boolean(let wanted)): flag == wanted
        default: false
        }
    }

    private func isContained(in value: FilterValue, _ budget: inout FilterBudget) -> Bool {
        guard case .octets(let octets) = operand else { return false }
        switch value {
        case .string(let text): return Self.contains(Array(text.utf8), octets, &budget)
        case .strings(let texts): return texts.contains { $0.utf8.elementsEqual(octets) }
        case .map(_, _, let value):
            if case .absent = value(String(decoding: octets, as: UTF8.self)) { return false }
            return true
        default: return false
        }
    }

    private static func contains(
        _ text: [UInt8],
        _ part: [UInt8],
        _ budget: inout FilterBudget
    ) -> Bool {
        guard !part.isEmpty else { return true }
        guard text.count >= part.count else { return false }
        var steps = text.count
        defer { budget.take(steps) }
        for start in 0...text.count - part.count {
            var length = 0
            while length < part.count, text[start + length] == part[length] { length += 1 }
            if length == part.count { return true }
            steps += length
            if steps > budget.steps { return false }
        }
        return false
    }

    private func isEmpty(_ value: FilterValue) -> Bool {
        switch value {
        case .string(let text): text.isEmpty
        case .strings(let texts): texts.isEmpty
        case .map(let isEmpty, _, _): isEmpty
        case .objects(let elements): elements.isEmpty
        case .absent, .integer, .number, .boolean, .object: false
        }
    }

    private func isMatched(_ value: FilterValue, _ budget: inout FilterBudget) -> Bool {
        guard case .string(let text) = value, case .pattern(let pattern) = operand else {
            return false
        }
        // A machine is made for each text.
        var steps = 1 + pattern.programSize / 8
        let isMatched = pattern.matches(text, steps: &steps, upTo: budget.steps)
        budget.take(steps)
        return isMatched
    }
}
