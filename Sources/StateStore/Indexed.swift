// SPDX-License-Identifier: Apache-2.0

/// The answer to a read, with the index to report and the topics that can change it.
public struct Indexed<Value: Sendable>: Sendable {
    /// The answer.
    public var value: Value
    /// The index of the answer (HTTP API 3.1, "Which index is reported"); 0 is sent as 1.
    public var index: RaftIndex
    /// What a blocked reader of this answer waits for.
    public var topics: [WatchTopic]

    /// Makes an answer.
    public init(_ value: Value, index: RaftIndex, topics: [WatchTopic]) {
        self.value = value
        self.index = index
        self.topics = topics
    }

    /// The answer with its value transformed; index and topics stay.
    public func map<Other: Sendable>(_ transform: (Value) -> Other) -> Indexed<Other> {
        Indexed<Other>(transform(value), index: index, topics: topics)
    }
}

/// When each table changed last (HTTP API 3.1).
public struct TableIndexes: Hashable, Sendable {
    /// The nodes table.
    public var nodes = RaftIndex.zero
    /// The services table.
    public var services = RaftIndex.zero
    /// The checks table.
    public var checks = RaftIndex.zero
    /// When a service name lost its last instance, for the last time, whichever name it was.
    public var serviceExtinction = RaftIndex.zero
    /// When a service name lost the last proxy or native instance by which it was reached.
    public var connectExtinction = RaftIndex.zero
    /// The prepared queries.
    public var preparedQueries = RaftIndex.zero
    /// The config entries, of all kinds.
    public var configEntries = RaftIndex.zero
    /// The services that terminating gateways lead to: when an entry of such a gateway was written
    /// or removed.
    public var terminatingGateways = RaftIndex.zero
    /// The network coordinates.
    public var coordinates = RaftIndex.zero
    /// The keys: when one was written or removed.
    public var keys = RaftIndex.zero
    /// The sessions.
    public var sessions = RaftIndex.zero
    /// The configuration of autopilot.
    public var autopilot = RaftIndex.zero

    /// Nothing has changed yet.
    public init() {}
}
