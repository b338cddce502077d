// SPDX-License-Identifier: Apache-2.0

/// What the DNS server did since it started.
public struct DNSServerCounters: Sendable, Hashable {
    /// Datagrams received.
    public var datagrams: UInt64 = 0
    /// Of these, answered by the worker itself.
    public var fastAnswers: UInt64 = 0
    /// Of these, with what a recursor said before.
    public var repeatedAnswers: UInt64 = 0
    /// Of the datagrams, handed to the slow line.
    public var handedOver: UInt64 = 0
    /// Of the datagrams, not answered: too short, or replies.
    public var silent: UInt64 = 0
    /// Of the datagrams, answered SERVFAIL because the slow line was full.
    public var overflows: UInt64 = 0
    /// Of the datagrams, not answered: over the rate limit.
    public var rateDropped: UInt64 = 0
    /// Of the datagrams, answered with TC alone: over the rate limit.
    public var rateSlipped: UInt64 = 0
    /// Replies that the kernel refused.
    public var sendFailures: UInt64 = 0
    /// UDP replies with TC, whichever line made them: the client was told that there is more.
    public var truncated: UInt64 = 0
    /// Queries answered by the slow line, over either transport.
    public var slowAnswers: UInt64 = 0
    /// Queries that waited too long for the slow line and were dropped.
    public var expired: UInt64 = 0
    /// Datagrams by the type of their question.
    public var datagramQuestions = QuestionCounts()
    /// Queries over TCP by their type.
    public var streamQuestions = QuestionCounts()
    /// Replies that the loops of TCP made.
    public var streamAnswers: UInt64 = 0
    /// How long UDP replies took from receipt on, by what they were made from (``QuerySource``): estimated from one
    /// batch in 64 where a worker answered, and by whole milliseconds where the slow line did.
    public var datagramDurations = [DurationCounts](
        repeating: DurationCounts(),
        count: QuerySource.allCases.count
    )
    /// The same of replies over TCP; of those that a loop made, one of its turns in 64 counts.
    public var streamDurations = [DurationCounts](
        repeating: DurationCounts(),
        count: QuerySource.allCases.count
    )
    /// Of ``datagramDurations``, those of the workers.
    public var workerDurations = DurationCounts()
    /// Of both transports' durations, those of the slow line, forwarding included.
    public var slowDurations = DurationCounts()
    /// Records of the query log that found no room.
    public var lostLogRecords: UInt64 = 0
    /// Samples of the lists of who asks what that found no room.
    public var lostSampleRecords: UInt64 = 0
    /// Replies over either transport by what they were made from and response code.
    public var replies = ReplyCounts()
    /// TCP connections accepted.
    public var connections: UInt64 = 0
    /// TCP connections closed at once, over a limit.
    public var refusedConnections: UInt64 = 0
    /// Queries over TCP.
    public var streamQueries: UInt64 = 0
    /// TCP connections closed because the client was too slow.
    public var streamTimeouts: UInt64 = 0
    /// TCP connections open now.
    public var openConnections = 0
    /// The forwarder's own.
    public var forwarder = ForwarderCounters()

    /// All zero.
    public init() {}
}
