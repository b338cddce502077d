// SPDX-License-Identifier: Apache-2.0
import DNSWire
import DNSZones
import Definitions
import StateStore
import Testing

@testable import DNSAnswers

/// RFC 8020 §2: names that exist are no name errors, whatever is asked of them.
@Suite("Names that exist")
struct ExistingNameTests {
    private static let address = RecordData.a(IPv4Address(192, 0, 2, 1))

    private func server(
        recursors: Bool = false,
        _ change: (inout TestServer) throws -> Void = { _ in }
    ) throws -> TestServer {
        var server = try TestServer { $0.hasRecursors = recursors }
        server.zones = ZoneSet(zones: [
            try TestServer.zone("z.example", []),
            try TestServer.zone("deep.mid.z.example", [("www.deep.mid.z.example", Self.address)]),
            try TestServer.zone("x.consul", [("www.x.consul", Self.address)]),
            try TestServer.zone("a.b.consul", []),
            try TestServer.zone("5.10.in-addr.arpa", []),
        ])
        try change(&server)
        return server
    }

    /// The owner of the SOA of a reply without answers; `nil` for another reply.
    private func noData(_ message: Message) -> String? {
        guard message.responseCode == .noError, message.answers.isEmpty,
            message.authorities.map(\.type) == [.soa]
        else { return nil }
        return message.authorities.first?.name.description
    }

    @Test("what lies above a static zone exists", arguments: [false, true], [false, true])
    func aboveZones(isStrict: Bool, hasRecursors: Bool) throws {
        let server = try server(recursors: hasRecursors) { $0.settings.isStrict = isStrict }
        for (question, zone) in [
            ("mid.z.example A", "z.example."), ("deep.mid.z.example DS", "z.example."),
            ("x.consul DS", "consul."), ("b.consul A", "consul."), ("B.consul DS", "consul."),
            ("a.b.consul DS", "consul."), ("x.consul A", "x.consul."),
            ("a.b.consul TXT", "a.b.consul."),
        ] {
            #expect(noData(try server.ask(question))?.lowercased() == zone, "\(question)")
        }
        for name in ["c.consul", "x.b.consul", "nope.x.consul", "x.mid.z.example"] {
            #expect(try server.ask("\(name) A").responseCode == .nameError, "\(name)")
        }
    }

    @Test("Consul's answer to the domain itself stays")
    func apex() throws {
        #expect(try server().ask("consul A").responseCode == .nameError)
    }

    @Test("what lies above a static reverse zone exists")
    func aboveReverseZones() throws {
        #expect(noData(try server().ask("10.in-addr.arpa PTR")) == "consul.")
        #expect(try server().ask("11.in-addr.arpa PTR").responseCode == .nameError)
    }

    @Test("a zone of the domain knows what lies in it, and an inner zone's parent is the catalog")
    func domainZone() throws {
        let server = try server { server in
            server.zones = ZoneSet(
                zones: server.zones.zones + [
                    try TestServer.zone("consul", [("b.consul", Self.address)])
                ]
            )
        }
        #expect(try server.ask("b.consul A").answers.map(\.type) == [.a])
        #expect(noData(try server.ask("b.consul TXT")) == "consul.")
        #expect(noData(try server.ask("x.consul DS")) == "consul.")
    }

    @Test(
        "strict: the short form of RFC 2782 exists for all types where it answers SRV",
        arguments: ["consul", "dc1.consul"]
    )
    func shortForm(suffix: String) throws {
        var server = try server()
        try server.add(1, "web")
        try server.add(2, "ill", .critical)
        for type in ["A", "TXT", "HTTPS"] {
            #expect(try server.ask("_web._tcp.\(suffix) \(type)").responseCode == .nameError)
        }
        server.settings.isStrict = true
        #expect(try server.ask("_web._tcp.\(suffix) SRV").answers.count == 1)
        for type in ["A", "TXT", "HTTPS"] {
            #expect(noData(try server.ask("_web._tcp.\(suffix) \(type)")) == "consul.", "\(type)")
        }
        for name in ["_nope._tcp", "_ill._tcp", "_web._udp"] {
            for type in ["A", "SRV"] {
                let reply = try server.ask("\(name).\(suffix) \(type)")
                #expect(reply.responseCode == .nameError, "\(name) \(type)")
            }
        }
    }

    @Test("strict: protocols above prepared queries exist", arguments: ["A", "SRV"])
    func queryProtocols(type: String) throws {
        var server = try server()
        let names = ["_tcp.query.consul", "_udp.query.consul", "_tcp.query.dc1.consul"]
        for name in names {
            #expect(try server.ask("\(name) \(type)").responseCode == .nameError, "\(name)")
        }
        server.settings.isStrict = true
        for name in names {
            #expect(noData(try server.ask("\(name) \(type)")) == "consul.", "\(name)")
        }
        #expect(try server.ask("nope.query.consul \(type)").responseCode == .nameError)
    }

    @Test("strict: an alias that ends at a name that exists is no name error")
    func aliasEnd() throws {
        var server = try server()
        server.settings.isStrict = true
        try server.add(1, "web")
        for (service, target) in [("short", "_web._tcp.consul"), ("inner", "b.consul")] {
            try server.add(2, service) { $0.address = target }
            let reply = try server.ask("\(service).service.consul A")
            #expect(reply.responseCode == .noError && reply.answers.map(\.type) == [.cname])
            #expect(reply.authorities.map(\.type) == [.soa])
        }
        // The end of an alias into an inner zone is that zone's.
        try server.add(3, "known") { $0.address = "www.x.consul" }
        let reply = try server.ask("known.service.consul AAAA")
        #expect(reply.responseCode == .noError)
        #expect(reply.authorities.map { "\($0.name)" } == ["x.consul."])
    }
}
