// SPDX-License-Identifier: Apache-2.0
public import DNSWire

/// Which upstreams are asked for which names: `forward_zones`, and `recursors` for the rest.
public struct ForwardRules: Hashable, Sendable {
    /// One zone and the upstreams for the names in it, by their numbers.
    public struct Rule: Hashable, Sendable {
        /// The zone; the root stands for all names.
        public var zone: CanonicalName
        /// The upstreams in their order.
        public var upstreams: [Int]
        /// Whether private addresses in what they say are dropped.
        public var dropsPrivate: Bool

        /// Makes a rule.
        public init(zone: CanonicalName, upstreams: [Int], dropsPrivate: Bool = false) {
            self.zone = zone
            self.upstreams = upstreams
            self.dropsPrivate = dropsPrivate
        }
    }

    /// All rules; a rule's number is its place.
    public let rules: [Rule]
    private let byZone: [[UInt8]: Int]
    private let own: Set<[UInt8]>
    private let mayBePrivate: Set<[UInt8]>
    private let delegated: Set<[UInt8]>

    /// Of two rules for one zone the first counts.
    ///
    /// `ownDomains` are answered by ourselves: what is asked upstream about names in them (DS, for
    /// one) is neither kept nor taken from what was kept, and what upstreams say about such names
    /// without being asked goes to nobody. Names in `privateDomains` may have private addresses
    /// whatever their rule says.
    ///
    /// `delegated` are names in own domains that others answer for, with all below them. The
    /// longest suffix of either kind counts.
    public init(
        _ rules: [Rule],
        ownDomains: [CanonicalName] = [],
        privateDomains: [CanonicalName] = [],
        delegated: [CanonicalName] = []
    ) {
        self.rules = rules
        byZone = Dictionary(
            rules.enumerated().map { ($1.zone.wire, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        own = Set(ownDomains.map(\.wire))
        mayBePrivate = Set(privateDomains.map(\.wire))
        self.delegated = Set(delegated.map(\.wire))
    }

    /// The rule with the longest zone that holds a name; nil when none does.
    public func rule(for name: CanonicalName) -> Int? {
        for suffix in name.suffixes {
            if let rule = byZone[suffix] { return rule }
        }
        return nil
    }

    /// Whether private addresses are dropped from replies to a question that went by a rule.
    ///
    /// The name asked for decides, not the one at the end of its aliases: else an alias of
    /// anybody's into a domain that may be private would do.
    func dropsPrivate(_ name: CanonicalName, rule: Int) -> Bool {
        rules[rule].dropsPrivate && !name.suffixes.contains { mayBePrivate.contains($0) }
    }

    /// Whether any domain is ours.
    var hasOwnDomains: Bool { !own.isEmpty }

    /// Whether a name lies in a domain of ours.
    public func isOwn(_ name: CanonicalName) -> Bool {
        guard !own.isEmpty else { return false }
        for suffix in name.suffixes {
            if own.contains(suffix) { return true }
            if delegated.contains(suffix) { return false }
        }
        return false
    }
}

extension CanonicalName {
    /// The octets of the name and of each name above it, longest first.
    var suffixes: some Sequence<[UInt8]> {
        let wire = wire
        return sequence(state: 0 as Int?) { state -> [UInt8]? in
            guard let at = state else { return nil }
            state = wire[at] == 0 ? nil : at + 1 + Int(wire[at])
            return at == 0 ? wire : Array(wire[at...])
        }
    }
}
