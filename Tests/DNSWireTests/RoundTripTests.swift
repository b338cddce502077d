// SPDX-License-Identifier: Apache-2.0
import DNSWire
import TestSupport
import Testing

@Suite("Messages come back as they were written")
struct RoundTripTests {
    @Test("every record type, with and without compression", arguments: [true, false])
    func everyRecordType(compress: Bool) throws {
        let message = try everyKind()
        let octets = try message.encoded(compress: compress)
        let decoded = try Message(decoding: octets)
        #expect(decoded.withFoldedNames == message.withFoldedNames)
        if !compress { #expect(decoded == message) }
        #expect(try message.encodedLength(compress: compress) == octets.count)
    }

    @Test("every flag and code of the header")
    func header() throws {
        for bit in 0..<16 {
            let header = Header(id: 7, flags: 1 << bit)
            #expect(header.flags == 1 << bit)
            let octets = try Message(header: header).encoded()
            #expect(octets.count == 12)
            #expect(try Message(decoding: octets).header == header)
        }
        #expect(Header(id: 0, flags: 0xffff).flags == 0xffff)
        #expect(Header(id: 0, flags: 0x2000).opcode == .notify)
    }

    @Test("a query to the octet")
    func goldenQuery() throws {
        let query = Message(
            header: Header(id: 0x1234, recursionDesired: true),
            questions: [Question(name: try name("api.service.consul"), type: .srv)],
            edns: EDNS(udpPayloadSize: 1232)
        )
        let golden = octets(
            """
            1234 0100 0001 0000 0000 0001
            03 617069 07 73657276696365 06 636f6e73756c 00 0021 0001
            00 0029 04d0 00000000 0000
            """
        )
        #expect(hex(try query.encoded()) == hex(golden))
        #expect(try Message(decoding: golden) == query)
    }

    @Test("a compressed SRV reply to the octet, its target in full, its glue a pointer to it")
    func goldenReply() throws {
        let owner = try name("api.service.consul")
        let target = try name("n1.node.dc1.consul")
        let reply = Message(
            header: Header(id: 1, isResponse: true, isAuthoritative: true, recursionDesired: true),
            questions: [Question(name: owner, type: .srv)],
            answers: [
                ResourceRecord(
                    name: owner,
                    ttl: 0,
                    data: .srv(ServiceLocation(priority: 1, weight: 1, port: 80, target: target))
                )
            ],
            additionals: [
                ResourceRecord(name: target, ttl: 0, data: .a(IPv4Address(10, 0, 0, 1)))
            ]
        )
        let golden = octets(
            """
            0001 8500 0001 0001 0000 0001
            03 617069 07 73657276696365 06 636f6e73756c 00 0021 0001
            c00c 0021 0001 00000000 001a 0001 0001 0050
                02 6e31 04 6e6f6465 03 646331 06 636f6e73756c 00
            c036 0001 0001 00000000 0004 0a000001
            """
        )
        #expect(hex(try reply.encoded()) == hex(golden))
        #expect(try Message(decoding: golden) == reply)
    }

    @Test("the extended result code, header and OPT taken together (RFC 6891 §6.1.3)")
    func extendedCode() throws {
        let message = Message(
            header: Header(id: 1, responseCode: .noError),
            edns: EDNS(udpPayloadSize: 512, extendedRCode: 1)
        )
        #expect(message.responseCode == .badVersion)
        #expect(try Message(decoding: message.encoded()).responseCode == .badVersion)
    }

    @Test("types by name and by number (RFC 3597 §5)")
    func types() {
        #expect(RecordType(text: "srv") == .srv)
        #expect(RecordType(text: "TYPE65280")?.description == "TYPE65280")
        #expect(RecordType(text: "type1")?.description == "A")
        for text in ["", "TYPE", "TYPE65536", "TYPE-1", "TYPE+1", "NOPE"] {
            #expect(RecordType(text: text) == nil)
        }
        #expect(RecordClass(rawValue: 9).description == "CLASS9")
        #expect(ResponseCode.nameError.description == "NXDOMAIN")
        #expect(Opcode(rawValue: 9).description == "OPCODE9")
    }

    @Test("random messages, many times over")
    func random() throws {
        var generator = SplitMix64(seed: 42)
        for _ in 0..<300 {
            let message = try Message.random(using: &generator)
            let compressed = try message.encoded()
            let plain = try message.encoded(compress: false)
            let decoded = try Message(decoding: compressed)
            #expect(decoded.withFoldedNames == message.withFoldedNames)
            #expect(try Message(decoding: plain) == message)
            // What was shared has its spelling now: written again it is the same.
            #expect(try decoded.encoded() == compressed)
            #expect(compressed.count <= plain.count)
        }
    }
}

extension Message {
    static func random(using generator: inout SplitMix64) throws -> Message {
        var message = Message(
            header: Header(id: 1, flags: UInt16.random(in: 0 ... .max, using: &generator))
        )
        let labels = ["a", "B", "web", "service", "consul", "CONSUL", "x.y"]
        func name() throws -> DomainName {
            let count = Int.random(in: 0...5, using: &generator)
            return try DomainName(
                labels: (0..<count).map { _ in
                    Array((labels.randomElement(using: &generator) ?? "").utf8)
                }
            )
        }
        for _ in 0..<Int.random(in: 0...12, using: &generator) {
            let data: RecordData =
                switch Int.random(in: 0...4, using: &generator) {
                case 0: .ns(try name())
                case 1: .mx(preference: 1, exchange: try name())
                case 2: .srv(ServiceLocation(priority: 1, weight: 2, port: 3, target: try name()))
                case 3: .txt([Array("text".utf8)])
                default: .unknown(RecordType(rawValue: 999), [0xc0, 0x0c])
                }
            message.answers.append(ResourceRecord(name: try name(), ttl: 5, data: data))
        }
        return message
    }
}
