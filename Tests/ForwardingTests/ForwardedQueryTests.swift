// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Testing

@testable import Forwarding

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
            (0..<count).map { Replies.record(name, .a(IPv4Address(10, 0, 0, UInt8($0)))) }
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
        // AD asks for AD (RFC 6840 §5.7): the reply is kept for all.
        #expect(
            sent.header == Header(id: 0xabcd, recursionDesired: true, authenticatedData: true)
        )
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

    @Test("the client's network goes upstream only when told so", arguments: [false, true])
    func clientSubnet(isRelayed: Bool) throws {
        let subnet = ClientSubnet(
            family: 1,
            sourceLength: 24,
            scopeLength: 0,
            address: [192, 0, 2]
        )
        let octets = try Queries.octets(
            "x.example.net",
            edns: EDNS(udpPayloadSize: 1232, options: [subnet.option])
        )
        let query = try #require(
            ForwardedQuery(octets, overTCP: false, relaysClientSubnet: isRelayed)
        )
        #expect(query.isPlain == !isRelayed)
        let sent = try Message(decoding: query.upstream(id: 1))
        #expect(sent.edns?.options == (isRelayed ? [subnet.option] : []))
    }

    @Test(
        "an error echoes the client's subnet under scope 0, its host bits zero",
        arguments: [
            (20, [10, 1, 255], [10, 1, 240]), (24, [192, 0, 2], [192, 0, 2]),
            (1, [255], [128]), (0, [], []), (20, [10, 1], nil), (8, [10, 1], nil),
        ] as [(UInt8, [UInt8], [UInt8]?)]
    )
    func subnetInErrors(prefix: UInt8, address: [UInt8], echo: [UInt8]?) throws {
        let option = EDNSOption(
            code: EDNSOption.clientSubnetCode,
            data: [0, 1, prefix, 9] + address
        )
        let query = try query(edns: EDNS(udpPayloadSize: 1232, options: [option]))
        for reply in [query.failure(), query.refusal()] {
            let options = try Message(decoding: reply).edns?.options
            #expect(options?.map(\.data) == (echo.map { [[0, 1, prefix, 0] + $0] } ?? []))
        }
    }

    @Test("a flood of options goes nowhere (CVE-2026-41292)", arguments: [(17, 1), (2, 300)])
    func optionFlood(count: Int, size: Int) throws {
        let options = (0..<count).map {
            EDNSOption(code: 65001 + UInt16($0), data: Array(repeating: 1, count: size))
        }
        let query = try query(edns: EDNS(udpPayloadSize: 1232, options: options))
        #expect(try Message(decoding: query.upstream(id: 1)).edns?.options == [])
    }

    @Test("only what may be shared is plain")
    func plain() throws {
        #expect(try query().isPlain)
        #expect(try query(edns: EDNS(udpPayloadSize: 512, dnssecOK: true)).isPlain)
        let octets = try Queries.octets("x.example.net")
        func isPlain(_ change: (inout [UInt8]) -> Void) throws -> Bool {
            var octets = octets
            change(&octets)
            return try #require(ForwardedQuery(octets, overTCP: false)).isPlain
        }
        #expect(try isPlain { $0[3] |= 0x30 })
        #expect(try !isPlain { $0[2] &= 0xfe }, "RD=0")
        #expect(try !isPlain { $0[2] |= 0x20 }, "NOTIFY")
        #expect(try !isPlain { $0[$0.count - 1] = 3 }, "CH")
        #expect(try !isPlain { $0[$0.count - 3] = 252 }, "AXFR")
        #expect(try !isPlain { $0.removeLast() }, "cut short")
        let cookie = EDNSOption(code: 10, data: Array(repeating: 7, count: 8))
        #expect(try query(edns: EDNS(udpPayloadSize: 512, options: [cookie])).isPlain)
        let other = EDNSOption(code: 65001, data: [])
        #expect(try !query(edns: EDNS(udpPayloadSize: 512, options: [other])).isPlain)
        #expect(try !query(edns: EDNS(udpPayloadSize: 512, version: 1)).isPlain)
    }

    @Test("0x20: the case is drawn per letter, and only its echo is taken")
    func spelling() throws {
        let query = try query()
        var generator = Xorshift(state: 5)
        let spellings = (0..<64).map { _ in query.spelling(using: &generator) }
        #expect(Set(spellings).count > 60)
        #expect(spellings.allSatisfy { $0.folded == query.name.folded })
        let spelling = spellings[0]
        var echo = try reply(to: query)
        #expect(query.verdict(on: echo, id: 77, spelling: spelling) == .mismatch)
        echo.replaceSubrange(12..<12 + spelling.wire.count, with: spelling.wire)
        #expect(query.verdict(on: echo, id: 77, spelling: spelling) == .final)
        #expect(try Message(decoding: query.reply(from: echo)).questions[0].name == query.name)
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
        let query = try query(
            "X.ExAmPlE.net",
            edns: EDNS(udpPayloadSize: 1232, dnssecOK: true)
        )
        var octets = try reply(to: query, answers: 2)
        for at in 12..<27 where octets[at] > 63 { octets[at] |= 0x20 }
        let message = try Message(decoding: query.reply(from: octets))
        #expect(message.header.id == 0x1234)
        #expect(message.header.isAuthoritative && message.header.authenticatedData)
        #expect(message.questions[0].name.description == "X.ExAmPlE.net.")
        #expect(message.answers.map(\.name.description) == ["X.ExAmPlE.net.", "X.ExAmPlE.net."])
        #expect(message.answers.map(\.ttl) == [300, 300])
    }

    @Test("AD comes back to those who asked with AD or DO; RD and CD are the client's, RA is ours")
    func replyFlags() throws {
        var octets = try Queries.octets("x.example.net")
        func flags() throws -> [UInt8] {
            let query = try #require(ForwardedQuery(octets, overTCP: false))
            var reply = try reply(to: query)
            reply[3] &= 0x7f
            return Array(query.reply(from: reply)[2...3])
        }
        #expect(try flags() == [0x85, 0x80])
        octets[3] = 0x20
        #expect(try flags() == [0x85, 0xa0])
        octets[2] = 0
        octets[3] = 0x10
        #expect(try flags() == [0x84, 0x90])
    }

    @Test("a failure says why, to a client that sent EDNS", arguments: [false, true])
    func reason(withEDNS: Bool) throws {
        let query = try query(edns: withEDNS ? EDNS(udpPayloadSize: 1232) : nil)
        let failure = query.failure(ExtendedDNSError(.noReachableAuthority))
        let edns = try Message(decoding: failure).edns
        #expect(edns?.extendedErrors.map(\.code) == (withEDNS ? [.noReachableAuthority] : nil))
    }

    @Test("a reply that cannot be decoded goes to nobody (RFC 9267)")
    func undecodable() throws {
        let query = try query()
        let good = try reply(to: query, answers: 2)
        let owner = 12 + query.name.wire.count + 4
        #expect(good[owner] == 0xc0)
        for pointer: [UInt8] in [[0xc0, UInt8(owner)], [0xc0, UInt8(owner + 16)], [0xff, 0xff]] {
            var octets = good
            octets.replaceSubrange(owner..<owner + 2, with: pointer)
            #expect(query.verdict(on: octets, id: 77) == .failed)
        }
    }

    @Test("names that point into the header do not survive the change of header")
    func headerPointer() throws {
        let query = try query()
        var octets = try reply(to: query)
        let owner = 12 + query.name.wire.count + 4
        octets.replaceSubrange(owner..<owner + 2, with: [0xc0, 0x00])
        octets[0] = 0
        #expect(query.verdict(on: octets, id: UInt16(octets[1])) == .final)
        let message = try Message(decoding: query.reply(from: octets))
        #expect(message.responseCode == .serverFailure)
    }

    @Test("OPT goes only to a client that sent one", arguments: [false, true])
    func opt(withEDNS: Bool) throws {
        let query = try query(edns: withEDNS ? EDNS(udpPayloadSize: 1232) : nil)
        let octets = try reply(to: query, additionals: 1, edns: EDNS(udpPayloadSize: 4096))
        let message = try Message(decoding: query.reply(from: octets))
        #expect(message.edns?.udpPayloadSize == (withEDNS ? 1232 : nil))
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
        #expect(message.edns?.udpPayloadSize == 1232)
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
