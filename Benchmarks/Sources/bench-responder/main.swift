// SPDX-License-Identifier: Apache-2.0
//
// A fixed number of queries through the fast line, in process, for callgrind: the difference of
// two runs is the cost of the queries, without start-up.
//
//     bench-responder <mode> [services=100] [instances=10] [n=100000] [retain=0] [threads=1] [rounds=15]
//
// Modes: `Mode.all`. `retain=1` plants a retain in every query: the gate must fail. `threads=2` compares
// the CPU time of a query where one thread reads the view with that where two do, on two cores.
import DNSAnswers
import DNSWire
import DNSZones
import Glibc
import Publication
import StateStore

/// What a mode asks and about what.
struct Mode: Sendable {
    var type: RecordType
    var edns: UInt16?
    var name: @Sendable (Int) -> String = { "web-\($0).service.consul" }
    var instances: Int?
    var hasTexts = false
    var isV6 = false
    /// Whether the names are a static zone's.
    var isZone = false

    static let all: [String: Mode] = [
        "a3": Mode(type: .a),
        "a10": Mode(type: .a, edns: 1232),
        "srv3": Mode(type: .srv),
        "srv10": Mode(type: .srv, edns: 1232),
        "nx": Mode(type: .a, edns: 1232, name: { "nope-\($0).service.consul" }),
        "tag": Mode(type: .a, edns: 1232, name: { "v1.web-\($0).service.consul" }),
        "txt10": Mode(type: .srv, edns: 4096, hasTexts: true),
        "node": Mode(type: .a, edns: 1232, name: { "node-\($0 % 100).node.consul" }),
        "v6": Mode(type: .aaaa, edns: 1232, isV6: true),
        "cut": Mode(type: .srv, edns: 1232, instances: 40),
        "case": Mode(type: .srv, name: { "WeB-\($0).SeRvIcE.cOnSuL" }),
        "nxcase": Mode(type: .a, name: { "NoPe-\($0).SeRvIcE.cOnSuL" }),
        "proto": Mode(type: .srv, edns: 1232, name: { "_web-\($0)._v1.service.dc1.consul" }),
        "nodata": Mode(type: .mx, name: { "web-\($0).service.consul" }),
        "foo": Mode(type: .a, name: { "foo-\($0).consul" }),
        "zone-a": Mode(type: .a, edns: 1232, name: { "host-\($0).corp.example" }, isZone: true),
        "zone-mx": Mode(type: .mx, edns: 1232, name: { "mail-\($0).corp.example" }, isZone: true),
        "zone-wildcard": Mode(
            type: .a,
            edns: 1232,
            name: { "h\($0).apps.corp.example" },
            isZone: true
        ),
        "zone-nx": Mode(type: .a, edns: 1232, name: { "nope-\($0).corp.example" }, isZone: true),
        "zone-case": Mode(type: .mx, name: { "MaIl-\($0).CoRp.ExAmPlE" }, isZone: true),
        "wide": Mode(type: .a, instances: 300),
        "widetag": Mode(
            type: .a,
            name: { "v1.web-\($0).service.consul" },
            instances: 300
        ),
    ]
}

/// A catalog like the one the thresholds were measured on: every service on `instances` nodes.
func catalog(services: Int, instances: Int, mode: Mode) throws -> StateStore {
    var store = StateStore()
    var index = RaftIndex.zero
    let nodes = max(instances, min(services, 20000))
    for number in 0..<nodes {
        let tail = "\(number >> 8 & 255).\(number & 255)"
        var node = NodeRow(
            name: "node-\(number)",
            address: mode.isV6 ? "2001:db8::\(number)" : "10.0.\(tail)"
        )
        if mode.hasTexts {
            node.meta = ["consul-network-segment": "", "consul-version": "1.21.4"]
        }
        index = index.next
        _ = try store.apply(.register(Registration(node: node)), at: index)
    }
    for service in 0..<services {
        for number in 0..<instances {
            let node = "node-\((service &* 7919 &+ number) % nodes)"
            var row = ServiceRow(node: node, id: "web-\(service)", name: "web-\(service)")
            row.port = 8000 + number
            row.tags = ["v\(number & 1)", "primary"]
            index = index.next
            _ = try store.apply(
                .register(
                    Registration(
                        node: NodeRow(name: node, address: ""),
                        skipNodeUpdate: true,
                        service: row
                    )
                ),
                at: index
            )
        }
    }
    return store
}

/// A zone of `hosts` names with an address and as many with a mail exchange, and a wildcard.
func zone(hosts: Int) throws -> Zone {
    let apex = try DomainName(text: "corp.example")
    func below(_ name: String) throws -> DomainName {
        try DomainName(text: "\(name).corp.example")
    }
    func address(_ number: Int) -> RecordData {
        .a(IPv4Address(bits: 0x0a00_0000 + UInt32(number)))
    }
    let soa = StartOfAuthority(
        primary: try below("ns"),
        mailbox: try below("hostmaster"),
        serial: 1,
        refresh: 3600,
        retry: 600,
        expire: 86400,
        minimum: 60
    )
    var records = [
        ResourceRecord(name: apex, ttl: 300, data: .soa(soa)),
        ResourceRecord(name: apex, ttl: 300, data: .ns(try below("ns"))),
        ResourceRecord(name: try below("ns"), ttl: 300, data: address(1)),
        ResourceRecord(name: try below("*.apps"), ttl: 300, data: address(2)),
    ]
    for number in 0..<hosts {
        records.append(
            ResourceRecord(name: try below("host-\(number)"), ttl: 300, data: address(number))
        )
        let exchange = RecordData.mx(preference: 10, exchange: try below("host-\(number)"))
        records.append(ResourceRecord(name: try below("mail-\(number)"), ttl: 300, data: exchange))
    }
    return try Zone.make(apex: apex, records: records)
}

/// Queries in their slots, and how long each is.
final class Queries {
    static let slot = 64
    let octets: UnsafeMutableRawPointer
    var lengths: [Int] = []

    init(_ names: [String], _ mode: Mode) throws {
        octets = .allocate(byteCount: names.count * Self.slot + Responder.slack, alignment: 64)
        for (number, name) in names.enumerated() {
            var message = Message(
                header: Header(id: 0x1234, recursionDesired: true),
                questions: [
                    Question(name: try DomainName(text: name), type: mode.type, class: .in)
                ]
            )
            message.edns = mode.edns.map { EDNS(udpPayloadSize: $0) }
            let query = try message.encoded()
            precondition(query.count <= Self.slot)
            for (index, octet) in query.enumerated() {
                (octets + number * Self.slot + index).storeBytes(of: octet, as: UInt8.self)
            }
            lengths.append(query.count)
        }
    }
}

/// Something to count references on, for the planted retain.
final class Counted {}
nonisolated(unsafe) var planted: [Counted] = [Counted(), Counted()]
nonisolated(unsafe) var held: Counted?

/// Takes one reference and drops another, which nobody can optimise away.
@inline(never)
func plantRetain(_ number: Int) { held = planted[number & 1] }

/// Sends the queries round and round through the three passes, a batch at a time; returns the
/// octets answered, so that nothing can be left out.
@inline(never)
func run(
    _ responder: inout Responder,
    _ reader: ViewReader,
    _ queries: UnsafeMutableRawPointer,
    _ lengths: UnsafePointer<Int>,
    names: Int,
    total: Int,
    buffer: UnsafeMutableRawPointer,
    plant: Bool
) -> (octets: Int, answered: Int) {
    let width = 32
    let stride = 4096 + Responder.slack
    var sum = 0
    var answered = 0
    var at = 0
    var done = 0
    while done < total {
        reader.enter()
        responder.beginBatch(now: 1)
        let first = at
        var slot = 0
        while slot < width {
            let datagram = buffer + stride &* slot
            // No query is longer than 64 octets.
            datagram.storeBytes(
                of: (queries + Queries.slot &* at).load(as: SIMD64<UInt8>.self),
                as: SIMD64<UInt8>.self
            )
            at &+= 1
            if at == names { at = 0 }
            slot &+= 1
        }
        at = first
        var fast: UInt64 = 0
        slot = 0
        while slot < width {
            if case .fast = responder.route(
                buffer + stride &* slot,
                length: lengths[at],
                slot: slot
            ) {
                fast |= 1 &<< UInt64(slot)
            }
            if plant { plantRetain(slot) }
            at &+= 1
            if at == names { at = 0 }
            slot &+= 1
        }
        var rest = fast
        while rest != 0 {
            responder.locate(rest.trailingZeroBitCount)
            rest &= rest &- 1
        }
        rest = fast
        while rest != 0 {
            slot = rest.trailingZeroBitCount
            rest &= rest &- 1
            let length = responder.answer(
                buffer + stride &* slot,
                slot: slot,
                capacity: 4096,
                transport: .udp
            )
            sum &+= length
            if length > 0 { answered &+= 1 }
        }
        reader.leave()
        done &+= width
    }
    return (sum, answered)
}

var options: [String: Int] = [:]
for argument in CommandLine.arguments.dropFirst(2) {
    let parts = argument.split(separator: "=")
    if parts.count == 2, let value = Int(parts[1]) { options[String(parts[0])] = value }
}
guard CommandLine.arguments.count > 1, let mode = Mode.all[CommandLine.arguments[1]] else {
    print("usage: bench-responder \(Mode.all.keys.sorted().joined(separator: "|")) [key=value …]")
    throw CancellationError()
}
let services = options["services"] ?? 100
let instances = mode.instances ?? options["instances"] ?? 10
let store = try catalog(services: services, instances: instances, mode: mode)
let settings = DNSSettings(
    domain: try DomainName(text: "consul."),
    datacenter: "dc1",
    nodeName: "bench"
)
let writer = DNSViewWriter(settings: settings, seed: 7)
writer.replace(settings: settings, state: store)
let clock = ContinuousClock()
if mode.isZone {
    let zones = ZoneSet(zones: [try zone(hosts: services)])
    let begin = clock.now
    writer.replace(zones: zones)
    print("\(writer.zoneOctets) octets for \(2 * services) names, \(clock.now - begin)")
}
writer.publish()
let names = (0..<1024).map { mode.name($0 &* 7919 % services) }
if options["threads"] == 2 {
    try compareReaders(
        writer,
        { try Queries(names, mode) },
        total: options["n"] ?? 1_000_000,
        rounds: options["rounds"] ?? 15
    )
    exit(0)
}
let reader = writer.makeReader()
let queries = try Queries(names, mode)
let buffer = UnsafeMutableRawPointer.allocate(
    byteCount: 33 * (4096 + Responder.slack),
    alignment: 64
)
buffer.initializeMemory(as: UInt8.self, repeating: 0, count: 33 * (4096 + Responder.slack))
reader.enter()
var responder = Responder(root: reader.root, seed: 7, batch: 32)
reader.leave()
let total = options["n"] ?? 100_000
let start = clock.now
let lengths = UnsafeMutablePointer<Int>.allocate(capacity: names.count)
lengths.initialize(from: queries.lengths, count: names.count)
let result = run(
    &responder,
    reader,
    queries.octets,
    lengths,
    names: names.count,
    total: total,
    buffer: buffer,
    plant: options["retain"] == 1
)
let elapsed = clock.now - start
let rounded = (total + 31) / 32 * 32
print(
    "\(result.answered) of \(rounded) answered, \(result.octets / max(1, result.answered)) octets each, "
        + "\(elapsed / rounded) each, \(writer.liveOctets) octets in the view"
)
