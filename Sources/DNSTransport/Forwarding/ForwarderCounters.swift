// SPDX-License-Identifier: Apache-2.0
public import Forwarding
import Locking
import Synchronization

/// What the forwarder did since it was made.
public struct ForwarderCounters: Sendable, Hashable {
    /// Queries of clients taken.
    public var queries: UInt64 = 0
    /// Targets of CNAME records looked up.
    public var chases: UInt64 = 0
    /// Queries sent to recursors, over either transport.
    public var attempts: UInt64 = 0
    /// Of these, over TCP because the reply over UDP was truncated.
    public var tcpRetries: UInt64 = 0
    /// Replies with another ID or question: ignored, possibly forged.
    public var mismatches: UInt64 = 0
    /// Replies to queries with a cookie, by what they made of it.
    public var cookies: [CookieResult: UInt64] = [:]
    /// Recursors that did not reply in time.
    public var timeouts: UInt64 = 0
    /// Queries that no recursor answered.
    public var failures: UInt64 = 0
    /// Queries refused because too many were open, or because the server stops.
    public var refusals: UInt64 = 0
    /// Answers from the cache, data past their time and kept failures included.
    public var cacheHits: UInt64 = 0
    /// Of these, failures.
    public var cachedFailures: UInt64 = 0
    /// Questions that the cache could have answered and did not.
    public var cacheMisses: UInt64 = 0
    /// Answers with data past their time.
    public var staleAnswers: UInt64 = 0
    /// Hot data fetched anew before their end.
    public var prefetches: UInt64 = 0
    /// Questions that waited for an equal one.
    public var coalesced: UInt64 = 0
    /// Replies that came after their clients were let go, and were kept.
    public var lateReplies: UInt64 = 0
    /// Questions dropped because their client waited too long.
    public var dropped: UInt64 = 0
    /// Questions of ours that a recursor sent back to us.
    public var loops: UInt64 = 0
    /// Probes of recursors that had not answered.
    public var probes: UInt64 = 0
    /// How long upstreams took to reply, by address and port.
    public var upstreamDurations: [String: DurationCounts] = [:]
    /// Queries open now.
    public var inFlight: Int = 0
    /// Replies and failures in the cache now.
    public var cacheEntries: Int = 0
    /// Octets that they take.
    public var cacheOctets: Int = 0
    /// Replies and failures that made room for others before their time was over.
    public var cacheEvictions: UInt64 = 0
    /// The upstreams, and how each does.
    public var upstreams: [Upstream] = []

    /// One upstream.
    public struct Upstream: Sendable, Hashable {
        /// Its address and port.
        public var address: String
        /// Whether it answered of late, or was not asked.
        public var isHealthy: Bool
        /// How often it was asked, probes included.
        public var requests: UInt64
        /// How often it did not reply in time, or was not there.
        public var failures: UInt64

        /// Says how an upstream does.
        public init(address: String, isHealthy: Bool, requests: UInt64, failures: UInt64) {
            self.address = address
            self.isHealthy = isHealthy
            self.requests = requests
            self.failures = failures
        }
    }
}

/// The counters as they are counted; relaxed, because nothing is concluded from their order.
final class ForwarderTally: Sendable {
    let queries = Atomic<UInt64>(0)
    let chases = Atomic<UInt64>(0)
    let attempts = Atomic<UInt64>(0)
    let tcpRetries = Atomic<UInt64>(0)
    let mismatches = Atomic<UInt64>(0)
    let timeouts = Atomic<UInt64>(0)
    private let durations = Lock<[String: DurationCounts]>([:])
    private let cookies = Lock<[CookieResult: UInt64]>([:])

    /// Counts a reply to a query with a cookie.
    func note(_ result: CookieResult) { cookies.withLock { $0[result, default: 0] += 1 } }

    /// Counts a reply of an upstream; so many upstreams as configurations ever named are known.
    func note(_ upstream: RecursorAddress, milliseconds: UInt64) {
        let nanoseconds = milliseconds > 0 ? milliseconds &* 1_000_000 : 500_000
        durations.withLock {
            $0["\(upstream)", default: DurationCounts()].note(nanoseconds: nanoseconds)
        }
    }

    func read(inFlight: Int, _ counts: ForwardingCounts) -> ForwarderCounters {
        ForwarderCounters(
            queries: queries.load(ordering: .relaxed),
            chases: chases.load(ordering: .relaxed),
            attempts: attempts.load(ordering: .relaxed),
            tcpRetries: tcpRetries.load(ordering: .relaxed),
            mismatches: mismatches.load(ordering: .relaxed),
            cookies: cookies.withLock { $0 },
            timeouts: timeouts.load(ordering: .relaxed),
            failures: counts.failures,
            refusals: counts.refusals,
            cacheHits: counts.hits,
            cachedFailures: counts.cachedFailures,
            cacheMisses: counts.misses,
            staleAnswers: counts.stale,
            prefetches: counts.prefetches,
            coalesced: counts.coalesced,
            lateReplies: counts.late,
            dropped: counts.dropped,
            loops: counts.loops,
            probes: counts.probes,
            upstreamDurations: durations.withLock { $0 },
            inFlight: inFlight
        )
    }
}

extension Atomic where Value == UInt64 {
    /// Counts one, or more.
    @inline(__always)
    borrowing func count(_ more: UInt64 = 1) {
        wrappingAdd(more, ordering: .relaxed)
    }
}
