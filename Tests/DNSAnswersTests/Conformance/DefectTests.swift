// SPDX-License-Identifier: Apache-2.0
import DNSAnswers
import DNSWire
import DNSZones
import Definitions
import StateStore
import Testing

/// Defects of Consul that are mended: the table D1… of docs/divergences.md, where no numbered case
/// shows them.
@Suite("Defects of Consul that are mended")
struct DefectTests {
    /// Asks catalogue K and what is registered beside it.
    private func reply(
        _ text: String,
        _ configuration: String = "C0",
        adding registrations: [Registration] = [],
        changing change: (inout DNSSettings) -> Void = { _ in }
    ) throws -> (message: Message, octets: Int) {
        var server = try TestServer(configuration: configuration, changing: change)
        for registration in registrations { try server.register(registration) }
        let octets = try server.octets(text, seed: 3)
        return (try Message(decoding: octets), octets.count)
    }

    private func node(_ name: String, meta: [String: String]) -> Registration {
        Registration(node: NodeRow(name: name, address: "10.8.0.1", meta: meta))
    }

    @Test("D1: a long text is several character strings", arguments: [254, 255, 256, 510, 511])
    func longTexts(count: Int) throws {
        let text = String(repeating: "t", count: count)
        let node = node("texts", meta: ["rfc1035-t": text])
        let (message, _) = try reply("texts.node.consul TXT (EDNS 4096)", adding: [node])
        guard case .txt(let strings)? = message.answers.first?.data else {
            Issue.record("\(message)")
            return
        }
        #expect(strings.count == (count + 254) / 255)
        #expect(strings.allSatisfy { $0.count <= 255 })
        #expect(strings.flatMap { $0 } == Array(text.utf8))
    }

    @Test("D2: metadata that do not fit are left out, the answer stays")
    func largeMetadata() throws {
        let meta = ["a": String(repeating: "x", count: 600)]
        let node = node("big-one", meta: meta)
        for (size, additionals) in [(512, 0), (600, 0), (700, 1)] {
            let (message, octets) = try reply(
                "big-one.node.consul A (EDNS \(size))",
                adding: [node]
            )
            #expect(message.answers.count == 1)
            #expect(message.additionals.count == additionals)
            #expect(octets <= size)
            #expect(!message.header.isTruncated)
        }
    }

    @Test("D2: an answer that does not fit alone gives way to TC, whatever is configured")
    func largeAnswer() throws {
        let node = node("big-one", meta: ["a": String(repeating: "x", count: 600)])
        let (message, octets) = try reply("big-one.node.consul TXT", adding: [node])
        #expect(message.header.isTruncated)
        #expect(message.answers.isEmpty)
        #expect(octets <= 512)
        let (whole, _) = try reply("big-one.node.consul TXT (TCP)", adding: [node])
        #expect(!whole.header.isTruncated)
        #expect(whole.answers.count == 1)
    }

    @Test("D2: metadata go before locations")
    func metadataBeforeLocations() throws {
        let instances = (0..<4).map { index in
            Registration(
                node: NodeRow(
                    name: "meta\(index)",
                    address: "10.8.1.\(index)",
                    meta: ["a": String(repeating: "x", count: 90)]
                ),
                service: ServiceRow(node: "meta\(index)", id: "s", name: "withmeta", port: 1)
            )
        }
        let (message, octets) = try reply(
            "withmeta.service.consul SRV (EDNS 513)",
            adding: instances
        )
        #expect(message.answers.count == 4)
        #expect(message.additionals.count == 4)
        #expect(octets <= 513)
    }

    @Test("D3, D9: OPT is in every reply to a query with OPT, with our size and the client's DO")
    func alwaysOPT() throws {
        let names = [
            "many.service.consul A", "many.service.consul SRV", "nope.service.consul A",
            "n1.node.consul MX", "consul SOA", "c0000201.addr.consul A",
            "1.0.0.10.in-addr.arpa PTR",
        ]
        for name in names {
            for (options, wantsDNSSEC) in [("EDNS 512", false), ("EDNS 700, DO", true)] {
                let (message, _) = try reply("\(name) (\(options))")
                #expect(message.edns?.udpPayloadSize == 1232, "\(name)")
                #expect(message.edns?.dnssecOK == wantsDNSSEC, "\(name)")
            }
            #expect(try reply(name).message.edns == nil, "\(name)")
        }
    }

    @Test("D5: the primary server that the SOA names has the name servers' addresses")
    func primaryServer() throws {
        let (a, _) = try reply("ns.consul A")
        #expect(a.answers.map(RecordText.text(of:)) == ["ns.consul. 0 A 127.0.0.1"])
        #expect(a.header.responseCode == .noError)
        let (aaaa, _) = try reply("ns.consul AAAA")
        #expect(aaaa.answers.isEmpty)
        #expect(aaaa.header.responseCode == .noError)
        #expect(aaaa.authorities.map(\.type) == [.soa])
        #expect(try reply("x.ns.consul A").message.header.responseCode == .nameError)
    }

    @Test("D6: udp_answer_limit 0 is no limit of its own: eight")
    func noLimit() throws {
        let (message, _) = try reply("many.service.consul A") { $0.udpAnswerLimit = 0 }
        #expect(message.answers.count == 8)
    }

    @Test("D7: service_ttl has keys without case, the longest prefix first")
    func keysWithoutCase() throws {
        var settings = try #require(try CaseConfiguration.settings("C0"))
        settings.serviceTTLs = ["Web": 1, "DB*": 2, "db-m*": 3, "*": 4]
        #expect(settings.serviceTTL(for: "web") == 1)
        #expect(settings.serviceTTL(for: "db-x") == 2)
        #expect(settings.serviceTTL(for: "db-master") == 3)
        #expect(settings.serviceTTL(for: "api") == 4)
    }

    @Test("D8: the alias of a node is the address that was picked")
    func pickedAlias() throws {
        let node = Registration(
            node: NodeRow(
                name: "tagged",
                address: "10.8.0.4",
                taggedAddresses: ["lan_ipv4": "host.example.net"]
            )
        )
        let (message, _) = try reply("tagged.node.consul A", adding: [node])
        #expect(
            message.answers.map(RecordText.text(of:))
                == ["tagged.node.consul. 0 CNAME host.example.net."]
        )
    }

    @Test("D11: DS of a name that is ours is answered here")
    func delegationSigner() throws {
        let (message, _) = try reply("consul DS", "C9")
        #expect(message.header.responseCode == .nameError)
        #expect(message.header.isAuthoritative)
    }
}
