// SPDX-License-Identifier: Apache-2.0
import AgentConfiguration
import DNSAnswers
import DNSTransport
import DNSWire
import DNSZones
import Forwarding
import Testing

@testable import Agent

@Suite("Forwarding of an agent")
struct ForwardingMappingTests {
    private func forwarder(
        _ hcl: String,
        own: [String] = [],
        zones: ZoneSet = ZoneSet()
    ) throws -> Forwarder.Configuration {
        let configuration = try ConfigurationBuilder.build(
            sources: [ConfigurationSource(name: "a.hcl", format: .hcl, text: hcl)],
            flags: try AgentFlags.parse(["-dev"]).flags,
            host: HostFacts(hostName: "host1")
        ).configuration
        let own = try own.map { try RecursorAddress(text: $0).endpoint }
        return try configuration.forwarder(
            recursors: try Recursors(configuration.dns.recursors, own: own) { "" },
            own: own,
            settings: try DNSSettings(configuration, hasRecursors: true),
            zones: zones
        )
    }

    @Test("every key reaches the forwarder")
    func keys() throws {
        let result = try forwarder(
            """
            domain = "consul." alt_domain = "alt." recursors = ["192.0.2.1"]
            dns_config { recursor_strategy = "random" recursor_timeout = "1s" udp_max_size = 1400 }
            forwarding { cache_size = 70000 max_ttl = "10m" max_negative_ttl = "20s"
              serve_stale = "30s" prefetch = false case_randomization = true client_subnet = true
              rebind_protection = true rebind_allow = ["home.example"]
              query_timeout = "1500ms" }
            forward_zones { zone = "corp.example" recursors = ["10.0.0.1", "127.0.0.1:8600"] }
            """,
            own: ["127.0.0.1:8600"]
        )
        #expect(result.recursors.map(\.description) == ["192.0.2.1:53"])
        #expect(result.zones.map(\.name.description) == ["corp.example."])
        // Never ourselves.
        #expect(result.zones.map { $0.recursors.map(\.description) } == [["10.0.0.1:53"]])
        #expect(result.ownDomains.map(\.description) == ["consul.", "alt."])
        #expect(result.strategy == .random && result.timeout == .seconds(1))
        #expect(result.budget == .milliseconds(1500) && result.maximumUDPSize == 1400)
        #expect(result.randomizesCase && result.relaysClientSubnet)
        #expect(result.dropsPrivateAnswers)
        #expect(result.privateDomains.map(\.description) == ["home.example."])
        let settings = result.settings
        #expect(settings.cacheSize == 70000 && !settings.prefetches)
        #expect(settings.maximumTTL == 600 && settings.maximumNegativeTTL == 20)
        #expect(settings.staleLimit == 30)
    }

    @Test("zone cuts are not ours, but the catalog's names are, whatever a zone delegates")
    func delegations() throws {
        func zone(_ apex: String, cuts: [String]) throws -> Zone {
            let name = try DomainName(text: apex)
            let server = RecordData.ns(try DomainName(text: "ns.example"))
            let soa = StartOfAuthority(
                primary: name,
                mailbox: name,
                serial: 1,
                refresh: 1,
                retry: 1,
                expire: 1,
                minimum: 1
            )
            return try Zone.make(
                apex: name,
                records: [ResourceRecord(name: name, ttl: 1, data: .soa(soa))]
                    + ([apex] + cuts).map {
                        ResourceRecord(name: try DomainName(text: $0), ttl: 1, data: server)
                    }
            )
        }
        let zones = ZoneSet(zones: [
            try zone("consul", cuts: ["sub.consul", "service.consul"]),
            try zone("corp", cuts: ["a.corp", "b.corp"]), try zone("b.corp", cuts: []),
        ])
        let result = try forwarder("recursors = [\"192.0.2.1\"]", zones: zones)
        #expect(result.ownDomains.map(\.description) == ["consul.", "consul.", "corp.", "b.corp."])
        #expect(result.delegatedDomains.map(\.description) == ["sub.consul.", "a.corp."])
    }

    @Test("a text that is no address names its zone")
    func wrong() {
        do {
            _ = try forwarder("forward_zones { zone = \"corp\" recursors = [\"nope\"] }")
            Issue.record("`nope` was taken")
        } catch {
            #expect("\(error)".hasPrefix("forward_zones: zone \"corp.\": "), "\(error)")
        }
    }
}
