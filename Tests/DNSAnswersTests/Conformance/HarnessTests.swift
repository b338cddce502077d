// SPDX-License-Identifier: Apache-2.0
import DNSAnswers
import DNSWire
import Testing

/// A case must be able to fail: each of these answers is wrong in one thing.
@Suite("The conformance harness")
struct HarnessTests {
    private static let right = """
        DNS-013 C0 web.service.consul SRV
        NOERROR AA RD 165
        an @ 0 SRV 1 1 8080 n1.node.dc1.consul.
        an @ 0 SRV 1 1 8081 n2.node.dc1.consul.
        ad n1.node.dc1.consul. 0 A 10.0.0.1
        ad n1.node.dc1.consul. 0 TXT "env=prod"
        ad n2.node.dc1.consul. 0 A 10.0.0.2
        """

    private func faults(_ text: String) throws -> [String] {
        try ConformanceRunner.faults(in: try #require(ConformanceCase.parse(text).first))
    }

    @Test("passes what is right")
    func passes() throws { #expect(try faults(Self.right) == []) }

    @Test(
        "notices what is wrong",
        arguments: [
            ("NOERROR", "NXDOMAIN"), (" AA RD", " RD"), (" AA RD", " AA RD RA"),
            (" AA RD", " AA TC RD"), ("165", "164"), ("@ 0 SRV 1 1 8080", "@ 1 SRV 1 1 8080"),
            ("8081", "8082"), ("SRV 1 1 8081", "SRV 1 2 8081"), ("an @ 0 SRV 1 1 8081", "ns SOA #"),
            ("ad n2.node.dc1.consul. 0 A 10.0.0.2", ""), ("10.0.0.1", "10.0.0.9"),
            ("env=prod", "env=test"), ("n1.node.dc1.consul. 0 A", "N1.node.dc1.consul. 0 A"),
            ("an @ 0 SRV", "an all TTL 1\nan @ 0 SRV"), ("an @ 0 SRV", "an 3 records\nan @ 0 SRV"),
            ("NOERROR AA RD 165", "no reply"),
        ]
    )
    func notices(_ right: String, _ wrong: String) throws {
        #expect(try faults(Self.right.replacing(right, with: wrong, maxReplacements: 1)) != [])
    }

    @Test("notices a wrong order, a wrong choice, a wrong alternative")
    func ordersAndChoices() throws {
        let near = "DNS-207 C0 web.service.consul A\nNOERROR AA RD 68\n"
        let both = "an @ 0 A 10.0.0.2\nan @ 0 A 10.0.0.1"
        // Over several shuffles one of the two orders is wrong.
        #expect(try faults(near + "an in order\n" + both) != [])
        #expect(try faults(near + "an any 1 of\n" + both) != [])
        #expect(try faults(near + "an any 2 of\n" + both) == [])
        #expect(try faults(near + "an @ 0 A 10.0.0.1\nan or\nan @ 0 A 10.0.0.2") != [])
        #expect(try faults("DNS-001 C0 web.service.consul A\nno reply") != [])
        #expect(try faults("DNS-085 C0 long.node.consul A\nNOERROR AA RD -") != [])
    }

    @Test("notices an answer that lacks its question")
    func question() throws {
        let query = try CaseQuery("api.service.consul A")
        let snapshot = try #require(try CaseConfiguration.snapshot("C0"))
        guard case .reply(let octets) = try ConformanceRunner.reference(query, snapshot, seed: 1)
        else {
            Issue.record("no reply")
            return
        }
        let expected = ExpectedReply(status: "NOERROR AA RD 52", records: ["an @ 0 A 198.18.0.1"])
        let comparison = ReplyComparison(to: query)
        #expect(comparison.faults(of: octets, expecting: expected) == [])
        for index in octets.indices {
            var wrong = octets
            wrong[index] ^= 0x20
            #expect(comparison.faults(of: wrong, expecting: expected) != [], "octet \(index)")
        }
    }
}
