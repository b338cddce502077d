// SPDX-License-Identifier: Apache-2.0
import Replication

/// When the oldest entry of the log was written, from what its files say whenever they are looked at.
///
/// A segment begins where the one before it ends, so that is asked which time the one before was last written to. After a
/// start with a log whose oldest segment has none before it nobody knows, until the log is cut the next time.
struct OldestEntry: Hashable, Sendable {
    /// When segments were last written to, by their numbers; the one before the oldest is the first.
    private var ends: [UInt64: Int] = [:]

    /// Takes up what the files say.
    ///
    /// - Returns: the time in seconds since 1970; `nil` where it is not known.
    mutating func time(_ usage: StorageUsage) -> Int? {
        guard let oldest = usage.segments.first?.sequence else { return nil }
        for segment in usage.segments { ends[segment.sequence] = segment.changed }
        ends = ends.filter { $0.key &+ 1 >= oldest }
        return oldest == 1 ? usage.logTime : ends[oldest &- 1]
    }
}
