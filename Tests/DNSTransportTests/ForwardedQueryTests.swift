// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Testing

@testable import DNSTransport

@Suite("Forwarded query")
struct ForwardedQueryTests {
    private func query(
        _ name: String = "x.example.net",
        edns: EDNS? = nil,
        overTCP: Bool = false
    ) throws -> ForwardedQuery {
        try #require(
            ForwardedQuery(try Queries.octets(name, edns: edns), overTCP: overTCP)
        )
    }

    /// A reply with these numbers of records.
    private func reply(
        to query: ForwardedQuery,
        answers: Int = 1,
        authorities: Int = 0,
        additionals: Int = 0,
        edns: EDNS? = nil
    ) throws -> [UInt8] {
        let sent = try Message(decoding: query.upstream(id: 77))
        let name = sent.questions[0].name
        func records(_ count: Int) -> [ResourceRecord] {
            (0..<count).map { Recursors.record(name, .a(IPv4Address(10, 0, 0, UInt8($0)))) }
        }
        return try Message(
            header: Header(
                id: 77,
                isResponse: true,
                isAuthoritative: true,
                recursionDesired: true,
                recursionAvailable: true,
                authenticatedData: true
            ),
            questions: sent.questions,
            answers: records(answers),
            authorities: records(authorities),
            additionals: records(additionals),
            edns: edns
        ).encoded()
    }

    @Test(
        "upstream gets EDNS 1232 whatever the client sent",
        arguments: [0, 512, 4096] as [UInt16]
    )
    func payloadSize(size: UInt16) throws {
        let query = try query(edns: size == 0 ? nil : EDNS(udpPayloadSize: size))
        let sent = try Message(decoding: query.upstream(id: 0xabcd))
        #expect(sent.edns == EDNS(udpPayloadSize: 1232))
        #expect(sent.header == Header(id: 0xabcd, recursionDesired: true))
        #expect(try Message(decoding: query.upstream(id: 1, withEDNS: false)).edns == nil)
    }

    @Test("cookies and keepalive stay on their hop, other options go on")
    func options() throws {
        let edns = EDNS(
            udpPayloadSize: 1400,
            dnssecOK: true,
            options: [3, 10, 11, 65001].map { EDNSOption(code: $0, data: [1, 2, 3, 4]) }
        )
        let sent = try Message(decoding: query(edns: edns).upstream(id: 1))
        #expect(sent.edns?.options.map(\.code) == [3, 65001])
        #expect(sent.edns?.dnssecOK == true)
    }

    @Test("AD and CD go upstream, AA, TC, RA, Z and the code do not")
    func flags() throws {
        var octets = try Queries.octets("x.example.net")
        octets[2] = 0x07
        octets[3] = 0xff
        let sent = try #require(ForwardedQuery(octets, overTCP: false)).upstream(id: 1)
        #expect(sent[2] == 0x01)
        #expect(sent[3] == 0x30)
    }

    @Test("a question cut short is read with zeros", arguments: 1...4)
    func shortQuestion(missing: Int) throws {
        let octets = Array(try Queries.octets("x.example.net").dropLast(missing))
        let query = try #require(ForwardedQuery(octets, overTCP: false))
        let question = try #require(Message(decoding: query.upstream(id: 1)).questions.first)
        #expect(question.type == RecordType(rawValue: missing == 4 ? 0 : missing == 3 ? 0 : 1))
        #expect(question.class == RecordClass(rawValue: 0))
    }

    @Test("a reply is taken only with our ID, our question, QR and our opcode")
    func mismatch() throws {
        let query = try query()
        let good = try reply(to: query)
        #expect(query.verdict(on: good, id: 77) == .final)
        #expect(query.verdict(on: good, id: 78) == .mismatch)
        // Every bit of ID, QR, opcode, QDCOUNT and question counts, but for the case of letters.
        let nameEnd = 12 + 15
        let bits =
            (0..<2).flatMap { octet in (0..<8).map { (octet, $0) } } + (3...7).map { (2, $0) }
            + [4, 5].flatMap { octet in (0..<8).map { (octet, $0) } }
            + (12..<nameEnd + 4).flatMap { octet in (0..<8).map { (octet, $0) } }
        for (octet, bit) in bits {
            var forged = good
            forged[octet] ^= 1 << UInt8(bit)
            let isLetter = (12..<nameEnd).contains(octet) && good[octet] > 63
            let expected: ForwardedQuery.Verdict = isLetter && bit == 5 ? .final : .mismatch
            #expect(query.verdict(on: forged, id: 77) == expected, "octet \(octet), bit \(bit)")
        }
        for count in 0..<31 {
            #expect(query.verdict(on: Array(good.prefix(count)), id: 77) == .mismatch)
        }
    }

    @Test("the code decides", arguments: 0..<16)
    func codes(code: UInt8) throws {
        let query = try query()
        var plain = try reply(to: query)
        plain[3] = plain[3] & 0xf0 | code
        let plainVerdict = query.verdict(on: plain, id: 77)
        let final: ForwardedQuery.Verdict = code == 0 || code == 3 ? .final : .failed
        #expect(plainVerdict == (code == 1 || code == 4 ? .refusesEDNS : final))
        var extended = try reply(to: query, edns: EDNS(udpPayloadSize: 512))
        extended[3] = extended[3] & 0xf0 | code
        #expect(query.verdict(on: extended, id: 77) == final)
    }

    @Test("BADVERS, whose low bits look like NOERROR, is a failure")
    func extendedCode() throws {
        let query = try query()
        let octets = try reply(to: query, edns: EDNS(udpPayloadSize: 512, extendedRCode: 1))
        #expect(query.verdict(on: octets, id: 77) == .failed)
    }

    @Test("fewer records than announced are a failure, unless it is truncated")
    func incomplete() throws {
        let query = try query()
        var octets = try reply(to: query, answers: 3)
        octets.removeLast(5)
        #expect(query.verdict(on: octets, id: 77) == .failed)
        octets[2] |= 2
        #expect(query.verdict(on: octets, id: 77) == .truncated)
    }

    @Test("the client gets its ID and its own spelling, and the rest as received")
    func relayed() throws {
        let query = try query("X.ExAmPlE.net")
        var octets = try reply(to: query, answers: 2)
        for at in 12..<27 where octets[at] > 63 { octets[at] |= 0x20 }
        let message = try Message(decoding: query.reply(from: octets))
        #expect(message.header.id == 0x1234)
        #expect(message.header.isAuthoritative && message.header.authenticatedData)
        #expect(message.questions[0].name.description == "X.ExAmPlE.net.")
        #expect(message.answers.map(\.name.description) == ["X.ExAmPlE.net.", "X.ExAmPlE.net."])
        #expect(message.answers.map(\.ttl) == [300, 300])
    }

    @Test("OPT goes only to a client that sent one", arguments: [false, true])
    func opt(withEDNS: Bool) throws {
        let query = try query(edns: withEDNS ? EDNS(udpPayloadSize: 1232) : nil)
        let octets = try reply(to: query, additionals: 1, edns: EDNS(udpPayloadSize: 4096))
        let message = try Message(decoding: query.reply(from: octets))
        #expect(message.edns?.udpPayloadSize == (withEDNS ? 4096 : nil))
        #expect(message.additionals.count == 1)
        #expect(!message.header.isTruncated)
    }

    @Test(
        "a large reply keeps whole records, OPT, and says TC",
        arguments: [600, 900, 1232] as [UInt16]
    )
    func cut(size: UInt16) throws {
        let query = try query(edns: EDNS(udpPayloadSize: size))
        let octets = try reply(to: query, answers: 100, edns: EDNS(udpPayloadSize: 4096))
        let result = query.reply(from: octets)
        #expect(result.count <= Int(size) && result.count > Int(size) - 16)
        let message = try Message(decoding: result)
        #expect(message.header.isTruncated)
        #expect(message.edns?.udpPayloadSize == 4096)
        #expect(message.answers.count == (Int(size) - 31 - 11) / 16)
    }

    @Test("glue that does not fit is left out without TC, answers are not")
    func cutGlue() throws {
        let query = try query()
        let glue = try Message(
            decoding: query.reply(from: reply(to: query, answers: 5, additionals: 60))
        )
        #expect(!glue.header.isTruncated)
        #expect(glue.answers.count == 5)
        #expect(glue.additionals.count == (512 - 31 - 80) / 16)
        let authority = try Message(
            decoding: query.reply(from: reply(to: query, answers: 5, authorities: 60))
        )
        #expect(authority.header.isTruncated)
    }

    @Test("over TCP nothing is cut")
    func overTCP() throws {
        let query = try query(overTCP: true)
        let octets = try reply(to: query, answers: 200)
        #expect(query.reply(from: octets).count == octets.count)
    }

    @Test(
        "the client's size is at least 512 and at most ours",
        arguments: [(0, 512), (100, 512), (513, 513), (65535, 1400)] as [(UInt16, Int)]
    )
    func limit(offered: UInt16, limit: Int) throws {
        let edns = offered == 0 ? nil : EDNS(udpPayloadSize: offered)
        let octets = try Queries.octets("x.example.net", edns: edns)
        #expect(
            ForwardedQuery(octets, overTCP: false, maximumUDPSize: 1400)?.limit == limit
        )
    }

    @Test("SERVFAIL for NOTIFY has its opcode and no RD")
    func notify() throws {
        var octets = try Queries.octets("x.example.net")
        octets[2] |= 0x20
        let failure = try #require(ForwardedQuery(octets, overTCP: false)).failure()
        #expect(failure[2] == 0xa0)
        #expect(failure[3] == 0x82)
    }

    @Test("random octets neither crash nor come back longer than the limit", arguments: 0..<20)
    func random(seed: UInt64) throws {
        var generator = Xorshift(state: seed &* 0x9e37_79b9_7f4a_7c15 | 1)
        let query = try query(edns: EDNS(udpPayloadSize: 600))
        let good = try reply(
            to: query,
            answers: 40,
            additionals: 3,
            edns: EDNS(udpPayloadSize: 512)
        )
        for _ in 0..<2000 {
            var octets = good
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                octets[Int.random(in: 6..<octets.count, using: &generator)] =
                    UInt8.random(in: 0...255, using: &generator)
            }
            octets.removeLast(Int.random(in: 0..<octets.count, using: &generator))
            switch query.verdict(on: octets, id: 77) {
            case .final, .truncated:
                #expect(query.reply(from: octets).count <= 600)
            case .mismatch, .failed, .refusesEDNS:
                break
            }
            _ = ForwardedQuery(octets, overTCP: false)?.failure()
        }
    }
}

/// A small generator with a seed, so that a failure can be seen again.
struct Xorshift: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
