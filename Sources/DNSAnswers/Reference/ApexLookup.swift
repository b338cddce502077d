// SPDX-License-Identifier: Apache-2.0
import DNSWire
import StateStore

/// NS and SOA of the domain, answered at any name in it: spec/dns.md 2.7.
struct ApexLookup: Sendable {
    /// The service whose instances are the name servers: every server agent registers it.
    static let serverService = "consul"
    /// How many name servers are given at most.
    static let maximumServers = 3

    /// QTYPE NS.
    func nameservers(in context: inout LookupContext) -> Outcome {
        let (servers, glue) = serversAndGlue(in: &context)
        return .records(Sections(answers: servers, additionals: glue))
    }

    /// QTYPE SOA.
    func startOfAuthority(in context: inout LookupContext) -> Outcome {
        let (servers, glue) = serversAndGlue(in: &context)
        let soa = StartOfAuthorityRecord(context.settings)
            .record(for: context.name, now: context.now)
        return .records(Sections(answers: [soa], authorities: servers, additionals: glue))
    }

    /// QTYPE ANY at the apex, where the RFCs are followed: both (RFC 8482 §4.1 asks for one at least).
    func everything(in context: inout LookupContext) -> Outcome {
        let (servers, glue) = serversAndGlue(in: &context)
        let soa = StartOfAuthorityRecord(context.settings)
            .record(for: context.name, now: context.now)
        return .records(Sections(answers: [soa] + servers, additionals: glue))
    }

    /// `ns.<domain>`, which the SOA names: the addresses of the name servers (RFC 1035 §3.3.13).
    ///
    /// Consul names it and does not know it.
    func addresses(in context: inout LookupContext) -> Outcome {
        guard [.a, .aaaa, .any].contains(context.type) else { return .noData }
        let (_, glue) = serversAndGlue(in: &context, as: context.type)
        var answers: [ResourceRecord] = []
        for record in glue where context.type == .any || record.type == context.type {
            // Of a host name's chain the addresses.
            guard [.a, .aaaa].contains(record.type) else { continue }
            let own = LookupContext.record(context.name, ttl: record.ttl, record.data)
            if !answers.contains(own) { answers.append(own) }
        }
        return .records(Sections(answers: answers))
    }

    private func serversAndGlue(
        in context: inout LookupContext,
        as type: RecordType = .any
    ) -> (servers: [ResourceRecord], glue: [ResourceRecord]) {
        let settings = context.settings
        let domain = context.domain
        let instances = context.snapshot.store.instances(ofService: Self.serverService).value
            .filter { ServiceLookup.isServed($0, settings) }
        var servers: [ResourceRecord] = []
        var glue: [ResourceRecord] = []
        for instance in ServiceLookup.shuffled(instances, in: &context) {
            guard Self.isHostName(instance.node.name),
                let name = GeneratedNames.node(
                    instance.node.name,
                    datacenter: settings.datacenter,
                    domain: domain
                )?.folded.name
            else { continue }
            servers.append(LookupContext.record(domain, ttl: settings.nodeTTL, .ns(name)))
            glue += addresses(of: instance.node, name: name, as: type, in: &context)
            if servers.count == Self.maximumServers { break }
        }
        return (servers, glue)
    }

    // As for ANY: IPv6 before IPv4, or both with `dual_stack`, and the chain of a host name.
    private func addresses(
        of node: NodeRow,
        name: DomainName,
        as type: RecordType,
        in context: inout LookupContext
    ) -> [ResourceRecord] {
        let asked = context.type
        context.type = type
        defer { context.type = asked }
        return type == .any && context.settings.isDualStack
            ? NodeLookup.bothRecords(of: node, owner: name, in: &context)
            : NodeLookup.records(of: node, owner: name, in: &context)
    }

    /// Whether an instance is healthy and can be named.
    static func isNamed(_ instance: InstanceView, _ settings: DNSSettings) -> Bool {
        ServiceLookup.isServed(instance, settings) && isHostName(instance.node.name)
    }

    // Consul skips nodes with other characters than these (pinned by DNS-345).
    private static func isHostName(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { octet in
                switch foldedOctet(octet) {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}

/// The SOA record of the domain: spec/dns.md 2.7.
struct StartOfAuthorityRecord: Sendable {
    private let settings: DNSSettings

    /// Makes the record's maker.
    init(_ settings: DNSSettings) { self.settings = settings }

    /// The record that a reply to `name` carries at a time.
    func record(for name: DomainName, now: UInt32) -> ResourceRecord {
        let owner = owner(for: name)
        let data = StartOfAuthority(
            // A domain so long that nothing fits before it stands for itself.
            primary: (try? owner.prepending(label: "ns".utf8)) ?? owner,
            mailbox: (try? owner.prepending(label: "hostmaster".utf8)) ?? owner,
            serial: now,
            refresh: settings.soaRefresh,
            retry: settings.soaRetry,
            expire: settings.soaExpire,
            minimum: settings.soaMinimumTTL
        )
        return LookupContext.record(owner, ttl: settings.soaMinimumTTL, .soa(data))
    }

    /// The record of a reverse zone that is answered here.
    func record(at zone: DomainName, now: UInt32) -> ResourceRecord {
        var record = self.record(for: settings.domain, now: now)
        record.name = zone
        return record
    }

    // The longer of the two domains that the name is in. Consul goes by case, and takes the primary
    // domain for the alternate apex.
    private func owner(for name: DomainName) -> DomainName {
        guard let alternate = settings.alternateDomain, name.isSubdomain(of: alternate),
            !name.isSubdomain(of: settings.domain)
                || alternate.labelCount > settings.domain.labelCount
        else { return settings.domain }
        return alternate
    }
}
