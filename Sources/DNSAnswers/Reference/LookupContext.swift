// SPDX-License-Identifier: Apache-2.0
import DNSWire
import StateStore

/// What a lookup works with: the published state, the question, and what only one answer uses up
/// (random numbers, nested look-ups, names to be asked for upstream).
struct LookupContext: Sendable {
    /// How often a name in the domain may lead to another one (spec/dns.md 2.11; pinned by
    /// DNS-270).
    static let maximumNestedHops = 3
    /// How many chased records a service answer takes without EDNS (spec/dns.md 3.3).
    static let maximumChasedRecords = 5

    /// How many names one chain of aliases may lead through.
    static let maximumPath = 8

    /// The published state.
    let snapshot: DNSSnapshot
    /// Chains of recursors, by what was asked.
    let chased: [ChaseQuestion: Resolution]
    /// The time of the reply, in seconds since 1970.
    let now: UInt32
    /// The name that is being answered; of a nested look-up the inner one.
    var name: DomainName
    /// The type that is being answered; ANY in a nested look-up.
    var type: RecordType
    /// Whose place counts where distance does; `nil` when unknown.
    var client: IPAddress?
    /// Whether the query has EDNS; a nested one has not.
    var hasEDNS: Bool
    /// The numbers of the shuffles.
    var generator: Generator
    /// What is to be asked upstream before this can be answered.
    var pending: [ChaseQuestion] = []
    /// The names that the chain of aliases has been to, the first one included.
    var path: [CanonicalName] = []
    /// The type that the client wants of a target; `nil` outside nested look-ups, where it is
    /// ``type``.
    var chasedFor: RecordType?
    /// Why the answer is as it is, for clients that ask (RFC 8914).
    var reasons: [ExtendedDNSError] = []
    /// The same, of answers that have instances in them.
    var reasonsOfAnswers: [ExtendedDNSError] = []
    /// How many nested look-ups may follow.
    var hopsLeft = LookupContext.maximumNestedHops

    /// The settings.
    var settings: DNSSettings { snapshot.settings }

    /// The domain part of the name, in its spelling: what generated names end in.
    var domain: DomainName {
        CatalogName(name, settings: settings)?.domain ?? settings.domain
    }

    /// A record of class IN.
    static func record(
        _ owner: DomainName,
        ttl: UInt32,
        _ data: RecordData
    ) -> ResourceRecord {
        ResourceRecord(name: owner, ttl: ttl, data: data)
    }

    /// Whether an address may answer the type (spec/dns.md 2.4, last line).
    static func fits(_ address: IPAddress, _ type: RecordType) -> Bool {
        switch (type, address) {
        case (.a, .v4), (.aaaa, .v6), (.srv, _), (.any, _), (.txt, _): true
        default: false
        }
    }

    /// The outcome of a look-up in the catalog (spec/dns.md 1.4, step 4).
    mutating func outcome(for target: Target) -> Outcome {
        switch target {
        case .service(let service):
            ServiceLookup(service, through: .instances).outcome(in: &self)
        case .connect(let service):
            ServiceLookup(service, through: .connect).outcome(in: &self)
        case .node(let name, let place):
            NodeLookup(name: name, place: place).outcome(in: &self)
        case .address(let octets):
            AddressLookup(octets: octets).outcome(in: self)
        case .nameservers:
            ApexLookup().nameservers(in: &self)
        case .startOfAuthority:
            ApexLookup().startOfAuthority(in: &self)
        case .primaryServer:
            ApexLookup().addresses(in: &self)
        case .emptyName where type == .any && settings.isDomain(name):
            ApexLookup().everything(in: &self)
        case .emptyName:
            .noData
        case .transfer:
            .notImplemented
        case .ingress(let service):
            ServiceLookup(service, through: .ingress).outcome(in: &self)
        case .preparedQuery(let name):
            PreparedQueryLookup(name: name).outcome(in: &self)
        case .virtual(let name, let peer):
            VirtualLookup(name: name, peer: peer).outcome(in: self)
        case .unrecognized, .reverse, .zone, .outside:
            .noSuchName
        }
    }
}
