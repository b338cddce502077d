// SPDX-License-Identifier: Apache-2.0
public import DNSWire
public import Forwarding

extension Forwarder {
    /// What the configuration says about forwarding.
    public struct Configuration: Sendable, Hashable {
        /// Whom to ask, in the order of the configuration.
        public var recursors: [RecursorAddress]
        /// Whom to ask instead for the names of single zones (`forward_zones`).
        public var zones: [Zone] = []
        /// The domains that we answer ourselves: nothing about them is kept.
        public var ownDomains: [DomainName] = []
        /// Names in ``ownDomains`` that others answer for, with all below them: zone cuts.
        public var delegatedDomains: [DomainName] = []
        /// In which order they are asked.
        public var strategy: RecursorStrategy
        /// How long each connect and each exchange may take (`recursor_timeout`).
        public var timeout: Duration
        /// How long the whole search may take; nil means 2 s, or `timeout` if that is longer.
        public var budget: Duration?
        /// The largest reply to a client over UDP, whatever it offers.
        public var maximumUDPSize: Int
        /// Queries open at a time; over it SERVFAIL.
        ///
        /// Each takes one descriptor.
        public var maximumInFlight: Int
        /// Whether the case of the letters in a question is drawn anew for each query, and must
        /// come back so (0x20).
        public var randomizesCase = false
        /// Whether upstreams learn the networks of clients (RFC 7871).
        public var relaysClientSubnet = false
        /// Whether private addresses in what ``recursors`` say are dropped (DNS rebinding); the
        /// recursors of ``zones`` are the operator's own.
        public var dropsPrivateAnswers = false
        /// The domains whose names may have private addresses all the same.
        public var privateDomains: [DomainName] = []
        /// The cache and the limits; what stands above goes before it.
        public var settings = ForwardingSettings()

        /// Consul's defaults, with a cache.
        public init(
            recursors: [RecursorAddress] = [],
            strategy: RecursorStrategy = .sequential,
            timeout: Duration = .seconds(2),
            maximumUDPSize: Int = 65467,
            maximumInFlight: Int = 4096
        ) {
            self.recursors = recursors
            self.strategy = strategy
            self.timeout = timeout
            self.maximumUDPSize = maximumUDPSize
            self.maximumInFlight = maximumInFlight
        }

        /// Whether any name is forwarded.
        public var forwards: Bool { !recursors.isEmpty || !zones.isEmpty }
    }

    /// A zone with recursors of its own.
    public struct Zone: Sendable, Hashable {
        /// The zone; the longest that holds a name counts.
        public var name: DomainName
        /// Whom to ask for its names.
        public var recursors: [RecursorAddress]

        /// Makes a zone.
        public init(name: DomainName, recursors: [RecursorAddress]) {
            self.name = name
            self.recursors = recursors
        }
    }
}

extension Forwarder.Configuration {
    /// Every upstream once; its place is its number.
    var upstreams: [RecursorAddress] {
        var found: [RecursorAddress] = []
        for address in recursors + zones.flatMap(\.recursors) where !found.contains(address) {
            found.append(address)
        }
        return found
    }

    /// The rules, with upstreams by their numbers.
    var rules: ForwardRules {
        let upstreams = upstreams
        func numbers(_ addresses: [RecursorAddress]) -> [Int] {
            addresses.compactMap { upstreams.firstIndex(of: $0) }
        }
        var rules = zones.map {
            ForwardRules.Rule(zone: $0.name.folded, upstreams: numbers($0.recursors))
        }
        if !recursors.isEmpty {
            rules.append(
                ForwardRules.Rule(
                    zone: .root,
                    upstreams: numbers(recursors),
                    dropsPrivate: dropsPrivateAnswers
                )
            )
        }
        return ForwardRules(
            rules,
            ownDomains: ownDomains.map(\.folded),
            privateDomains: privateDomains.map(\.folded),
            delegated: delegatedDomains.map(\.folded)
        )
    }

    /// The settings of the pure part.
    var effectiveSettings: ForwardingSettings {
        var result = settings
        result.attemptTimeout = max(1, timeout.milliseconds)
        result.budget = budget.map { max(1, $0.milliseconds) } ?? max(2000, result.attemptTimeout)
        result.isRandomOrder = strategy == .random
        result.maximumOpen = maximumInFlight
        result.lends = true
        return result
    }
}

extension Duration {
    /// Whole milliseconds, not negative.
    var milliseconds: UInt64 {
        let (seconds, attoseconds) = components
        return UInt64(clamping: seconds) * 1000
            + UInt64(clamping: attoseconds / 1_000_000_000_000_000)
    }
}
