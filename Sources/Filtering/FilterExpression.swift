// SPDX-License-Identifier: Apache-2.0

/// A filter as it was written, before its selectors are known.
indirect enum FilterExpression: Hashable, Sendable {
    /// Holds when one of them does.
    case or([FilterExpression])
    /// Holds when all of them do.
    case and([FilterExpression])
    /// Holds when the other does not.
    case not(FilterExpression)
    /// Compares a member.
    case match(path: [String], MatchOperator, value: [UInt8])
}
