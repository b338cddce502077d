// SPDX-License-Identifier: Apache-2.0
import DNSWire
import StateStore
import Testing

@testable import DNSAnswers

@Suite("Query, virtual and ingress forms")
struct PreparedQueryLookupTests {
    private func reply(_ question: String, _ store: StateStore) throws -> Message {
        var snapshot = try #require(try CaseConfiguration.snapshot("C0"))
        snapshot.store = store
        let query = try CaseQuery(question)
        let reply = try ConformanceRunner.reference(query, snapshot, seed: 1)
        guard case .reply(let octets) = reply else {
            Issue.record("\(reply)")
            return Message(header: Header(id: 0))
        }
        return try Message(decoding: octets)
    }

    @Test("a template asked for by its ID is an error of the server, without SOA")
    func templateByID() throws {
        let store = CatalogueK.store
        let template = try #require(store.preparedQueries().value.first { $0.isTemplate })
        let message = try reply("\(template.id).query.consul A", store)
        #expect(message.header.responseCode == .serverFailure)
        #expect(message.header.isAuthoritative && message.authorities.isEmpty)
    }

    @Test("a plain query is found by its ID")
    func byID() throws {
        let store = CatalogueK.store
        let query = try #require(store.preparedQueries().value.first { $0.name == "Q-One" })
        let message = try reply("\(query.id).query.consul A", store)
        #expect(message.answers.map(\.data) == [.a(IPv4Address(198, 18, 0, 1))])
    }

    @Test("the order of a query is that of the store, shuffled once")
    func order() throws {
        var store = CatalogueK.store
        let rows = (1...3).map { number in
            var coordinate = NetworkCoordinate()
            coordinate.vector[0] = Double(number)
            return CoordinateRow(node: "m0\(number)", coordinate: coordinate)
        }
        CatalogueK.apply(.coordinates(rows), to: &store)
        let query = PreparedQueryRow(
            id: "0a1b2c3d-0000-4000-8000-0000000000ff",
            name: "close",
            service: ServiceQuery(service: "many", near: "m02")
        )
        CatalogueK.apply(.preparedQuery(PreparedQueryChange(.create, query)), to: &store)
        let message = try reply("close.query.consul A (EDNS 4096)", store)
        #expect(message.answers.count == 40)
        #expect(message.answers[0].data == .a(IPv4Address(10, 1, 0, 3)))
        let next: Set<RecordData> = [
            .a(IPv4Address(10, 1, 0, 2)), .a(IPv4Address(10, 1, 0, 4)),
        ]
        #expect(Set(message.answers[1...2].map(\.data)) == next)
    }

    @Test("a virtual answer's name stands in the question, whose case it comes in")
    func virtualOwner() throws {
        let message = try reply("x.WEB.Virtual.Consul AAAA", CatalogueK.store)
        #expect(message.answers.map(\.name.description) == ["x.WEB.Virtual.Consul."])
        #expect(message.answers.map(\.data) == [.a(IPv4Address(240, 0, 0, 1))])
    }

    @Test("a peer of the virtual form is not ours")
    func virtualPeer() throws {
        for suffix in ["p1.peer", "dc1"] {
            let message = try reply("web.virtual.\(suffix).consul A", CatalogueK.store)
            #expect(message.answers.isEmpty && message.header.responseCode == .noError)
        }
        #expect(try reply("web.virtual.dc9.dc.consul A", CatalogueK.store).answers.count == 1)
    }

    @Test("a terminating gateway answers for the services that it leads to, with their proxies")
    func terminatingGateway() throws {
        var store = CatalogueK.store
        var gateway = CatalogueK.service("tgw", 8443, address: "198.18.9.7")
        gateway.kind = "terminating-gateway"
        CatalogueK.register(CatalogueK.entry("tg", "10.0.0.51", gateway), in: &store)
        let link = ConfigEntryRow(kind: .terminatingGateway, name: "tgw", services: ["web", "ext"])
        CatalogueK.apply(.configEntry(ConfigEntryChange(link)), to: &store)
        let alone = try reply("ext.connect.consul A", store)
        #expect(alone.answers.map(\.data) == [.a(IPv4Address(198, 18, 9, 7))])
        let both = try reply("web.connect.consul A", store)
        #expect(
            Set(both.answers.map(\.data))
                == [.a(IPv4Address(198, 18, 9, 7)), .a(IPv4Address(198, 18, 9, 1))]
        )
    }

    @Test("an ingress gateway that is not healthy does not answer")
    func ingressHealth() throws {
        var store = CatalogueK.store
        var entry = CatalogueK.entry("gw", "10.0.0.50")
        entry.checks = [CatalogueK.check("c", "critical", service: "igw")]
        CatalogueK.register(entry, in: &store)
        #expect(try reply("api.ingress.consul A", store).header.responseCode == .nameError)
    }
}
