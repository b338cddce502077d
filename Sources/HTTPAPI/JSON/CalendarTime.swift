// SPDX-License-Identifier: Apache-2.0

/// A time as a date of the Gregorian calendar, in UTC.
public struct CalendarTime: Hashable, Sendable {
    private let date: String
    private let time: String
    /// `Tue, 02 Jan 2024`.
    private let fieldDate: String

    /// From seconds since 1970, which must not be negative.
    public init(seconds: Int) {
        // Days since 1 March 0000, so that the leap day is the last of a year.
        let days = seconds / 86400 + 719_468
        let era = days / 146_097
        let day = days % 146_097
        let yearOfEra = (day - day / 1460 + day / 36524 - day / 146_096) / 365
        let dayOfYear = day - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let year = yearOfEra + era * 400 + (month >= 10 ? 1 : 0)
        // From 1 for January on.
        let calendarMonth = month >= 10 ? month - 9 : month + 3
        let dayOfMonth = Self.twoDigits(dayOfYear - (153 * month + 2) / 5 + 1)
        date = "\(year)-\(Self.twoDigits(calendarMonth))-\(dayOfMonth)"
        // 1970 began on a Thursday.
        let weekday = Self.weekdays[(seconds / 86400 + 4) % 7]
        fieldDate = "\(weekday), \(dayOfMonth) \(Self.months[calendarMonth - 1]) \(year)"
        let rest = seconds % 86400
        time = [rest / 3600, rest / 60 % 60, rest % 60].map(Self.twoDigits).joined(separator: ":")
    }

    /// `2024-01-02 03:04:00 +0000 UTC`, as Go prints a time.
    var goText: String { "\(date) \(time) +0000 UTC" }

    /// `2024-01-02T03:04:00Z` (RFC 3339).
    var internetText: String { "\(date)T\(time)Z" }

    /// `Tue, 02 Jan 2024 03:04:00 GMT` (RFC 9110 §5.6.7, IMF-fixdate).
    var fieldText: String { "\(fieldDate) \(time) GMT" }

    /// `2024-01-02 03:04:00 UTC`, for people.
    public var text: String { "\(date) \(time) UTC" }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private static func twoDigits(_ number: Int) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }
}
