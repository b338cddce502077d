// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Testing

@Suite("The message reader")
struct MessageReaderTests {
    @Test("reads a question that ends early piece by piece")
    func shortQuestion() throws {
        let message = octets("0001 0100 0001 0000 0000 0000 0161 00 00")
        var reader = MessageReader(message.span)
        let (header, counts) = try reader.readHeader()
        #expect(header.recursionDesired)
        #expect(counts == SectionCounts(questions: 1))
        let first = try reader.readName()
        #expect(try first == name("a"))
        let remaining = reader.remaining
        #expect(remaining == 1)
        let octet = try reader.readUInt8()
        #expect(octet == 0)
        let isAtEnd = reader.isAtEnd
        #expect(isAtEnd)
    }

    @Test("decompresses names in the data of known types, also those of SRV (RFC 3597 §4)")
    func compressedData() throws {
        let message = octets(
            """
            0001 8000 0001 0001 0000 0000
            03 777777 07 6578616d706c65 00 0021 0001
            c00c 0021 0001 00000001 0008 0001 0002 0003 c010
            """
        )
        let target = try name("example")
        let location = ServiceLocation(priority: 1, weight: 2, port: 3, target: target)
        #expect(try Message(decoding: message).answers.first?.data == .srv(location))
    }

    @Test("leaves the data of unknown types as they are (RFC 3597 §3)")
    func unknownData() throws {
        let message = octets("0001 8000 0000 0001 0000 0000 00 ff00 0001 00000001 0002 c00c")
        let data = try #require(Message(decoding: message).answers.first?.data)
        #expect(data == .unknown(RecordType(rawValue: 0xff00), [0xc0, 0x0c]))
    }

    @Test("stands behind the first pointer of a name, not behind its target")
    func position() throws {
        let message = octets("0162 00 0161 c000 ff")
        var reader = MessageReader(message.span)
        _ = try reader.readOctets(3)
        let joined = try reader.readName()
        let (offset, count) = (reader.offset, reader.count)
        #expect(try joined == name("a.b"))
        #expect(offset == 7)
        #expect(count == 8)
    }

    @Test("keeps the case of a client's question")
    func keepsCase() throws {
        let message = octets("0001 0100 0001 0000 0000 0000 0157 016f 00 0001 0001")
        #expect(try Message(decoding: message).questions.first?.name.description == "W.o.")
    }
}
