// SPDX-License-Identifier: Apache-2.0
import DNSAnswers
import DNSWire
import Definitions
import StateStore

/// A question of a known form about a random catalog; most name what is there.
struct OracleQuestion {
    /// The forms of spec/dns.md 1.4.
    enum Form: CaseIterable {
        case service, tag, rfc2782, connect, ingress, virtual, node, addr, reverse, query, template
        case apex, nothing
    }

    let form: Form
    let type: RecordType
    let octets: [UInt8]
    let transport: ClientContext.Transport

    /// Types with their shares, in percent.
    static let types: [(type: RecordType, share: Int)] = [
        (.a, 26), (.srv, 20), (.any, 13), (.aaaa, 9), (.txt, 8), (.soa, 5), (.ns, 4), (.mx, 3),
        (.ptr, 3), (.cname, 3), (.ds, 3), (.https, 3),
    ]
    private static let forms: [(form: Form, share: Int)] = [
        (.service, 25), (.tag, 11), (.rfc2782, 9), (.node, 14), (.connect, 5), (.ingress, 6),
        (.virtual, 5), (.reverse, 6), (.query, 6), (.template, 4), (.addr, 3), (.apex, 3),
        (.nothing, 3),
    ]

    init(_ random: inout RandomCatalog, _ oracle: SpecOracle) {
        form = Self.pick(&random, Self.forms) ?? .nothing
        var type = Self.type(&random, form)
        let labels = Self.labels(&random, oracle, form, &type)
        self.type = type
        let isReverse = form == .reverse
        let settings = oracle.settings
        let domain =
            random.chance(30) ? settings.alternateDomain ?? settings.domain : settings.domain
        var octets = labels.map { Array($0.utf8) }
        if !isReverse { octets += domain.labels.map(Array.init) }
        if random.chance(30) {
            octets = octets.map { label in
                label.map { $0 &- 0x61 < 26 && random.chance(50) ? $0 - 0x20 : $0 }
            }
        }
        var size: UInt16?
        if random.chance(50) {
            size = random.pick([0, 512, 513, 700, 1232, 1232, 4096])
        }
        self.octets = QueryOctets.make(octets, type: type.rawValue, edns: size)
        transport = random.chance(80) ? .udp : .tcp
    }

    /// One of some things by their shares, in percent.
    private static func pick<Thing>(
        _ random: inout RandomCatalog,
        _ shares: [(Thing, share: Int)]
    ) -> Thing? {
        var number = random.generator.below(100)
        for (thing, share) in shares {
            if number < share { return thing }
            number -= share
        }
        return nil
    }

    // What most ask for is there for most.
    private static func type(_ random: inout RandomCatalog, _ form: Form) -> RecordType {
        if form == .apex, random.chance(90) { return random.chance(50) ? .ns : .soa }
        if form == .reverse, random.chance(40) { return .ptr }
        return pick(&random, types.map { ($0.type, share: $0.share) }) ?? .a
    }

    private static func labels(
        _ random: inout RandomCatalog,
        _ oracle: SpecOracle,
        _ form: Form,
        _ type: inout RecordType
    ) -> [String] {
        let own = random.chance(30) ? [oracle.settings.datacenter] : []
        let row = oracle.services.isEmpty ? nil : random.pick(oracle.services)
        let service = random.chance(97) ? (row?.name ?? "web").lowercased() : "nope"
        let tag = random.chance(80) ? row?.tags.first : random.pick(RandomCatalog.tags)
        switch form {
        case .service: return [service, "service"] + own
        case .tag:
            let tag = (tag ?? "v1").lowercased().split(separator: ".").map(String.init)
            return tag + [service, "service"] + own
        case .rfc2782:
            let proto = random.chance(70) ? "tcp" : (row?.tags.first ?? "udp").lowercased()
            let more = random.chance(20) ? [(tag ?? "v1").lowercased()] : []
            return ["_" + service, "_" + proto] + more + ["service"] + own
        case .connect:
            let native = oracle.services.filter(\.connectNative).map(\.name)
            let fronted = oracle.services.compactMap { $0.proxy?.destinationServiceName }
            let names = native + fronted
            let name = names.isEmpty ? service : random.pick(names).lowercased()
            return (random.chance(10) ? ["x", "y"] : []) + [name, "connect"] + own
        case .ingress:
            // Whether a wildcard lets gateways and servers in the specification does not say.
            let isOrdinary =
                service != "consul"
                && oracle.services.contains { $0.kind.isEmpty && $0.name.lowercased() == service }
            return [exposed(&random, oracle) ?? (isOrdinary ? service : "nope"), "ingress"] + own
        case .virtual:
            let owners = oracle.virtual.numbers.keys.sorted()
            return [owners.isEmpty ? service : random.pick(owners), "virtual"]
        case .node:
            let node = oracle.nodes.isEmpty ? nil : random.pick(oracle.nodes)
            if type == .srv, random.chance(80) { type = .any }
            let name = random.chance(95) ? node?.name.lowercased() : nil
            return (name ?? "nope").split(separator: ".").map(String.init) + ["node"] + own
        case .addr:
            return [
                random.pick([
                    "0a000001", "c6120001", "0a07000a", "20010db8000000000000000000000066", "0A",
                    "zzzzzzzz",
                ]), "addr",
            ]
        case .reverse:
            let node = oracle.nodes.isEmpty ? nil : random.pick(oracle.nodes)
            let text = random.chance(60) ? node?.address : row?.address
            return reverseLabels(text.flatMap(IPAddress.init(text:)))
        case .query, .template: return query(&random, oracle, form, service) + ["query"] + own
        case .apex: return random.chance(50) ? [] : ["any", "name"]
        case .nothing:
            return random.pick([
                ["foo"], ["a", "b"], ["service"], ["node"], ["web", "x", "dc", "y"],
                ["q", "query"], ["web", "service", "dc9"], ["web", "ingress", "dc9"],
                ["q-one", "query", "a", "b"],
            ])
        }
    }

    /// A service that a gateway lets in.
    private static func exposed(_ random: inout RandomCatalog, _ oracle: SpecOracle) -> String? {
        let names = oracle.gateways.flatMap(\.services)
        guard random.chance(92), !names.isEmpty else { return nil }
        if names != ["*"] { return random.pick(names).lowercased() }
        let ordinary = oracle.services.filter { $0.kind.isEmpty && $0.name != "consul" }
        return ordinary.isEmpty ? nil : random.pick(ordinary).name.lowercased()
    }

    /// A prepared query by its name, as RFC 2782 writes it or by its ID; or a name that a template
    /// answers.
    private static func query(
        _ random: inout RandomCatalog,
        _ oracle: SpecOracle,
        _ form: Form,
        _ service: String
    ) -> [String] {
        let row = random.pick(oracle.queries.filter { $0.isTemplate == (form == .template) })
        if random.chance(form == .template ? 6 : 12) { return [row.id] }
        var name = row.name
        switch name {
        case "geo-": name += service + "-" + random.pick(["v1", "v2", "primary", "udp", "v1"])
        case _ where row.isTemplate: name += service
        default: if random.chance(5) { name += "-not" }
        }
        if random.chance(20) { name = "_\(name)._\(random.pick(["tcp", "x"]))" }
        return name.lowercased().split(separator: ".").map { String($0.prefix(63)) }
    }

    private static func reverseLabels(_ address: IPAddress?) -> [String] {
        switch address {
        case .v4(let address):
            return address.description.split(separator: ".").reversed().map(String.init)
                + ["in-addr", "arpa"]
        case .v6:
            let nibbles = (address?.octets ?? []).flatMap { [$0 >> 4, $0 & 15] }
            return nibbles.reversed().map { String($0, radix: 16) } + ["ip6", "arpa"]
        case nil: return ["9", "9", "9", "9", "in-addr", "arpa"]
        }
    }
}
