// SPDX-License-Identifier: Apache-2.0

/// Where a log ends: what its writer must know to go on.
public struct LogEnd: Hashable, Sendable {
    /// The last segment; `nil` when there is none yet.
    public var segment: SegmentName?
    /// The place in it where the next batch begins.
    public var offset = 0
    /// The number of the next batch.
    public var nextBatch: UInt64 = 1
    /// The checksum of the head of the last batch; 0 when there is none.
    public var lastHead: UInt32 = 0
    /// The index of the last entry; 0 when there is none.
    public var lastIndex: UInt64 = 0
    /// The term of the last entry.
    public var lastTerm: UInt64 = 0
    /// The current term.
    public var term: UInt64 = 0
    /// Whom this server voted for in it.
    public var vote: [UInt8] = []
    /// The index of the first entry that the log holds or will hold.
    public var firstIndex: UInt64 = 1
    /// The octets at the end that were cut off since the server stopped while writing them.
    public var tornOctets = 0

    /// The end of a log without anything.
    public init() {}
}
