// SPDX-License-Identifier: Apache-2.0
import DNSWire
import DNSZones
import StateStore
import Testing

@testable import DNSAnswers

/// Aliases of static zones that lead out of all that is served here, and the ends of aliases.
@Suite("Aliases that lead abroad")
struct ZoneAliasTests {
    private static func name(_ text: String) throws -> DomainName { try DomainName(text: text) }

    private static let address = RecordData.a(IPv4Address(192, 0, 2, 1))

    private static func zones() throws -> [Zone] {
        [
            try TestServer.zone(
                "corp",
                [
                    ("away.corp", .cname(try name("www.example.net"))),
                    ("step.corp", .cname(try name("away.corp"))),
                    ("gone.corp", .cname(try name("nope.service.consul"))),
                    ("back.corp", address),
                ]
            )
        ]
    }

    private func reply(
        _ text: String,
        _ chased: [(String, RecordType, Resolution)] = [],
        change: (inout TestServer) -> Void = { _ in }
    ) throws -> ReferenceReply {
        var server = try TestServer(configuration: "C9") { $0.explainsErrors = true }
        server.zones = ZoneSet(zones: try Self.zones())
        change(&server)
        var generator = Generator(seed: 1)
        return ReferenceResponder().respond(
            to: try CaseQuery(text).octets,
            from: ClientContext(transport: .tcp, address: [127, 0, 0, 1]),
            snapshot: server.snapshot,
            chased: Dictionary(
                uniqueKeysWithValues: try chased.map {
                    (ChaseQuestion(try Self.name($0.0), $0.1), $0.2)
                }
            ),
            now: ReplyComparison.now,
            generator: &generator
        )
    }

    private func message(
        _ text: String,
        _ chased: [(String, RecordType, Resolution)] = [],
        change: (inout TestServer) -> Void = { _ in }
    ) throws -> Message {
        guard case .reply(let octets) = try reply(text, chased, change: change) else {
            throw TestServer.NoReply(reply: try reply(text, chased, change: change))
        }
        return try Message(decoding: octets)
    }

    private func record(_ owner: String, _ data: RecordData) throws -> ResourceRecord {
        ResourceRecord(name: try Self.name(owner), ttl: 300, data: data)
    }

    private func soa(_ apex: String) throws -> ResourceRecord {
        let name = try Self.name(apex)
        let soa = StartOfAuthority(
            primary: name,
            mailbox: name,
            serial: 1,
            refresh: 1,
            retry: 1,
            expire: 1,
            minimum: 60
        )
        return ResourceRecord(name: name, ttl: 60, data: .soa(soa))
    }

    @Test("the recursors are asked for the type that was asked for")
    func question() throws {
        for (text, type) in [
            ("away.corp A", RecordType.a), ("away.corp AAAA", .aaaa), ("step.corp TXT", .txt),
        ] {
            #expect(
                try reply(text) == .chase([ChaseQuestion(try Self.name("www.example.net"), type)])
            )
        }
    }

    @Test("who asks for the alias, for anything, or without recursion gets the alias alone")
    func alone() throws {
        for text in ["away.corp CNAME", "away.corp ANY", "away.corp A (RD=0)"] {
            let message = try message(text)
            #expect(message.answers.map(\.type) == [.cname] && message.responseCode == .noError)
        }
        let refused = Resolution(records: [], code: .refused)
        let message = try message("away.corp A", [("www.example.net", .a, refused)])
        #expect(message.answers.map(\.type) == [.cname] && message.responseCode == .noError)
    }

    @Test("without recursors the alias stands alone")
    func noRecursors() throws {
        let message = try message("step.corp A") { $0.settings.hasRecursors = false }
        #expect(message.answers.map(\.type) == [.cname, .cname])
    }

    @Test("the chain that the recursors give stands behind the alias, with AA of the first owner")
    func chain() throws {
        let found = Resolution(records: [
            try record("www.example.net", .cname(try Self.name("real.example.net"))),
            try record("real.example.net", Self.address),
        ])
        let message = try message("step.corp A", [("www.example.net", .a, found)])
        #expect(
            texts(message.answers) == [
                "step.corp. 60 CNAME away.corp.", "away.corp. 60 CNAME www.example.net.",
                "www.example.net. 300 CNAME real.example.net.", "real.example.net. 300 A 192.0.2.1",
            ]
        )
        #expect(message.header.isAuthoritative)
    }

    @Test("RFC 6604: a name error or no data at the end, with the SOA of whose zone it is")
    func negative() throws {
        for (code, authorities) in [
            (ResponseCode.nameError, [try soa("example.net")]),
            (.noError, [try soa("example.net")]),
        ] {
            let found = Resolution(records: [], code: code, authorities: authorities)
            let message = try message("away.corp A", [("www.example.net", .a, found)])
            #expect(message.responseCode == code && message.answers.map(\.type) == [.cname])
            #expect(message.authorities == authorities)
        }
    }

    @Test("an alias to a name that no rule forwards is answered alone: nobody was asked")
    func notForwarded() throws {
        let refused = Resolution(records: [], code: .refused)
        let message = try message(
            "away.corp A (EDNS 4096)",
            [("www.example.net", .a, refused)]
        )
        #expect(message.responseCode == .noError && message.answers.map(\.type) == [.cname])
        #expect(message.edns?.extendedErrors == [])
    }

    @Test("an alias that nobody resolves fails, and says why")
    func failure() throws {
        let message = try message("away.corp A (EDNS 4096)", [("www.example.net", .a, .failure)])
        #expect(message.responseCode == .serverFailure && message.answers.isEmpty)
        #expect(message.edns?.extendedErrors.map(\.code) == [.noReachableAuthority])
    }

    @Test("strict: a recursor's name error counts without SOA; NOERROR without one says nothing")
    func withoutAuthority() throws {
        for code in [ResponseCode.nameError, .noError] {
            let found = Resolution(records: [], code: code)
            let reply = try message("ext2.service.consul A", [("abroad.example.net", .a, found)]) {
                $0.settings.isStrict = true
                try? $0.add(1, "ext2") { $0.address = "abroad.example.net" }
            }
            #expect(reply.responseCode == code && reply.answers.map(\.type) == [.cname])
            #expect(reply.authorities.isEmpty)
        }
    }

    @Test("a chain that comes home is continued here: to a zone, the catalog, or abroad again")
    func home() throws {
        func lead(_ target: String) throws -> [(String, RecordType, Resolution)] {
            let alias = try record("www.example.net", .cname(try Self.name(target)))
            return [("www.example.net", .a, Resolution(records: [alias]))]
        }
        #expect(try message("away.corp A", lead("back.corp")).answers.last?.data == Self.address)
        #expect(try message("away.corp A", lead("web.service.consul")).answers.count > 2)
        let gone = try message("away.corp A", lead("nope.service.consul"))
        #expect(gone.responseCode == .nameError && gone.authorities.map(\.type) == [.soa])
        // A circle ends.
        let circle = try message("step.corp A", lead("away.corp"))
        #expect(circle.answers.map(\.type) == [.cname, .cname, .cname])
    }

    @Test("an alias to a name that the catalog does not know is a name error, with the SOA")
    func gone() throws {
        let message = try message("gone.corp A")
        #expect(message.responseCode == .nameError && message.answers.map(\.type) == [.cname])
        #expect(texts(message.authorities).first?.hasPrefix("consul. ") == true)
    }

    @Test(
        "strict: an alias's end gives the code and the SOA",
        arguments: [
            ("nope.service.consul", ResponseCode.nameError, "consul."),
            ("v4.service.consul", .noError, "consul."),
            ("none.corp", .nameError, "corp."), ("back.corp", .noError, "corp."),
            ("abroad.example.net", .nameError, "example.net."),
        ]
    )
    func strict(target: String, code: ResponseCode, zone: String) throws {
        let found = Resolution(records: [], code: .nameError, authorities: [try soa("example.net")])
        for isStrict in [true, false] {
            let reply = try message(
                "ext2.service.consul AAAA",
                [("abroad.example.net", .aaaa, found)]
            ) { server in
                server.settings.isStrict = isStrict
                try? server.add(1, "ext2") { $0.address = target }
                try? server.add(2, "v4") { $0.address = "10.9.9.9" }
            }
            if isStrict {
                #expect(reply.answers.map(\.type) == [.cname] && reply.responseCode == code)
                #expect(reply.authorities.map { "\($0.name) \($0.type)" } == ["\(zone) SOA"])
            } else {
                #expect(reply.responseCode == .noError && reply.authorities.isEmpty)
            }
        }
    }
}
