// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import HTTPAPI

@Suite("Times as dates")
struct CalendarTimeTests {
    @Test(
        "seconds since 1970 are a date of the calendar, as Go, RFC 3339 and people write it",
        arguments: [
            (0, "1970-01-01 00:00:00"), (951_782_399, "2000-02-28 23:59:59"),
            (951_782_400, "2000-02-29 00:00:00"), (951_868_800, "2000-03-01 00:00:00"),
            (1_577_923_200, "2020-01-02 00:00:00"), (1_704_067_199, "2023-12-31 23:59:59"),
            (1_798_761_599, "2026-12-31 23:59:59"), (4_107_542_400, "2100-03-01 00:00:00"),
        ]
    )
    func dates(seconds: Int, text: String) {
        let time = CalendarTime(seconds: seconds)
        #expect(time.goText == text + " +0000 UTC")
        #expect(time.internetText == text.replacing(" ", with: "T") + "Z")
        #expect(time.text == text + " UTC")
    }

    @Test(
        "the field Date has the fixed form of RFC 9110 §5.6.7, a new text each second",
        arguments: [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (1_798_761_599, "Thu, 31 Dec 2026 23:59:59 GMT"),
        ]
    )
    func fieldDates(seconds: Int, text: String) {
        let field = DateField()
        #expect(field.text(at: seconds) == text)
        #expect(field.text(at: seconds + 1) != text)
        #expect(field.text(at: seconds) == text)
    }
}
