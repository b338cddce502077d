// SPDX-License-Identifier: Apache-2.0

/// A filter expression (`?filter=`), checked against the members of what it filters.
///
/// The grammar and its meaning are those of HTTP API 3.5.
public struct Filter: Sendable {
    private let condition: FilterCondition

    /// Reads a filter over objects with the given members.
    ///
    /// - Throws: ``FilterError`` with Consul's text.
    public init(_ text: String, fields: FilterFields) throws(FilterError) {
        let expression = try FilterParser.parse(text)
        condition = try FilterCondition(expression, in: .object(fields))
    }

    /// Whether an object, given by its members, is to be kept; `false` when that takes more than a whole budget.
    public func matches(_ member: FilterLookup) -> Bool {
        var budget = FilterBudget()
        return matches(member, &budget)
    }

    /// Whether an object, given by its members, is to be kept; `false` once the budget is spent.
    public func matches(_ member: FilterLookup, _ budget: inout FilterBudget) -> Bool {
        let isKept = withoutActuallyEscaping(member) {
            condition.holds(for: .object($0), &budget)
        }
        return isKept && !budget.isSpent
    }
}
