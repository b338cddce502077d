// SPDX-License-Identifier: Apache-2.0
public import DNSWire

/// Why a question is asked, which decides its transports and what ends the search.
public enum SearchPurpose: Hashable, Sendable {
    /// For a client over UDP: UDP, then TCP when the reply is truncated.
    case overUDP
    /// For a client over TCP: TCP (DNS-282).
    case overTCP
    /// For the target of an alias, and so for ourselves: as over UDP.
    case chase
    /// To learn whether an upstream answers at all.
    case probe
}

/// Whom to ask a question, in which order and for how long.
public struct SearchPlan: Sendable {
    /// One upstream's turn.
    public struct Turn: Hashable, Sendable {
        /// Its number.
        public var upstream: Int
        /// How long it is waited for before the next one is asked or the question is sent again, in
        /// milliseconds.
        public var timeout: UInt64
        /// How long it may take, from the first time that it is asked.
        public var limit: UInt64
        /// Our cookie for it, if it gets one.
        var cookie: UpstreamCookie?
    }

    /// The number under which the result is reported.
    public var number: UInt64
    /// What is asked.
    public var query: ForwardedQuery
    /// Why.
    public var purpose: SearchPurpose
    /// Whom, one after another.
    public var turns: [Turn]
    /// How long those who wait are let wait, in milliseconds.
    public var budget: UInt64
    /// Whether a reply that comes later is worth something.
    public var hearsLate: Bool
    /// The list of upstreams that the turns count in.
    var generation: UInt64
}

/// What tells a question of ours that is open from everybody else's.
public struct SentQuestion: Hashable, Sendable {
    /// The port that it left from.
    public var port: UInt16
    /// The ID that it left with.
    public var id: UInt16
}

/// What happened at an upstream.
public enum AttemptEvent: Hashable, Sendable {
    /// It is about to be asked.
    case begun
    /// The next try is made meanwhile.
    case overtaken
    /// A question left with this port and ID: ``SentQuestion``.
    case sent(SentQuestion)
    /// Nobody waits for that question any longer.
    case forgotten(SentQuestion)
    /// It gave us a cookie (RFC 7873).
    case cookie([UInt8])
    /// It is asked no longer, for whatever reason.
    case ended
    /// It replied, after so many milliseconds.
    case answered(UInt64)
    /// It did not reply in time, or is not there.
    case failed
}

/// How a search ended.
public enum SearchResult: Sendable {
    /// With a reply that was judged to be one: final or truncated, or any for a probe.
    case reply([UInt8])
    /// All upstreams refused or failed to resolve it.
    case unresolved
    /// The same, with the reasons of the first one that gave any (RFC 8914 §3).
    case explained([ExtendedDNSError])
    /// No upstream replied.
    case unreachable
    /// Sockets failed: no route, no descriptor, nobody there.
    case networkError
    /// It was given up from our side.
    case cancelled
}

/// What happened so far; counted by ``ForwardingState``.
public struct ForwardingCounts: Hashable, Sendable {
    /// Questions answered from the cache, data past their time included.
    public var hits: UInt64 = 0
    /// Of these, by a failure that was kept.
    public var cachedFailures: UInt64 = 0
    /// Questions that could have been in the cache and were not.
    public var misses: UInt64 = 0
    /// Answers with data past their time.
    public var stale: UInt64 = 0
    /// Hot data fetched anew before their end.
    public var prefetches: UInt64 = 0
    /// Questions that waited for another client's.
    public var coalesced: UInt64 = 0
    /// Clients that waited too long and got nothing.
    public var dropped: UInt64 = 0
    /// Replies that came after their clients were let go, and were kept.
    public var late: UInt64 = 0
    /// Questions refused over a limit.
    public var refusals: UInt64 = 0
    /// Searches that no upstream answered.
    public var failures: UInt64 = 0
    /// Questions of ours that came back to us.
    public var loops: UInt64 = 0
    /// Probes of upstreams that had not answered.
    public var probes: UInt64 = 0

    /// All zero.
    public init() {}
}
