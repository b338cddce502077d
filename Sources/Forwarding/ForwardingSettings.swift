// SPDX-License-Identifier: Apache-2.0

/// What the configuration says about forwarding, apart from whom to ask.
///
/// Milliseconds where nothing else is said; TTLs in seconds.
public struct ForwardingSettings: Hashable, Sendable {
    /// Octets that the cache may take; 0 turns it off.
    public var cacheSize = 32 << 20
    /// The longest that records are kept.
    public var maximumTTL: UInt32 = 86_400
    /// The longest that their absence is kept (RFC 2308 §5).
    public var maximumNegativeTTL: UInt32 = 3600
    /// How many seconds past their time data are given out when no upstream answers (RFC 8767).
    ///
    /// 0 turns it off, and more than ``hardStaleLimit`` counts as that.
    public var staleLimit: UInt32 = 0
    /// Whether hot data are fetched anew before they end.
    public var prefetches = true
    /// Whether replies that are in use are lent to a fast line (``ForwardingState/takeLendings()``).
    public var lends = false
    /// Whether upstreams get a cookie, which who answers with cookies must echo (RFC 7873).
    public var sendsCookies = false
    /// Whether names in replies are compressed (RFC 1035 §4.1.4); Consul's `disable_compression`
    /// turns it off.
    public var compresses = true
    /// Whether a new permutation of the upstreams is asked for each query.
    public var isRandomOrder = false
    /// From a client's question to the end of the search for its reply.
    public var budget: UInt64 = 2000
    /// How long one upstream may take.
    public var attemptTimeout: UInt64 = 2000
    /// Questions open at a time; each takes one descriptor.
    public var maximumOpen = 4096
    /// Clients that wait, all questions taken together.
    public var maximumWaiting = 16_384
    /// Of these, with one address.
    public var maximumPerClient = 512
    /// Questions open at one upstream.
    public var maximumPerUpstream = 2048
    /// Questions open for names right below one name: random subdomains stop here.
    public var maximumPerParent = 1024

    /// Consul's defaults, and ours where it has none.
    public init() {}

    /// No data are given out longer than so many seconds past their time, whatever is configured:
    /// what an attacker got into a cache must end (CVE-2026-40622).
    public static let hardStaleLimit: UInt32 = 3600
    /// The TTL of data past their time (RFC 8767 §4).
    static let staleTTL: UInt32 = 30
    /// When a client gets data past their time although an upstream may yet answer (RFC 8767 §5).
    static let stalePatience: UInt64 = 1800
    /// What is left of a TTL, in hundredths, when hot data are fetched anew.
    static let prefetchShare: UInt64 = 10
    /// What is left of a short TTL then, at least: time for a slow answer.
    static let prefetchLeast: UInt64 = 1000
    /// Hits that make data hot, and the shortest TTL that is worth it: of 1 s all would be fetched
    /// as soon as they are known.
    static let hot = (hits: 3, ttl: UInt64(2000))
    /// How long a failure is kept: doubled each time in a row, from the first to the last
    /// (RFC 9520 §3.2: at least 1 s, at most 5 min).
    static let failure = (first: UInt64(1000), last: UInt64(10_000))
    /// A client that waited so long beyond ``budget`` gets no reply any more (CVE-2024-33655).
    static let lateness: UInt64 = 500

    /// Whether what was kept under other settings is kept as these say.
    func keepsWhat(_ other: ForwardingSettings) -> Bool {
        cacheSize == other.cacheSize && compresses == other.compresses
            && maximumTTL >= other.maximumTTL && maximumNegativeTTL >= other.maximumNegativeTTL
    }

    /// The stale window in milliseconds.
    var staleWindow: UInt64 { UInt64(min(staleLimit, Self.hardStaleLimit)) * 1000 }
}
