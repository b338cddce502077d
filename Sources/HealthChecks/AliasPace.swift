// SPDX-License-Identifier: Apache-2.0

/// How often the aliases of an agent may look at its checks.
///
/// They look at all checks together, since an alias may follow another one. Thousands that come one
/// after another would each look at all those before; so all looks together take no more than so many checks
/// a second. Few checks are looked at after each change, at once; 5,000 of them ten times a
/// second.
struct AliasPace: Hashable, Sendable {
    /// The time that a look has to take for each check.
    var timePerCheck = Duration.microseconds(20)
    /// For how much of that time a look may come early.
    static let slack = Duration.milliseconds(100)

    /// Until when the time of all looks so far lasts.
    private var paidUntil = Duration.zero

    /// Takes a look if there may be one.
    ///
    /// - Parameters:
    ///   - checks: How many checks there are.
    ///   - now: The time.
    /// - Returns: `nil` for a look that is taken, else from when on there may be one.
    mutating func wait(for checks: Int, at now: Duration) -> Duration? {
        guard paidUntil <= now + Self.slack else { return paidUntil - Self.slack }
        take(checks, at: now)
        return nil
    }

    /// Takes a look.
    mutating func take(_ checks: Int, at now: Duration) {
        paidUntil = max(paidUntil, now) + timePerCheck * max(1, checks)
    }
}
