// SPDX-License-Identifier: Apache-2.0
import DNSWire
import DNSZones
import Definitions
import StateStore
import Testing

@testable import DNSAnswers

/// A catalog, zones and settings, with a way to ask both lines: the reference line answers, and
/// the fast line must say the same or hand over.
struct TestServer {
    /// Thrown where the query is to be forwarded, or an alias chased, or nothing is said.
    struct NoReply: Error { var reply: ReferenceReply }

    var store = StateStore()
    var settings: DNSSettings
    var zones = ZoneSet()

    /// An empty catalog with Consul's defaults, but for what `change` says.
    init(_ change: (inout DNSSettings) -> Void = { _ in }) throws {
        settings = DNSSettings(
            domain: try DomainName(text: "consul."),
            datacenter: "dc1",
            nodeName: "agent1"
        )
        change(&settings)
    }

    /// Catalogue K with a configuration of spec 7.1.
    init(
        configuration: String,
        changing change: (inout DNSSettings) -> Void = { _ in }
    ) throws {
        let snapshot = try #require(try CaseConfiguration.snapshot(configuration))
        (store, settings, zones) = (snapshot.store, snapshot.settings, snapshot.zones)
        change(&settings)
    }

    /// What both lines answer from.
    var snapshot: DNSSnapshot { DNSSnapshot(store: store, zones: zones, settings: settings) }

    mutating func register(_ registration: Registration) throws {
        let index = RaftIndex(rawValue: store.lastIndex.rawValue + 1)
        _ = try store.apply(.register(registration), at: index)
    }

    mutating func register(
        _ node: NodeRow,
        _ service: ServiceRow? = nil,
        _ status: CheckStatus = .passing,
        check: String = "c"
    ) throws {
        var checks: [CheckRow] = []
        if let service, status != .passing {
            checks = [
                CheckRow(
                    node: node.name,
                    id: check,
                    name: "c",
                    status: status,
                    serviceID: service.id
                )
            ]
        }
        try register(Registration(node: node, service: service, checks: checks))
    }

    /// An instance `n<number>` of a service at 10.0.0.<number>.
    mutating func add(
        _ number: Int,
        _ name: String = "web",
        _ status: CheckStatus = .passing,
        check: String = "c",
        change: (inout ServiceRow) -> Void = { _ in }
    ) throws {
        var row = ServiceRow(node: "n\(number)", id: name, name: name, port: 80)
        change(&row)
        let node = NodeRow(name: "n\(number)", address: "10.0.0.\(number)")
        try register(node, row, status, check: check)
    }

    /// The octets of the reply.
    func octets(
        _ text: String,
        seed: UInt64 = 1,
        ofBothLines: Bool = true
    ) throws -> [UInt8] {
        let query = try CaseQuery(text)
        let reply = try ConformanceRunner.reference(query, snapshot, seed: seed)
        guard case .reply(let octets) = reply else { throw NoReply(reply: reply) }
        guard ofBothLines else { return octets }
        let line = FastLine(settings: settings)
        line.writer.replace(zones: zones)
        line.follow(store)
        let generator = Generator(seed: seed)
        let fast = line.ask(
            query.octets,
            query.transport,
            generator: generator,
            now: ReplyComparison.now
        )
        if case .reply(let other) = fast { #expect(other == octets, "\(text)") }
        return octets
    }

    func ask(_ text: String, seed: UInt64 = 1, ofBothLines: Bool = true) throws -> Message {
        try Message(decoding: try octets(text, seed: seed, ofBothLines: ofBothLines))
    }

    /// A zone with an SOA of minimum 60 and a name server outside, and these records of TTL 60.
    static func zone(_ apex: String, _ rows: [(String, RecordData)]) throws -> Zone {
        let name = try DomainName(text: apex)
        let soa = StartOfAuthority(
            primary: name,
            mailbox: name,
            serial: 1,
            refresh: 1,
            retry: 1,
            expire: 1,
            minimum: 60
        )
        let server = try DomainName(text: "ns.example.")
        let records = [
            ResourceRecord(name: name, ttl: 60, data: .soa(soa)),
            ResourceRecord(name: name, ttl: 60, data: .ns(server)),
        ]
        return try Zone.make(
            apex: name,
            records: records
                + rows.map {
                    ResourceRecord(name: try DomainName(text: $0.0), ttl: 60, data: $0.1)
                }
        )
    }
}

/// Records as text.
func texts(_ records: [ResourceRecord]) -> [String] { records.map { RecordText.text(of: $0) } }
