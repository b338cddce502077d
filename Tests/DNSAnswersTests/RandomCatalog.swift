// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Definitions
import StateStore

@testable import DNSAnswers

/// Commands and questions of every kind, from a seed.
struct RandomCatalog {
    var generator: Generator
    /// Whether names, addresses and texts are among them that only the reference line answers.
    var hasOddities: Bool
    /// Whether there are many nodes with few services: wide services.
    var isWide = false
    private let style: Int

    static let nodes = [
        "n1", "Node-2", "n3", "under_score", "n5", "n6", "n7", "n8-with-a-longer-name",
    ]
    static let oddNodes = [
        "dot.ted", "we!rd", "host", "deadbeef", "n-" + String(repeating: "x", count: 60),
    ]
    static let services = [
        "web", "Api", "s_v_c", "db", "x", "a-service-with-a-rather-long-name-of-some-fifty-letters",
        "seven77", "eight888", "nine99999",
    ]
    static let tags = [
        "v1", "Primary", "a.b", "v2", "eight-ch", "x y", "tag-that-is-longer-than-16", "udp",
    ]

    init(seed: UInt64, hasOddities: Bool) {
        generator = Generator(seed: seed)
        self.hasOddities = hasOddities
        style = Int(seed % 2)
    }

    mutating func chance(_ percent: Int) -> Bool { generator.below(100) < percent }

    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[generator.below(elements.count)]
    }

    mutating func nodeName() -> String {
        if hasOddities, chance(10) { return pick(Self.oddNodes) }
        return isWide ? "m\(generator.below(90))" : pick(Self.nodes)
    }

    mutating func serviceName() -> String {
        isWide ? pick([Self.services[0], Self.services[5]]) : pick(Self.services)
    }

    mutating func address(mayBeEmpty: Bool) -> String {
        switch generator.below(100) {
        case ..<45: "10.0.\(generator.below(4)).\(generator.below(6))"
        case ..<60: "2001:db8::\(generator.below(6))"
        case ..<62: "::ffff:192.0.2.\(generator.below(4))"
        case ..<64 where hasOddities: pick(["www.example.net", "web.service.consul", "300.1.1.1"])
        default: mayBeEmpty ? "" : "10.1.0.\(generator.below(200))"
        }
    }

    /// A node of a name, always with the same data but for a rare change.
    mutating func node(_ name: String) -> NodeRow {
        var tagged: [String: String]?
        if chance(15) {
            tagged = ["lan": "10.9.9.9"]
            if chance(50) { tagged?["lan_ipv4"] = "10.7.0.\(generator.below(9))" }
            if chance(50) { tagged?["lan_ipv6"] = "2001:db8:7::\(generator.below(9))" }
            if hasOddities, chance(10) { tagged?["lan_ipv4"] = "2001:db8:8::1" }
        }
        var meta: [String: String]?
        if chance(45) {
            meta = ["consul-network-segment": ""]
            if chance(60) { meta?["consul-version"] = "1.21.4" }
            if chance(20) { meta?["rfc1035-x"] = "raw value" }
            if chance(20) { meta?["ti`ck=s "] = "a`b" }
            if hasOddities, chance(5) { meta?["long"] = String(repeating: "y", count: 300) }
        }
        return NodeRow(
            name: name,
            address: address(mayBeEmpty: false),
            taggedAddresses: tagged,
            meta: meta
        )
    }

    mutating func service(_ name: String, on node: String, number: Int) -> ServiceRow {
        var row = ServiceRow(node: node, id: "\(name)-\(number)", name: name)
        // Instances of one service on one node agree whether they have an address, or nearly.
        let isOwn = (node.utf8.count + name.utf8.count + style) % 2 == 0
        row.address = isOwn == (!hasOddities || chance(95)) ? address(mayBeEmpty: hasOddities) : ""
        if isOwn || hasOddities, chance(10) {
            row.taggedAddresses["lan_ipv6"] = ServiceAddress(
                address: "2001:db8:6::\(generator.below(5))",
                port: 9
            )
        }
        if isOwn || hasOddities, chance(10) {
            row.taggedAddresses["lan_ipv4"] = ServiceAddress(
                address: "198.18.0.\(generator.below(5))",
                port: 9
            )
        }
        row.port = pick([80, 8080, 8081, 0, 443, hasOddities ? 70000 : 1])
        row.weights = ServiceWeights(passing: generator.below(9), warning: generator.below(3))
        for _ in 0..<generator.below(4) { row.tags.append(pick(["v1", "v2"] + Self.tags)) }
        return row
    }

    mutating func check(on node: String, of service: ServiceRow?, number: Int) -> CheckRow {
        let status = pick([
            CheckStatus.passing, .passing, .passing, .warning, .critical,
            CheckStatus(rawValue: chance(20) ? "odd" : "passing"),
        ])
        return CheckRow(
            node: node,
            id: "c\(number)",
            name: "c",
            status: status,
            serviceID: service?.id ?? ""
        )
    }

    /// A command that mostly registers.
    mutating func command() -> Command {
        let name = nodeName()
        let service = serviceName()
        let number = generator.below(4)
        if chance(12) {
            switch generator.below(3) {
            case 0: return .deregister(Deregistration(node: name))
            case 1:
                return .deregister(
                    Deregistration(node: name, serviceID: "\(service)-\(number)")
                )
            default: return .deregister(Deregistration(node: name, checkID: "c\(number)"))
            }
        }
        let row = self.service(service, on: name, number: number)
        var checks: [CheckRow] = []
        if chance(25) { checks.append(check(on: name, of: row, number: generator.below(4))) }
        if chance(4) { checks.append(check(on: name, of: nil, number: 9)) }
        return .register(
            Registration(
                node: node(name),
                skipNodeUpdate: chance(70),
                service: row,
                checks: checks
            )
        )
    }

    /// A settings value around the defaults.
    mutating func settings() throws -> DNSSettings {
        var settings = DNSSettings(
            domain: try DomainName(text: pick(["consul.", "consul.", "sd.example.org."])),
            datacenter: pick(["dc1", "dc1", "eu-west-1-longer"]),
            nodeName: "agent1"
        )
        if chance(40) {
            settings.alternateDomain = try DomainName(text: pick(["alt.zone.", "example.com."]))
        }
        if chance(50) {
            settings.nodeTTL = 11
            settings.serviceTTLs = ["*": 5, "web": 0x01_02_03_04, "s*": 7]
        }
        settings.soaMinimumTTL = pick([0, 60])
        settings.onlyPassing = chance(20)
        settings.enableTruncate = chance(50)
        settings.udpAnswerLimit = pick([3, 3, 3, 8, 100, 5, 0])
        settings.aRecordLimit = pick([0, 0, 0, 2])
        settings.additionalNodeMetaTXT = chance(75)
        settings.hasRecursors = chance(40)
        settings.udpMaximumSize = pick([65467, 65467, 1232])
        return settings
    }
}

/// Questions about a random catalog.
struct RandomQuestion {
    var octets: [UInt8]
    var transport: ClientContext.Transport

    init(octets: [UInt8], transport: ClientContext.Transport) {
        self.octets = octets
        self.transport = transport
    }

    init(_ random: inout RandomCatalog, settings: DNSSettings) {
        var labels = Self.labels(&random, settings: settings)
        if random.chance(40) {
            labels = labels.map { label in
                label.map { octet in
                    octet &- 0x61 < 26 && random.chance(50) ? octet - 0x20 : octet
                }
            }
        }
        let type: UInt16 =
            random.chance(94)
            ? random.pick([1, 1, 1, 1, 1, 28, 33, 33, 33, 33, 33, 255, 16])
            : random.pick([5, 15, 12, 65, 251, 0, 41, 65280, 2, 6, 252, 43])
        var edns: UInt16?
        var options: [UInt8] = []
        if random.chance(60) {
            edns = random.pick([
                0, 100, 512, 513, 600, 700, 900, 1232, 1232, 1232, 1400, 4096, 65535,
                UInt16(512 + random.generator.below(800)),
            ])
            if random.chance(20) { options = [0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8] }
            if random.chance(5) { options += [0, 8, 0, 4, 0, 1, 0, 0] }
        }
        octets = QueryOctets.make(
            labels,
            type: type,
            id: UInt16(truncatingIfNeeded: random.generator.next()),
            flags: random.pick([0x0100, 0x0100, 0x0000, 0x0110, 0x0120, 0x0620, 0x01f0]),
            edns: edns,
            options: options
        )
        transport = random.chance(80) ? .udp : .tcp
    }

    private static func labels(
        _ random: inout RandomCatalog,
        settings: DNSSettings
    ) -> [[UInt8]] {
        let texts: [String]
        let service = random.chance(95) ? random.serviceName().lowercased() : "nope"
        var locality = random.chance(30) ? [settings.datacenter] : []
        if random.chance(3) { locality = random.pick([["dc9"], ["dc1", "dc"], ["x", "peer"]]) }
        switch random.generator.below(100) {
        case ..<56: texts = [service, "service"] + locality
        case ..<72:
            let tag = random.pick(RandomCatalog.tags + ["v1", "v2", "primary", "a.b"])
                .lowercased().split(separator: ".")
            texts = tag.map(String.init) + [service, "service"] + locality
        case ..<82:
            let proto = random.pick(["_tcp", "_tcp", "_v1", "_udp", "_primary", "_"])
            texts = ["_" + service, proto] + (random.chance(50) ? ["service"] : []) + locality
        case ..<94: texts = [random.nodeName().lowercased(), "node"] + locality
        case ..<97:
            texts = random.pick([
                [], ["service"], ["node"], ["foo"], ["foo", "bar"], ["a", "b", "c", "d"], ["ns"],
                ["x", "ns"], ["hostmaster"], ["web", "connect"], ["web", "virtual"],
                ["q", "query"], ["0a000001", "addr"], ["web service"],
            ])
        default:
            texts = (0..<random.generator.below(9)).map { _ in
                random.pick(["a", "bb", "service", "_x"])
            }
        }
        let domain =
            random.chance(30) ? settings.alternateDomain ?? settings.domain : settings.domain
        return texts.map { Array($0.utf8) } + domain.labels.map(Array.init)
    }
}
