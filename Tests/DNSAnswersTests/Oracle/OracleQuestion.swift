// SPDX-License-Identifier: Apache-2.0
import DNSAnswers
import DNSWire
import StateStore

/// A question of a known form about a random catalog; most name what is there.
struct OracleQuestion {
    /// The forms of spec/dns.md 1.4.
    enum Form: CaseIterable {
        case service, tag, rfc2782, connect, virtual, node, addr, reverse, apex, nothing
    }

    let form: Form
    let type: RecordType
    let octets: [UInt8]
    let transport: ClientContext.Transport

    /// Types with their shares, in percent.
    static let types: [(type: RecordType, share: Int)] = [
        (.a, 30), (.srv, 26), (.aaaa, 12), (.any, 14), (.txt, 8), (.mx, 3), (.ptr, 7),
    ]

    init(_ random: inout RandomCatalog, _ oracle: SpecOracle) {
        form = Self.form(&random)
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

    private static func form(_ random: inout RandomCatalog) -> Form {
        switch random.generator.below(100) {
        case ..<34: .service
        case ..<38: .virtual
        case ..<51: .tag
        case ..<61: .rfc2782
        case ..<66: .connect
        case ..<82: .node
        case ..<86: .addr
        case ..<92: .reverse
        case ..<96: .apex
        default: .nothing
        }
    }

    private static func type(_ random: inout RandomCatalog, _ form: Form) -> RecordType {
        if form == .apex { return .ns }
        if form == .reverse { return .ptr }
        var number = random.generator.below(100)
        for (type, share) in types {
            if number < share { return type }
            number -= share
        }
        return .a
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
        // What most ask for is there for most: a family that the catalog has.
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
            let native = oracle.services.filter(\.connectNative)
            let name = native.isEmpty ? service : random.pick(native).name.lowercased()
            return [name, "connect"] + own
        case .virtual:
            let owners = oracle.virtual.numbers.keys.sorted()
            return [owners.isEmpty ? service : random.pick(owners), "virtual"]
        case .node:
            let node = oracle.nodes.isEmpty ? nil : random.pick(oracle.nodes)
            if type == .srv || type == .ptr { type = .any }
            let name = random.chance(95) ? node?.name.lowercased() : nil
            return (name ?? "nope").split(separator: ".").map(String.init) + ["node"] + own
        case .addr:
            if type != .mx { type = random.chance(80) ? .a : .any }
            return [random.pick(["0a000001", "c6120001", "0a07000a", "0A", "zzzzzzzz"]), "addr"]
        case .reverse:
            let node = oracle.nodes.isEmpty ? nil : random.pick(oracle.nodes)
            let text = random.chance(60) ? node?.address : row?.address
            return reverseLabels(text.flatMap(IPAddress.init(text:)))
        case .apex: return random.chance(50) ? [] : ["any", "name"]
        case .nothing:
            return random.pick([
                ["foo"], ["a", "b"], ["service"], ["node"], ["web", "virtual"], ["q", "query"],
                ["web", "service", "dc9"],
            ])
        }
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
