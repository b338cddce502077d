// SPDX-License-Identifier: Apache-2.0
import StateStore

/// The time of the commands that this server proposes: it goes on from that of the last command
/// found, by a monotonic clock (``LogTime``).
struct LogClock: Sendable {
    private let start: LogTime
    private let instant = ContinuousClock.now

    /// Goes on from a time.
    init(from time: LogTime) { start = time }

    /// The time now.
    var now: LogTime { start.advanced(by: instant.duration(to: .now)) }
}
