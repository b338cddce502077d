// SPDX-License-Identifier: Apache-2.0
import AgentConfiguration
import Testing

@Suite("Configuration of forwarding")
struct ForwardingConfigurationTests {
    @Test("a cache is on without a word, stale answers and 0x20 are not")
    func defaults() throws {
        let forwarding = try #require(build(hcl: "").configuration).forwarding
        #expect(forwarding == ForwardingConfiguration())
        #expect(forwarding.cacheSize == 32 << 20)
        #expect(forwarding.serveStale == .zero && !forwarding.randomizesCase)
        #expect(forwarding.queryTimeout == nil && forwarding.zones.isEmpty)
    }

    @Test("every key, in HCL and in JSON, and zones of several files together")
    func keys() throws {
        let hcl = """
            forwarding { cache_size = 1048576 max_ttl = "10m" max_negative_ttl = "0s"
              serve_stale = "1h" prefetch = false case_randomization = true client_subnet = true cookies = true
              rebind_protection = true rebind_allow = ["Home.Example", "plex.direct."]
              query_timeout = "1500ms" }
            forward_zones = [{ zone = "Corp.Example" recursors = ["10.0.0.1", "[2001:db8::1]:5353"] }]
            """
        let more = "forward_zones { zone = \"2.1.10.in-addr.arpa.\" recursors = [\"10.0.0.2\"] }"
        let outcome = build(hcl: hcl, more)
        let forwarding = try #require(outcome.configuration).forwarding
        #expect(outcome.warnings.isEmpty)
        #expect(forwarding.cacheSize == 1_048_576)
        #expect(forwarding.maximumTTL == .seconds(600))
        #expect(forwarding.maximumNegativeTTL == .zero)
        #expect(forwarding.serveStale == .seconds(3600))
        #expect(!forwarding.prefetches && forwarding.randomizesCase)
        #expect(forwarding.relaysClientSubnet && forwarding.sendsCookies)
        #expect(forwarding.protectsFromRebinding)
        #expect(forwarding.rebindAllowed == ["home.example.", "plex.direct."])
        #expect(forwarding.queryTimeout == .milliseconds(1500))
        #expect(forwarding.zones.map(\.zone) == ["corp.example.", "2.1.10.in-addr.arpa."])
        #expect(
            forwarding.zones.map(\.recursors)
                == [["10.0.0.1", "[2001:db8::1]:5353"], ["10.0.0.2"]]
        )
        let json =
            #"{"forwarding":{"cache_size":0},"forward_zones":[{"zone":".","recursors":["10.0.0.1"]}]}"#
        let other = try #require(build(json: json).configuration).forwarding
        #expect(other.cacheSize == 0)
        #expect(other.zones.map(\.zone) == ["."])
    }

    @Test("a reload takes up every key")
    func reload() throws {
        let before = try #require(build(hcl: "").configuration)
        let after = try #require(
            build(
                hcl: "forwarding { cache_size = 0 prefetch = false query_timeout = \"1s\" "
                    + "rebind_protection = true rebind_allow = [\"a\"] }",
                "forward_zones { zone = \"a\" recursors = [\"10.0.0.1\"] }"
            ).configuration
        )
        #expect(after.keysNeedingRestart(comparedTo: before).isEmpty)
    }

    @Test(
        "values that are refused, and what to write instead",
        arguments: [
            ("forwarding { cache_size = 1000 }", "forwarding.cache_size cannot be 1000."),
            ("forwarding { cache_size = -1 }", "write 0 to turn the cache off"),
            ("forwarding { cache_size = \"1MB\" }", "'forwarding.cache_size' expected type 'int'"),
            ("forwarding { max_ttl = \"0s\" }", "forwarding.max_ttl cannot be 0s."),
            ("forwarding { max_ttl = \"10\" }", "forwarding.max_ttl: invalid duration: \"10\""),
            (
                "forwarding { serve_stale = \"24h\" }",
                "forwarding.serve_stale cannot be 24h0m0s. Must be between 0s and 1h"
            ),
            ("forwarding { query_timeout = \"1ms\" }", "forwarding.query_timeout cannot be 1ms."),
            (
                "forwarding { rebind_allow = [\"a..b\"] }",
                "forwarding.rebind_allow: \"a..b\" is no domain name"
            ),
            (
                "forwarding { rebind_allow = [\".\"] }",
                "leave rebind_protection off to allow all names"
            ),
            ("forwarding { cachesize = 1 }", "did you mean forwarding.cache_size?"),
            ("forward_zones { recursors = [\"10.0.0.1\"] }", "a block has no zone"),
            ("forward_zones { zone = \"corp\" }", "zone \"corp\" has no recursors"),
            (
                "forward_zones { zone = \"a..b\" recursors = [\"10.0.0.1\"] }",
                "forward_zones: zone \"a..b\" is no domain name (a.hcl:1:"
            ),
            (
                "forward_zones { zone = \"a\" recursors = [\"0.0.0.0\"] }",
                "DNS recursor address cannot be 0.0.0.0"
            ),
            (
                "forward_zones = [{ zone = \"a\" recursors = [\"10.0.0.1\"] }, "
                    + "{ zone = \"A.\" recursors = [\"10.0.0.2\"] }]",
                "zone \"a.\" is written twice"
            ),
            (
                "forward_zones { zone = \"consul\" recursors = [\"10.0.0.1\"] }",
                "zone \"consul.\" lies in domain \"consul.\", whose names are answered here and "
                    + "never forwarded (a.hcl:1:24"
            ),
            (
                "forward_zones { zone = \"dc2.Consul.\" recursors = [\"10.0.0.1\"] }",
                "leave the block out"
            ),
            (
                "alt_domain = \"corp\" forward_zones { zone = \"a.corp\" recursors = [\"10.0.0.1\"] }",
                "zone \"a.corp.\" lies in alt_domain \"corp.\""
            ),
            (
                "recursors = [\"10.0.0.1\",\n \"10.0.0.1:0\"]",
                "recursors: recursor \"10.0.0.1:0\" has no valid port (a.hcl:2:2"
            ),
            ("recursors = [\"10.0.0.1:99999\"]", "write a number from 1 to 65535"),
            ("recursors = [\"10.0.0.1:dns\"]", "has no valid port"),
            ("recursors = [\"[2001:db8::1]:\"]", "has no valid port"),
            ("recursors = [\"[2001:db8::1\"]", "is not an address"),
            ("recursors = [\"2001:db8::g\"]", "neither an address nor a host name"),
            ("recursors = [\"10.0.0.300\"]", "neither an address nor a host name"),
            ("recursors = [\"\"]", "neither an address nor a host name"),
            ("recursors = [\"a b\"]", "write 192.0.2.1, 192.0.2.1:53, [2001:db8::1]:53"),
            ("recursors = [\"tls://9.9.9.9\"]", "write \"9.9.9.9\""),
            ("recursors = [\"[::]:53\"]", "DNS recursor address cannot be 0.0.0.0, :: or [::]"),
            (
                "forward_zones { zone = \"a\" recursors = [\"10.0.0.1\", \"10.0.0.2:x\"] }",
                "forward_zones: zone \"a\": recursor \"10.0.0.2:x\" has no valid port (a.hcl:1:53"
            ),
        ]
    )
    func refused(hcl: String, text: String) {
        let outcome = build(hcl: hcl)
        #expect(outcome.configuration == nil)
        #expect(outcome.folded.contains(text), "\(outcome.folded)")
    }

    @Test(
        "addresses, ports, host names and system are taken",
        arguments: [
            "192.0.2.1", "192.0.2.1:53", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:5353",
            "resolver", "resolver.example:53", "dns-1.corp_x.example.", "system", "127.0.0.1:8600",
        ]
    )
    func taken(recursor: String) {
        let outcome = build(hcl: "recursors = [\"\(recursor)\"]")
        #expect(outcome.configuration?.dns.recursors == [recursor], "\(outcome.folded)")
    }

    @Test("zones above and beside the domain are forwarded", arguments: [".", "a.nsul", "xconsul"])
    func besideTheDomain(zone: String) {
        let outcome = build(
            hcl: "forward_zones { zone = \"\(zone)\" recursors = [\"10.0.0.1\"] }"
        )
        #expect(outcome.configuration?.forwarding.zones.count == 1, "\(outcome.folded)")
    }
}
