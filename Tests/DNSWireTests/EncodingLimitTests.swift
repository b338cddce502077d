// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Testing

@Suite("What cannot be encoded is refused")
struct EncodingLimitTests {
    let header = Header(id: 0, isResponse: true)

    func message(_ data: RecordData, times: Int = 1) -> Message {
        let record = ResourceRecord(name: .root, ttl: 0, data: data)
        return Message(header: header, answers: Array(repeating: record, count: times))
    }

    @Test("DNS-085 a TXT string over 255 octets is an error that the caller sees")
    func characterStrings() throws {
        let longest = message(.txt([[UInt8](repeating: 0x61, count: 255)]))
        #expect(try Message(decoding: longest.encoded()) == longest)
        let long = message(.txt([[UInt8](repeating: 0x61, count: 256)]))
        #expect(throws: MessageEncodingError.characterStringTooLong(length: 256)) {
            try long.encoded()
        }
        #expect(throws: MessageEncodingError.characterStringTooLong(length: 256)) {
            try long.encodedLength()
        }
    }

    @Test("record data over 65,535 octets")
    func recordData() throws {
        let data = [UInt8](repeating: 0, count: 65_536)
        #expect(throws: MessageEncodingError.recordDataTooLong(length: 65_536)) {
            try message(.unknown(RecordType(rawValue: 999), data)).encoded()
        }
        #expect(throws: MessageEncodingError.recordDataTooLong(length: 65_536)) {
            try message(.opt([EDNSOption(code: 1, data: data)])).encoded()
        }
        let strings = [[UInt8]](repeating: [UInt8](repeating: 0, count: 255), count: 257)
        #expect(throws: MessageEncodingError.recordDataTooLong(length: 65_792)) {
            try message(.txt(strings)).encoded(maximumSize: .max)
        }
    }

    @Test("a message beyond the maximum size, but not one of just that size")
    func messageSize() throws {
        let two = message(.a(IPv4Address(bits: 0)), times: 2)
        #expect(try two.encoded(maximumSize: 42).count == 42)
        #expect(throws: MessageEncodingError.messageTooLong(length: 42, maximum: 41)) {
            try two.encoded(maximumSize: 41)
        }
        #expect(try message(.a(IPv4Address(bits: 0)), times: 5000).encodedLength() == 75_012)
    }

    @Test("more than 65,535 records in a section")
    func counts() throws {
        #expect(throws: MessageEncodingError.tooManyRecords) {
            try message(.a(IPv4Address(bits: 0)), times: 65_536).encodedLength(compress: false)
        }
    }

    @Test("TXT without strings is written as one empty string (RFC 1035 §3.3.14)")
    func emptyText() throws {
        let octets = try message(.txt([])).encoded()
        #expect(try Message(decoding: octets) == message(.txt([[]])))
    }

    @Test("the writer tells its size as it grows")
    func size() throws {
        var writer = MessageWriter(header: header)
        #expect(writer.size == 12)
        try writer.append(Question(name: name("a"), type: .a))
        #expect(writer.size == 19)
        try writer.append(
            ResourceRecord(name: name("a"), ttl: 0, data: .a(IPv4Address(bits: 1))),
            to: .answer
        )
        #expect(writer.size == 35)
        #expect(writer.finish().count == 35)
    }
}

@Suite("EDNS (RFC 6891, RFC 7871)")
struct EDNSTests {
    @Test("a client subnet is read and written, bits behind the prefix as zero")
    func clientSubnet() throws {
        let subnet = ClientSubnet(
            family: 1,
            sourceLength: 20,
            scopeLength: 24,
            address: [192, 0, 0xff]
        )
        #expect(subnet.option.data == [0, 1, 20, 24, 192, 0, 0xf0])
        #expect(ClientSubnet(subnet.option)?.fullAddress == [192, 0, 0xf0, 0])
        let full = ClientSubnet(
            family: 1,
            sourceLength: 32,
            scopeLength: 0,
            address: [10, 0, 0, 2]
        )
        #expect(ClientSubnet(full.option) == full)
        let six = ClientSubnet(family: 2, sourceLength: 1, scopeLength: 0, address: [0xff])
        #expect(six.fullAddress == [0x80] + [UInt8](repeating: 0, count: 15))
        #expect(ClientSubnet(EDNSOption(code: 8, data: [0, 0, 0, 0]))?.fullAddress == [])
        #expect(ClientSubnet(EDNSOption(code: 9, data: subnet.option.data)) == nil)
    }

    @Test("DNS-180 the OPT record comes last and carries size, flags and options")
    func optRecord() throws {
        let subnet = ClientSubnet(
            family: 1,
            sourceLength: 24,
            scopeLength: 0,
            address: [192, 0, 2]
        )
        let edns = EDNS(udpPayloadSize: 1232, dnssecOK: true, options: [subnet.option])
        let message = Message(
            header: Header(id: 0),
            additionals: [ResourceRecord(name: .root, ttl: 0, data: .ns(.root))],
            edns: edns
        )
        let golden = octets("00 0029 04d0 00008000 000b 0008 0007 0001 18 00 c00002")
        #expect(hex(Array(try message.encoded().suffix(golden.count))) == hex(golden))
        #expect(try Message(decoding: message.encoded()).edns?.clientSubnet == subnet)
        #expect(EDNS(edns.record) == edns)
        #expect(EDNS(ResourceRecord(name: .root, ttl: 0, data: .ns(.root))) == nil)
    }
}
