// SPDX-License-Identifier: Apache-2.0

internal import DNSWire
internal import Forwarding

/// Rules, and what is expected of them: which names may not have private addresses.
struct RuleSet {
    private let rules: [ForwardRules.Rule]
    private let privateDomains: [CanonicalName]
    /// The rules as the forwarder takes them.
    let made: ForwardRules

    private static let corp = CanonicalName(Bench.name("corp.example."))
    /// A name in our domain that others answer for.
    static let delegated = CanonicalName(Bench.name("deleg.consul."))

    private init(_ rules: [ForwardRules.Rule], mayBePrivate: [CanonicalName] = []) {
        self.rules = rules
        privateDomains = mayBePrivate
        made = ForwardRules(
            rules,
            ownDomains: [Bench.own],
            privateDomains: mayBePrivate,
            delegated: rules.map(\.zone).filter { $0 == Self.delegated }
        )
    }

    /// Four families of four: plain, protected, of zones in our own domain, two rules of one zone.
    static let all: [RuleSet] = [
        RuleSet([.init(zone: .root, upstreams: [0, 2]), .init(zone: corp, upstreams: [1])]),
        RuleSet([.init(zone: corp, upstreams: [1, 0])]),
        RuleSet([]),
        RuleSet([
            .init(zone: Bench.deep, upstreams: [2]), .init(zone: .root, upstreams: [1, 0, 2]),
        ]),
        RuleSet(
            [
                .init(zone: .root, upstreams: [0, 2], dropsPrivate: true),
                .init(zone: corp, upstreams: [1], dropsPrivate: true),
            ],
            mayBePrivate: [corp]
        ),
        RuleSet([
            .init(zone: .root, upstreams: [0, 1, 2], dropsPrivate: true),
            .init(zone: corp, upstreams: [1]),
        ]),
        RuleSet([.init(zone: corp, upstreams: [1, 0], dropsPrivate: true)]),
        RuleSet(
            [.init(zone: .root, upstreams: [0], dropsPrivate: true)],
            mayBePrivate: [Bench.deep]
        ),
        RuleSet([
            .init(zone: delegated, upstreams: [1]), .init(zone: .root, upstreams: [0]),
        ]),
        RuleSet([.init(zone: delegated, upstreams: [1, 0], dropsPrivate: true)]),
        RuleSet(
            [
                .init(zone: delegated, upstreams: [2], dropsPrivate: true),
                .init(zone: .root, upstreams: [0], dropsPrivate: true),
            ],
            mayBePrivate: [delegated]
        ),
        RuleSet([.init(zone: Bench.own, upstreams: [1])]),
        RuleSet([
            .init(zone: .root, upstreams: [1], dropsPrivate: true),
            .init(zone: .root, upstreams: [0]),
        ]),
        RuleSet([
            .init(zone: .root, upstreams: [1]),
            .init(zone: .root, upstreams: [0], dropsPrivate: true),
        ]),
        RuleSet([.init(zone: .root, upstreams: [])]),
        RuleSet([.init(zone: .root, upstreams: [2], dropsPrivate: true)], mayBePrivate: [.root]),
    ]

    /// Whether no private address may be said of a name, or of what its aliases lead to.
    func forbidsPrivate(_ name: DomainName) -> Bool {
        let folded = name.folded
        var best: ForwardRules.Rule?
        for rule in rules where folded.isSubdomain(of: rule.zone) {
            if (best?.zone.wire.count ?? 0) < rule.zone.wire.count { best = rule }
        }
        return best?.dropsPrivate == true && !privateDomains.contains { folded.isSubdomain(of: $0) }
    }

    /// Whether only we speak for a name while these rules hold: none of them gives it away.
    func isOurs(_ name: CanonicalName) -> Bool {
        let isGivenAway = rules.contains { $0.zone == Self.delegated }
        return name.isSubdomain(of: Bench.own)
            && !(isGivenAway && name.isSubdomain(of: Self.delegated))
    }
}
