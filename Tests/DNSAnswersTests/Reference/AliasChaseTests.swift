// SPDX-License-Identifier: Apache-2.0
import DNSAnswers
import DNSWire
import StateStore
import Testing

/// What is asked for upstream, and what becomes of the answers: spec/dns.md 2.11.
@Suite("Chasing aliases")
struct AliasChaseTests {
    private func respond(
        _ text: String,
        _ configuration: String = "C9",
        store: StateStore? = nil,
        chased: [CanonicalName: [ResourceRecord]] = [:],
        seed: UInt64 = 1
    ) throws -> ReferenceReply {
        var snapshot = try #require(try CaseConfiguration.snapshot(configuration))
        if let store { snapshot.store = store }
        var generator = Generator(seed: seed)
        return ReferenceResponder().respond(
            to: try CaseQuery(text).octets,
            from: ClientContext(transport: .udp, address: [127, 0, 0, 1]),
            snapshot: snapshot,
            chased: chased,
            now: ReplyComparison.now,
            generator: &generator
        )
    }

    private func name(_ text: String) throws -> DomainName { try DomainName(text: text) }

    @Test("names are asked for once, and not where an address answers")
    func names() throws {
        #expect(try respond("ext.service.consul A") == .chase([name("www.example.net")]))
        #expect(try respond("ext.service.consul SRV") == .chase([name("www.example.net")]))
        #expect(try respond("exnode.node.consul A") == .chase([name("www.example.net")]))
        for text in ["exnode.node.consul TXT", "mixed.service.consul A", "web.service.consul A"] {
            guard case .reply = try respond(text) else {
                Issue.record("\(text) is chased")
                continue
            }
        }
        guard case .reply = try respond("ext.service.consul A", "C0") else {
            Issue.record("chased without recursors")
            return
        }
    }

    @Test("of several aliases all are asked for at once, whichever comes first")
    func several() throws {
        let both = Set([try name("www.example.net"), try name("other.example.net")])
        for seed in 1...10 as ClosedRange<UInt64> {
            guard case .chase(let names) = try respond("twocn.service.consul A", seed: seed) else {
                Issue.record("not chased")
                continue
            }
            #expect(Set(names) == both && names.count == 2)
        }
    }

    @Test("a name that has no answer is not asked for again")
    func empty() throws {
        let chased = [try name("www.example.net").folded: [ResourceRecord]()]
        guard case .reply(let octets) = try respond("ext.service.consul A", chased: chased) else {
            Issue.record("no reply")
            return
        }
        #expect(try Message(decoding: octets).answers.map(\.type) == [.cname])
    }

    @Test("a service whose instances lead in circles is answered in time")
    func circles() throws {
        let entries = (0..<200).map { number in
            CatalogueK.entry(
                "c\(number)",
                "10.3.0.1",
                CatalogueK.service("circle", number, address: "c\(number).circle.service.consul")
            )
        }
        let store = CatalogueK.make(ownNode: "agent1", entries: entries)
        for type in ["A", "SRV"] {
            guard case .reply = try respond("circle.service.consul \(type)", store: store) else {
                Issue.record("\(type): no reply")
                continue
            }
        }
    }

    @Test("an address that cannot be a name is left out")
    func unwritable() throws {
        let entries = [
            CatalogueK.entry("u1", "10.3.0.1", CatalogueK.service("u", 1, address: "a..b")),
            CatalogueK.entry("u2", "10.3.0.2", CatalogueK.service("v", 1, address: "a..b")),
            CatalogueK.entry("u3", "10.3.0.3", CatalogueK.service("v", 1)),
        ]
        let store = CatalogueK.make(ownNode: "agent1", entries: entries)
        for (text, count) in [
            ("u.service.consul A", 0), ("u.service.consul SRV", 0), ("v.service.consul A", 1),
            ("v.service.consul SRV", 1),
        ] {
            guard case .reply(let octets) = try respond(text, "C0", store: store) else {
                Issue.record("\(text): no reply")
                continue
            }
            #expect(try Message(decoding: octets).answers.count == count)
        }
    }
}
