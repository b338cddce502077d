// SPDX-License-Identifier: Apache-2.0

/// The sizes of a log.
public struct LogLayout: Hashable, Sendable {
    /// The octets of a segment.
    public var segmentSize: Int
    /// What entries leave free at the end of a segment, so that the server can go on voting when
    /// no space is left for another one.
    public var reserve: Int
    /// The most octets of the body of a batch.
    public var batchLimit: Int

    /// Makes a layout; the default is that of servers.
    public init(
        segmentSize: Int = 64 << 20,
        reserve: Int = 1 << 20,
        batchLimit: Int = 8 << 20
    ) {
        self.segmentSize = segmentSize
        self.reserve = reserve
        self.batchLimit = batchLimit
    }
}
