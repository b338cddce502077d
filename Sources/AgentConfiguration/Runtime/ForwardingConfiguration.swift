// SPDX-License-Identifier: Apache-2.0

/// The blocks `forwarding` and `forward_zones`, Waypost's own: how queries for other zones are
/// forwarded, and which go elsewhere than to `recursors`.
public struct ForwardingConfiguration: Sendable, Hashable {
    /// A zone with recursors of its own.
    public struct Zone: Sendable, Hashable {
        /// `.zone`, lower-cased, with final dot.
        public var zone: String
        /// `.recursors` as written.
        public var recursors: [String]
    }

    /// `.cache_size`, in octets; 0 turns the cache off.
    public var cacheSize = 33_554_432
    /// `.max_ttl`.
    public var maximumTTL: Duration = .seconds(86_400)
    /// `.max_negative_ttl`.
    public var maximumNegativeTTL: Duration = .seconds(3600)
    /// `.serve_stale`; zero turns it off.
    public var serveStale: Duration = .zero
    /// `.prefetch`.
    public var prefetches = true
    /// `.case_randomization`.
    public var randomizesCase = false
    /// `.client_subnet`: whether recursors learn the networks of clients.
    public var relaysClientSubnet = false
    /// `.cookies`: whether recursors get a cookie that they must echo if they know cookies.
    public var sendsCookies = false
    /// `.rebind_protection`: whether private addresses in replies of `recursors` are dropped.
    public var protectsFromRebinding = false
    /// `.rebind_allow`: the domains whose names may have private addresses all the same,
    /// lower-cased, with final dot.
    public var rebindAllowed: [String] = []
    /// `.query_timeout`; nil when not set.
    public var queryTimeout: Duration?
    /// `forward_zones`.
    public var zones: [Zone] = []

    /// The defaults.
    public init() {}

    /// The longest that `serve_stale` may be: RFC 8767 allows days, but what an attacker got into
    /// a cache must end.
    static let staleLimit: Duration = .seconds(3600)
}
