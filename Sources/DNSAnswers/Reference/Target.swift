// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// What a question is about: the forms of spec/dns.md 1.4, and who answers what is none of them.
enum Target: Hashable, Sendable {
    /// `[<tag>.]<service>.service`, also in the form of RFC 2782.
    case service(ServiceTarget)
    /// `<service>.connect`: through proxies, native instances and terminating gateways.
    case connect(ServiceTarget)
    /// `<service>.ingress`: through ingress gateways.
    case ingress(ServiceTarget)
    /// `<service>.virtual`: the virtual address of a service, perhaps of one imported from a peer.
    case virtual(name: String, peer: String?)
    /// `<node>.node`.
    case node(name: String, place: Place)
    /// `<name>.query`.
    case preparedQuery(name: String)
    /// `<hex>.addr`: the four or sixteen octets of an address, or twenty of two.
    case address([UInt8])
    /// `ns.<domain>`, the primary server that the SOA names.
    case primaryServer
    /// A name that has no records but names below it; a name error in Consul.
    case emptyName
    /// QTYPE NS at any name of the domain, strictly at its apex.
    case nameservers
    /// QTYPE SOA at any name of the domain, strictly at its apex.
    case startOfAuthority
    /// QTYPE AXFR at any name of the domain.
    case transfer
    /// A name below `arpa.`, with its address if it has one.
    case reverse(IPAddress?)
    /// A name in a static zone.
    case zone
    /// A name of the domain that is none of these forms.
    case unrecognized
    /// A name that is not ours.
    case outside
}

/// The service that a name asks for.
struct ServiceTarget: Hashable, Sendable {
    /// The service's name, in lower case.
    var name: String
    /// The tag that an instance must have, in lower case.
    var tag: String?
    /// Another one: the protocol of `_<service>._<proto>.<tag>.service`.
    var protocolTag: String?
    /// Where.
    var place: Place

    /// Makes a target.
    init(name: String, tag: String?, protocolTag: String? = nil, place: Place) {
        self.name = name
        self.tag = tag
        self.protocolTag = protocolTag
        self.place = place
    }
}

/// Where a form looks: spec/dns.md 1.5.
enum Place: Hashable, Sendable {
    /// In the own datacenter.
    case here
    /// In another datacenter.
    case datacenter(String)
    /// Among what was imported from a peer.
    case peer(String)
}
