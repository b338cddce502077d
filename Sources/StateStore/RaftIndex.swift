// SPDX-License-Identifier: Apache-2.0

/// The place of a command in the log; every row carries the index that created it and the one
/// that changed it last (Consul: `CreateIndex`, `ModifyIndex`, `X-Consul-Index`).
public struct RaftIndex: RawRepresentable, Hashable, Comparable, Sendable {
    /// The index; 0 before the first command.
    public var rawValue: UInt64

    /// Makes an index.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Before any command.
    public static let zero = RaftIndex(rawValue: 0)

    /// Orders by place in the log.
    public static func < (a: RaftIndex, b: RaftIndex) -> Bool { a.rawValue < b.rawValue }

    /// The next place in the log.
    public var next: RaftIndex { RaftIndex(rawValue: rawValue + 1) }
}
