// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Testing

@testable import DNSAnswers

/// How replies from the catalog are cut: spec/dns.md 3.6.
@Suite("Truncation of catalog replies")
struct CatalogTruncationTests {
    private func reply(_ text: String, _ configuration: String = "C0") throws -> Message {
        let snapshot = try #require(try CaseConfiguration.snapshot(configuration))
        let query = try CaseQuery(text)
        let reply = try ConformanceRunner.reference(query, snapshot, seed: 5)
        guard case .reply(let octets) = reply else { throw NoReply() }
        return try Message(decoding: octets)
    }

    private struct NoReply: Error {}

    /// The sizes at which 40 A records and 40 locations are cut to most different lengths.
    private static let sizes = Array(stride(from: 100, through: 2400, by: 23))

    @Test("a reply keeps to its size, less eight, and has OPT", arguments: sizes)
    func addresses(size: Int) throws {
        let reply = try reply("many.service.consul A (EDNS \(size))")
        let length = try reply.encodedLength()
        #expect(length <= max(512, size) - 8)
        #expect(reply.edns?.udpPayloadSize == 1232)
        #expect(reply.additionals.isEmpty)
        if size > 512, reply.answers.count < 40 {
            // Bisection is content within ten octets of the size, else one more does not fit.
            #expect(size - length < 16 + 10)
        }
    }

    @Test("locations keep the glue of what stays", arguments: sizes)
    func locations(size: Int) throws {
        let reply = try reply("many.service.consul SRV (EDNS \(size))")
        #expect(try reply.encodedLength() <= max(512, size) - 8)
        let targets = reply.answers.map { record -> DomainName? in
            if case .srv(let location) = record.data { location.target } else { nil }
        }
        #expect(targets == reply.additionals.map(\.name))
        #expect(reply.edns != nil)
    }

    @Test("cutting drops metadata, an uncut reply keeps it")
    func metadata() throws {
        // Two instances, one with metadata: below and above the limit of three.
        #expect(try reply("web.service.consul SRV").additionals.count == 3)
        #expect(try reply("hs.service.consul SRV").additionals.count == 3)
    }

    @Test("glue is found without regard to case, behind aliases too, each target once")
    func glue() throws {
        func name(_ text: String) throws -> DomainName { try DomainName(text: text) }
        func record(_ owner: String, _ data: RecordData) throws -> ResourceRecord {
            ResourceRecord(name: try name(owner), ttl: 0, data: data)
        }
        func location(_ target: String) throws -> ResourceRecord {
            let data = ServiceLocation(priority: 1, weight: 1, port: 1, target: try name(target))
            return try record("s", .srv(data))
        }
        let a1 = RecordData.a(IPv4Address(bits: 1))
        let section = [
            try record("A", a1), try record("a", .a(IPv4Address(bits: 2))),
            try record("c", .cname(try name("D"))), try record("d", a1),
            try record("loop", .cname(try name("loop"))), try record("t", .txt([])),
        ]
        let index = GlueIndex(section)
        let answers = [
            try location("a"), try location("c"), try location("LOOP"), try location("A"),
            try location("none"),
        ]
        #expect(index.records(for: answers) == [section[0], section[2], section[3], section[4]])
        #expect(index.records(for: [section[0]]) == [])
    }

    @Test("TC is set only where it is enabled")
    func truncatedBit() throws {
        #expect(try !reply("many.service.consul A").header.isTruncated)
        #expect(try reply("many.service.consul A", "C3").header.isTruncated)
        #expect(try !reply("web.service.consul A", "C3").header.isTruncated)
        #expect(try !reply("many.service.consul A (TCP)", "C3").header.isTruncated)
    }

    @Test("the configured cap holds whatever the client offers")
    func cap() throws {
        var snapshot = try #require(try CaseConfiguration.snapshot("C0"))
        snapshot.settings.udpMaximumSize = 600
        let query = try CaseQuery("many.service.consul A (EDNS 4096)")
        let reply = try ConformanceRunner.reference(query, snapshot, seed: 5)
        guard case .reply(let octets) = reply else { throw NoReply() }
        #expect(octets.count == 592)
    }
}
