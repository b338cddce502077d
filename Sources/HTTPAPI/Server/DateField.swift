// SPDX-License-Identifier: Apache-2.0
import Glibc
import Locking

/// The value of `Date` (RFC 9110 §6.6.1), written once a second.
final class DateField: Sendable {
    private let last = Lock((second: -1, text: ""))

    /// The date of now.
    var text: String { text(at: time(nil)) }

    /// The date of a time in seconds since 1970.
    func text(at second: Int) -> String {
        last.withLock { last in
            if last.second != second { last = (second, CalendarTime(seconds: second).fieldText) }
            return last.text
        }
    }
}
