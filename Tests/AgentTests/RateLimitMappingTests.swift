// SPDX-License-Identifier: Apache-2.0
import AgentConfiguration
import DNSAnswers
import DNSTransport
import Testing

@testable import Agent

@Suite("The rate limit of an agent")
struct RateLimitMappingTests {
    private func rateLimit(_ hcl: String) throws -> RateLimit {
        let configuration = try ConfigurationBuilder.build(
            sources: [ConfigurationSource(name: "a.hcl", format: .hcl, text: hcl)],
            flags: try AgentFlags.parse(["-dev"]).flags,
            host: HostFacts(hostName: "host1")
        ).configuration
        return configuration.dnsServer([], forwarding: Forwarder.Configuration()).rateLimit
    }

    @Test("is off without a word")
    func off() throws { #expect(try !rateLimit("").isOn) }

    @Test("every key reaches the DNS server")
    func keys() throws {
        let limit = try rateLimit(
            """
            dns_config { response_rate_limit = 50 response_rate_slip = 1
              response_rate_exempt = ["10.0.0.0/8", "2001:db8::/32"] }
            """
        )
        let networks = ["10.0.0.0/8", "2001:db8::/32"].compactMap { ClientNetwork($0) }
        #expect(limit == RateLimit(repliesPerSecond: 50, slip: 1, exempt: networks))
    }
}
