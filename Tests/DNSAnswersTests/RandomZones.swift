// SPDX-License-Identifier: Apache-2.0
import DNSWire
import DNSZones

@testable import DNSAnswers

/// Static zones of every kind, and questions about them, from a seed.
struct RandomZones {
    var random: RandomCatalog
    /// Whether zones lie in and around the catalog's domain, aliases lead into it, and there are
    /// reverse zones and large RRsets.
    var hasOddities: Bool
    /// Names that were given records.
    private(set) var owners: [DomainName] = []
    private(set) var apexes: [DomainName] = []

    private static let plainApexes = [
        "corp", "example.com", "sub.corp", "deep.er.sub.corp", "Mixed.Example.NET", "www.corp",
        "a-zone-with-a-long-name.example.org",
    ]
    private static let oddApexes = [
        "static.consul", "consul", "service.consul", "web.service.consul", "alt.zone",
        "10.in-addr.arpa", "org", "a.b.consul",
    ]
    private static let labels = [
        "a", "b", "www", "Mail", "ns", "*", "host", "x-label-of-twenty-five-octe", "_sip", "_tcp",
        "hostmaster", "eightoct", "sub",
    ]

    init(seed: UInt64, hasOddities: Bool) {
        random = RandomCatalog(seed: seed, hasOddities: hasOddities)
        self.hasOddities = hasOddities
    }

    private mutating func text(below apex: String) -> String {
        let labels = (0..<random.pick([1, 1, 1, 2, 2, 3])).map { _ in random.pick(Self.labels) }
        return (labels + [apex]).joined(separator: ".")
    }

    private mutating func target(_ apex: String) -> String {
        switch random.generator.below(100) {
        case ..<60: text(below: apex)
        case ..<80: text(below: random.pick(Self.plainApexes))
        case ..<90: random.pick(["www.example.org", "elsewhere.test", "com", "Corp"])
        default:
            hasOddities
                ? random.pick(["web.service.consul", "n1.node.consul", "x.consul", "."])
                : text(below: apex)
        }
    }

    private mutating func data(_ apex: String) throws -> RecordData {
        func name(_ text: String) throws -> DomainName { try DomainName(text: text) }
        switch random.generator.below(100) {
        case ..<30: return .a(IPv4Address(bits: UInt32(random.generator.below(1 << 20))))
        case ..<45:
            return .aaaa(IPv6Address(high: 0x2001_0db8 << 32, low: random.generator.next()))
        case ..<60: return .cname(try name(target(apex)))
        case ..<70:
            return .mx(preference: 10, exchange: try name(target(apex)))
        case ..<80:
            return .srv(
                ServiceLocation(
                    priority: 1,
                    weight: 2,
                    port: 3,
                    target: try name(target(apex))
                )
            )
        case ..<88:
            let count = random.pick([0, 1, 5, 30, hasOddities ? 255 : 60])
            return .txt([[UInt8](repeating: 0x41, count: count)])
        case ..<92: return .unknown(RecordType(rawValue: 65), [0, 1, 0])
        case ..<94: return .ptr(try name(target(apex)))
        default: return .ns(try name(target(apex)))
        }
    }

    private mutating func zone(_ apex: String) throws -> Zone? {
        let apexName = try DomainName(text: apex)
        let near = random.chance(60)
        let soa = StartOfAuthority(
            primary: try DomainName(text: near ? "ns.\(apex)" : "ns.example.net"),
            mailbox: try DomainName(text: near ? "hostmaster.\(apex)" : "a.b.example.net"),
            serial: 7,
            refresh: 1,
            retry: 2,
            expire: 3,
            minimum: 60
        )
        var records = [
            ResourceRecord(name: apexName, ttl: 300, data: .soa(soa)),
            ResourceRecord(
                name: apexName,
                ttl: 300,
                data: .ns(try DomainName(text: "ns.example.net"))
            ),
        ]
        for _ in 0..<(3 + random.generator.below(22)) {
            let owner = try DomainName(text: random.chance(8) ? apex : text(below: apex))
            let copies = random.chance(15) ? 1 + random.generator.below(60) : 1
            for _ in 0..<copies {
                records.append(
                    ResourceRecord(
                        name: owner,
                        ttl: UInt32(random.generator.below(100)),
                        data: copies > 1
                            ? .a(IPv4Address(bits: UInt32(random.generator.below(1 << 20))))
                            : try data(apex)
                    )
                )
            }
            // Glue, sometimes.
            if case .ns(let server) = records[records.count - 1].data, random.chance(60) {
                records.append(
                    ResourceRecord(
                        name: server,
                        ttl: 5,
                        data: .a(IPv4Address(bits: 0x0a00_0001))
                    )
                )
            }
        }
        // What breaks a rule is left out, until a zone remains.
        while true {
            do throws(ZoneError) {
                let zone = try Zone.make(apex: apexName, records: records)
                owners += records.map(\.name)
                return zone
            } catch {
                guard let index = error.index, index > 1 else { return nil }
                records.remove(at: index)
            }
        }
    }

    /// A set of zones; some lie in others.
    mutating func zones() throws -> ZoneSet {
        var zones: [Zone] = []
        for _ in 0..<(1 + random.generator.below(5)) {
            let apex =
                hasOddities && random.chance(45)
                ? random.pick(Self.oddApexes) : random.pick(Self.plainApexes)
            if let zone = try zone(apex) {
                zones.append(zone)
                apexes.append(zone.apex)
            }
        }
        if let first = zones.first, apexes.isEmpty { apexes = [first.apex] }
        return ZoneSet(zones: zones)
    }

    /// A question, mostly about a name in one of the zones.
    mutating func question() -> RandomQuestion {
        var labels: [[UInt8]]
        switch random.generator.below(100) {
        case ..<50: labels = random.pick(owners).labels.map(Array.init)
        case ..<65: labels = [Array("q".utf8)] + random.pick(owners).labels.map(Array.init)
        case ..<70: labels = Array(random.pick(owners).labels.map(Array.init).dropFirst())
        case ..<75: labels = random.pick(apexes).labels.map(Array.init)
        default:
            labels =
                (0..<random.pick([1, 1, 2, 3])).map { _ in
                    random.chance(30)
                        ? Array("nx\(random.generator.below(9))".utf8)
                        : Array(random.pick(Self.labels).utf8)
                } + random.pick(apexes).labels.map(Array.init)
        }
        while labels.reduce(1, { $0 + $1.count + 1 }) > 255 { labels.removeFirst() }
        if random.chance(40) {
            labels = labels.map { label in
                label.map { octet in
                    octet | 0x20 &- 0x61 < 26 && random.chance(50) ? octet ^ 0x20 : octet
                }
            }
        }
        let type: UInt16 =
            random.chance(90)
            ? random.pick([1, 1, 1, 28, 15, 33, 16, 2, 6, 5, 65, 255])
            : random.pick([12, 43, 251, 252, 0, 41, 65280, 65400, 99])
        var edns: UInt16?
        var options: [UInt8] = []
        if random.chance(60) {
            edns = random.pick([
                0, 512, 600, 1232, 1232, 1232, 4096, 65535,
                UInt16(512 + random.generator.below(800)),
            ])
            if random.chance(20) { options = [0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8] }
        }
        return RandomQuestion(
            octets: QueryOctets.make(
                labels,
                type: type,
                id: UInt16(truncatingIfNeeded: random.generator.next()),
                flags: random.pick([0x0100, 0x0100, 0x0000, 0x0110, 0x0120, 0x0620, 0x01f0]),
                edns: edns,
                options: options
            ),
            transport: random.chance(75) ? .udp : .tcp
        )
    }
}
