// SPDX-License-Identifier: Apache-2.0

/// How much work a filter may be for all that it is asked about.
///
/// Work is linear in the texts, but with the size of the filter as its factor: a few hundred octets of a filter would take
/// minutes for a few hundred kilobytes of texts. A step is an instruction of a pattern looked at, or an octet compared.
public struct FilterBudget: Sendable {
    /// The steps for the list of one request: about a second on a core of today.
    public static let standard = 30_000_000

    /// The steps that are left.
    private var left: Int

    /// A budget of so many steps.
    public init(steps: Int = FilterBudget.standard) { left = steps }

    /// Whether it was not enough; what was asked since then counts as not matching.
    public var isSpent: Bool { left < 0 }

    /// The steps that a pattern may take.
    var steps: Int { max(0, left) }

    /// Takes steps.
    mutating func take(_ steps: Int) {
        if left >= 0 { left -= steps }
    }
}
