// SPDX-License-Identifier: Apache-2.0
import Definitions
import Testing

@Suite("Durations of Go")
struct GoDurationTests {
    @Test(
        "are read with all units",
        arguments: [
            ("0", .zero), ("10s", .seconds(10)), ("1h30m", .seconds(5400)),
            ("15.0s", .seconds(15)), ("1.5ms", .microseconds(1500)), ("-2us", .microseconds(-2)),
            ("+3µs", .microseconds(3)), ("100ns", .nanoseconds(100)), (".5s", .milliseconds(500)),
            ("1.s", .seconds(1)), ("0.1s", .milliseconds(100)),
            ("2562047h47m16.854775807s", .nanoseconds(Int64.max)),
        ] as [(String, Duration)]
    )
    func reads(text: String, duration: Duration) throws {
        #expect(try GoDuration.parse(text) == duration)
    }

    @Test(
        "are refused with Go's texts",
        arguments: [
            ("", "time: invalid duration \"\""), ("x", "time: invalid duration \"x\""),
            ("10", "time: missing unit in duration \"10\""),
            ("10d", "time: unknown unit \"d\" in duration \"10d\""),
            ("1s2", "time: missing unit in duration \"1s2\""),
            (".s", "time: invalid duration \".s\""), ("-", "time: invalid duration \"-\""),
            ("9999999999h", "time: invalid duration \"9999999999h\""),
            ("99999999999999999999s", "time: invalid duration \"99999999999999999999s\""),
        ]
    )
    func refuses(text: String, message: String) {
        let error = #expect(throws: GoDurationError.self) { try GoDuration.parse(text) }
        #expect(error?.description == message)
    }

    @Test(
        "are written as Go writes them",
        arguments: [
            (.zero, "0s"), (.seconds(10), "10s"), (.milliseconds(1500), "1.5s"),
            (.milliseconds(100), "100ms"), (.microseconds(1500), "1.5ms"), (.nanoseconds(7), "7ns"),
            (.seconds(90), "1m30s"), (.seconds(3600), "1h0m0s"), (.seconds(-5), "-5s"),
            (.nanoseconds(1_000_000_001), "1.000000001s"),
        ] as [(Duration, String)]
    )
    func writes(duration: Duration, text: String) {
        #expect(GoDuration.print(duration) == text)
    }
}
