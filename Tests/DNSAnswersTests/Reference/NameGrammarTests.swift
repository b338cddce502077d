// SPDX-License-Identifier: Apache-2.0
import DNSWire
import DNSZones
import Testing

@testable import DNSAnswers

/// What names ask for: spec/dns.md 1.2 to 1.5.
@Suite("The grammar of names")
struct NameGrammarTests {
    private func target(
        _ name: String,
        _ type: RecordType = .a,
        recursors: Bool = false,
        alternate: String? = nil
    ) throws -> Target {
        var settings = DNSSettings(
            domain: try DomainName(text: "consul"),
            datacenter: "dc1",
            nodeName: "agent1"
        )
        settings.hasRecursors = recursors
        settings.alternateDomain = try alternate.map { try DomainName(text: $0) }
        return QueryRouter(settings: settings, zones: ZoneSet())
            .target(of: Question(name: try DomainName(text: name), type: type))
    }

    private static func service(
        _ name: String,
        _ tag: String? = nil,
        _ place: Place = .here
    )
        -> Target
    {
        .service(ServiceTarget(name: name, tag: tag, place: place))
    }

    @Test(
        "services, tags, RFC 2782",
        arguments: [
            ("Web.Service.Consul", service("web")),
            ("v1.web.service.consul", service("web", "v1")),
            ("a.b.web.service.consul", service("web", "a.b")),
            ("_web._tcp.service.consul", service("web")),
            ("_web._TCP.service.consul", service("web")),
            ("_web._udp.service.consul", service("web", "udp")),
            ("_web._.service.consul", service("web")),
            ("x._web._tcp.service.consul", service("_tcp", "x._web")),
            ("_web.service.consul", service("_web")),
            // The rightmost keyword counts.
            ("service.node.service.consul", service("node", "service")),
            ("web.service.dc1.consul", service("web")),
            ("web.service.dc2.consul", service("web", nil, .datacenter("dc2"))),
            ("web.service.DC1.dc.consul", service("web")),
            ("web.service.p1.peer.consul", service("web", nil, .peer("p1"))),
            ("web.service.dc2.dc.dc1.dc.consul", service("web")),
            // What text form escapes never equals a registered name.
            ("a\\.b.service.consul", service("a\\.b")),
            ("a\\032b.service.consul", service("a\\ b")),
            ("\\255.service.consul", service("\\255")),
        ]
    )
    func services(_ name: String, _ expected: Target) throws {
        #expect(try target(name) == expected)
    }

    @Test(
        "names that are no form",
        arguments: [
            "consul", "foo.consul", "service.consul", "node.consul", "query.consul",
            "addr.consul", "web.service.a.b.consul", "web.service.a.b.c.consul",
            "web.service.a.ns.consul", "web.service.a.ap.consul", "web.service.a.sg.consul",
            "web.service.p.peer.dc1.dc.consul", "web.service.a.dc.b.dc.c.dc.consul",
            "q.query.dc1.dc.consul", "q.query.dc9.consul", "a.c0000201.addr.consul",
            "c00002.addr.consul", "c00002011.addr.consul", "c000020g.addr.consul",
            "web.connect.a.ns.consul", "web.virtual.a.b.consul", "_web._tcp.consul",
        ]
    )
    func nothing(_ name: String) throws { #expect(try target(name) == .unrecognized) }

    @Test("the short form of RFC 2782 is for SRV only")
    func shortForm() throws {
        #expect(try target("_web._tcp.consul", .srv) == Self.service("web"))
        #expect(
            try target("_web._tcp.dc2.consul", .srv)
                == Self.service("web", nil, .datacenter("dc2"))
        )
        #expect(try target("_web._tcp.consul", .any) == .unrecognized)
    }

    @Test("the other forms")
    func others() throws {
        #expect(try target("Dot.Ted.node.consul") == .node(name: "dot.ted", place: .here))
        #expect(try target("n.node.p.peer.consul") == .node(name: "n", place: .peer("p")))
        #expect(try target("c0000201.addr.x.y.z.consul") == .address([192, 0, 2, 1]))
        let web = ServiceTarget(name: "web", tag: nil, place: .here)
        #expect(try target("x.y.web.connect.consul") == .connect(web))
        // A peer is read, but not looked at.
        #expect(try target("web.connect.p1.peer.consul") == .connect(web))
        #expect(try target("web.ingress.dc1.consul") == .ingress(web))
        #expect(
            try target("x.web.virtual.anything.consul") == .virtual(name: "web", peer: "anything")
        )
        #expect(try target("a.b.query.dc1.consul") == .preparedQuery(name: "a.b"))
        #expect(try target("_a.b._tcp.query.consul") == .preparedQuery(name: "a.b"))
        #expect(try target("_a.query.consul") == .preparedQuery(name: "_a"))
    }

    @Test("types that are answered at any name of the domain")
    func types() throws {
        #expect(try target("nope.consul", .soa) == .startOfAuthority)
        #expect(try target("consul", .ns) == .nameservers)
        #expect(try target("web.service.consul", .axfr) == .transfer)
        #expect(try target("web.service.consul", .ixfr) == Self.service("web"))
    }

    @Test("who answers")
    func handlers() throws {
        #expect(try target("www.example.net") == .outside)
        #expect(try target("notconsul") == .outside)
        #expect(try target(".") == .outside)
        #expect(
            try target("1.2.0.192.in-addr.arpa")
                == .reverse(.v4(IPv4Address(192, 0, 2, 1)))
        )
        #expect(try target("arpa") == .reverse(nil))
        #expect(try target("01.2.0.192.in-addr.arpa") == .reverse(nil))
        #expect(try target("1.1.2.0.192.in-addr.arpa") == .reverse(nil))
        // DS is asked of the parent's side if there is somebody to ask.
        #expect(try target("web.service.consul", .ds) == Self.service("web"))
        #expect(try target("web.service.consul", .ds, recursors: true) == Self.service("web"))
        #expect(try target("1.1.1.1.in-addr.arpa", .ds, recursors: true) == .outside)
        let documentation = IPv4Address(192, 0, 2, 1)
        #expect(
            try target("1.2.0.192.in-addr.arpa", .ds, recursors: true)
                == .reverse(.v4(documentation))
        )
        #expect(try target("2.0.192.in-addr.arpa", .ds, recursors: true) == .outside)
    }

    @Test("the longer of two domains that match is the domain")
    func alternateDomains() throws {
        let web = Self.service("web")
        #expect(try target("web.service.dc.consul", alternate: "dc.consul") == web)
        #expect(try target("web.service.consul", alternate: "dc.consul") == web)
        #expect(try target("web.service.alt.zone", alternate: "alt.zone") == web)
        #expect(try target("alt.zone", alternate: "alt.zone") == .unrecognized)
        #expect(try target("zone", alternate: "alt.zone") == .outside)
    }
}
