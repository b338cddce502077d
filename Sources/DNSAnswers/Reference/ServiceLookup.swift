// SPDX-License-Identifier: Apache-2.0
import DNSWire
import StateStore

/// The service, connect and ingress forms: healthy instances in a random order (spec/dns.md 3.1, 3.2).
struct ServiceLookup: Sendable {
    /// How a service is reached.
    enum Route: Hashable, Sendable {
        /// By the instances registered under its name.
        case instances
        /// By its connect proxies and native instances, and the terminating gateways that lead to
        /// it (spec/dns.md 2.9).
        case connect
        /// By the ingress gateways that let it in (spec/dns.md 2.9).
        case ingress
    }

    private let target: ServiceTarget
    private let route: Route

    /// Makes a look-up.
    init(_ target: ServiceTarget, through route: Route) {
        self.target = target
        self.route = route
    }

    /// What the form answers.
    func outcome(in context: inout LookupContext) -> Outcome {
        // No other datacenter is known and no peer: nothing is found there (spec/dns.md 1.5).
        guard target.place == .here else { return .noSuchName }
        let found = instances(in: &context)
        guard !found.isEmpty else { return .noSuchName }
        let shuffled =
            context.settings.weightsAddresses && context.type != .srv
            ? WeightedOrder.shuffled(found, using: &context.generator)
            : Self.shuffled(found, in: &context)
        let ttl = context.settings.serviceTTL(for: target.name)
        let sections =
            context.type == .srv
            ? ServiceLocations(ttl: ttl).sections(of: shuffled, in: &context)
            : ServiceAddresses(ttl: ttl).sections(of: shuffled, in: &context)
        return sections.answers.isEmpty ? .noData : .records(sections)
    }

    /// All that are registered, in the order of the store.
    func registered(in context: LookupContext) -> [InstanceView] {
        let store = context.snapshot.store
        return switch route {
        case .instances: ordered(store.instances(ofService: target.name).value, in: context)
        case .connect: store.meshInstances(ofService: target.name).value
        case .ingress: store.ingressInstances(ofService: target.name).value
        }
    }

    private func ordered(_ all: [InstanceView], in context: LookupContext) -> [InstanceView] {
        context.snapshot.instanceOrder.map { $0(target.name, all) } ?? all
    }

    /// Which of them the name matches, and which of those are answered.
    func choice(in context: LookupContext) -> InstanceChoice {
        InstanceChoice(
            of: tagged(registered(in: context)),
            threshold: context.settings.protectThreshold(for: target.name),
            context.settings
        )
    }

    /// The instances that answer, in the order of the store.
    private func instances(in context: inout LookupContext) -> [InstanceView] {
        let choice = choice(in: context)
        if let reason = choice.reason(name: target.name) {
            context.note(reason, ifAnswered: choice.isProtected)
        }
        return choice.answered
    }

    /// Those with the tags asked for.
    ///
    /// A tag `a+b` that nobody has as it is written asks for both, `a` and `b`.
    private func tagged(_ all: [InstanceView]) -> [InstanceView] {
        let candidates = all.filter { Self.hasTag($0.service, target.protocolTag) }
        guard let tag = target.tag else { return candidates }
        let exact = candidates.filter { Self.hasTag($0.service, tag) }
        let parts = tag.split(separator: "+").map(String.init)
        guard exact.isEmpty, parts.count > 1 else { return exact }
        return candidates.filter { instance in
            parts.allSatisfy { Self.hasTag(instance.service, $0) }
        }
    }

    /// Whether DNS answers with an instance: spec/dns.md 3.1.
    static func isServed(_ instance: InstanceView, _ settings: DNSSettings) -> Bool {
        instance.health.isServed(onlyPassing: settings.onlyPassing)
    }

    // Tags match without regard to case (pinned by DNS-042).
    private static func hasTag(_ service: ServiceRow, _ tag: String?) -> Bool {
        guard let tag else { return true }
        return service.tags.contains { $0.utf8.map(foldedOctet).elementsEqual(tag.utf8) }
    }

    /// A uniform random permutation, the same that the fast line makes of the same instances and
    /// the same generator (spec/dns.md 3.2).
    static func shuffled(
        _ instances: [InstanceView],
        in context: inout LookupContext
    ) -> [InstanceView] {
        var order: [InstanceView] = []
        order.reserveCapacity(instances.count)
        pick(instances.count, of: instances.count, using: &context.generator) {
            order.append(instances[$0])
        }
        return order
    }
}
