// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Testing

@testable import DNSAnswers

/// Which messages are read, and how far: the table of spec/dns.md 1.1.
@Suite("Reading queries")
struct QueryReadingTests {
    private static let client = ClientContext(transport: .udp, address: [127, 0, 0, 1])
    private static let header: [UInt8] = [0xab, 0xcd, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0]
    private static let name: [UInt8] = [1, 0x61, 6] + Array("consul".utf8) + [0]
    private static let question: [UInt8] = name + [0, 1, 0, 1]
    private static let opt: [UInt8] = [0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0]

    private func read(_ octets: [UInt8]) -> QueryReading {
        QueryReading(octets, from: Self.client)
    }

    private func query(_ octets: [UInt8]) throws -> Query {
        guard case .query(let query) = read(octets) else {
            throw Unreadable(reading: read(octets))
        }
        return query
    }

    private struct Unreadable: Error { var reading: QueryReading }

    /// The header above with some of its octets replaced.
    private func header(_ changes: [Int: UInt8]) -> [UInt8] {
        var header = Self.header
        for (index, octet) in changes { header[index] = octet }
        return header
    }

    @Test("a reply and what is shorter than a header get no reply", arguments: 0...11)
    func silence(length: Int) {
        #expect(read(Array(Self.header.prefix(length))) == .silence)
        #expect(read(header([2: 0x81]) + Self.question) == .silence)
    }

    @Test("opcodes other than QUERY", arguments: [1, 2, 3, 4, 5, 6, 15] as [UInt8])
    func opcodes(opcode: UInt8) throws {
        let reading = read(header([2: opcode << 3 | 1]) + Self.question)
        let refusal = try #require(reading.refusal)
        #expect(refusal.header.opcode == Opcode(rawValue: opcode))
        #expect(refusal.header.responseCode == .notImplemented)
        #expect(try refusal.encoded().count == 12)
        #expect(refusal.header.recursionDesired)
    }

    @Test(
        "counts that are refused",
        arguments: [[5: 0], [5: 2], [7: 2], [9: 2], [11: 3], [4: 1]] as [[Int: UInt8]]
    )
    func counts(changes: [Int: UInt8]) throws {
        // With TC, RD, RA, AD and CD: the flags stay.
        let flags = header(changes.merging([2: 0x07, 3: 0xf5]) { $0 + $1 })
        let refusal = try #require(read(flags + Self.question).refusal)
        let octets = try refusal.encoded()
        #expect(octets == [0xab, 0xcd, 0x83, 0xb1] + [UInt8](repeating: 0, count: 8))
    }

    @Test("a question that is cut is read as far as it goes")
    func cutQuestions() throws {
        let afterName = try query(Self.header + Self.name)
        #expect(afterName.question.type == RecordType(rawValue: 0))
        #expect(afterName.question.class == RecordClass(rawValue: 0))
        let afterType = try query(Self.header + Self.name + [0, 28])
        #expect(afterType.question.type == .aaaa)
        #expect(afterType.question.class == RecordClass(rawValue: 0))
        let insideClass = try query(Self.header + Self.name + [0, 28, 7])
        #expect(insideClass.question.class == RecordClass(rawValue: 0))
        #expect([afterName, afterType, insideClass].allSatisfy { $0.refusalCode == nil })
        // RFC 8906 §3.1.4: a class that is there is meant.
        let zero = try query(Self.header + Self.name + [0, 28, 0, 0])
        #expect(zero.question == afterType.question && zero.refusalCode == .refused)
        // Inside QTYPE it is no question.
        #expect(read(Self.header + Self.name + [0]) == .formatError(afterName.header, nil))
        #expect(read(Self.header) == .nothingAsked(afterName.header))
    }

    @Test("a pointer loop and a name that is cut are format errors without question")
    func badNames() {
        for name in [[0xc0, 12], [0x40, 1], [5, 0x61]] as [[UInt8]] {
            guard case .formatError(_, nil) = read(Self.header + name + [0, 1, 0, 1]) else {
                Issue.record("\(name): \(read(Self.header + name))")
                continue
            }
        }
    }

    @Test("a record that cannot be read is a format error with the question")
    func badRecords() throws {
        let question = try query(Self.header + Self.question).question
        let cut = header([11: 1]) + Self.question + Self.opt + [0]
        let option = header([11: 1]) + Self.question + Self.opt + [0, 6, 0, 8, 0, 9, 0, 1]
        // 192.0.2 with a prefix of 8: three octets where one belongs (RFC 7871 §7.1.2).
        let subnet =
            header([11: 1]) + Self.question + Self.opt
            + [0, 11, 0, 8, 0, 7, 0, 1, 8, 0, 192, 0, 2]
        for octets in [cut, option, subnet] {
            guard case .formatError(_, let echoed) = read(octets) else {
                Issue.record("\(read(octets))")
                continue
            }
            #expect(echoed == question)
        }
    }

    @Test("fewer records than announced, and octets behind the last, are accepted")
    func tolerance() throws {
        #expect(try query(header([11: 2]) + Self.question).edns == nil)
        let one = try query(header([11: 2]) + Self.question + Self.opt + [0, 0])
        #expect(one.edns?.udpPayloadSize == 1232)
        #expect(try query(Self.header + Self.question + [1, 2, 3]).edns == nil)
        // OPT that the counts do not announce is behind the last record.
        #expect(try query(Self.header + Self.question + Self.opt + [0, 0]).edns == nil)
    }

    @Test("the reply copies RD and CD")
    func copies() throws {
        let plain = try query(header([3: 0x10]) + Self.question)
        let reply = plain.replyHeader(.noError, authoritative: true, recursion: false)
        #expect(reply.recursionDesired && reply.checkingDisabled)
    }

    @Test("other versions of EDNS and other classes have a code of their own")
    func refusalCodes() throws {
        #expect(try query(Self.header + Self.question).refusalCode == nil)
        #expect(try query(Self.header + Self.name + [0, 28]).refusalCode == nil)
        #expect(try query(Self.header + Self.name + [0, 28, 0, 255]).refusalCode == nil)
        #expect(try query(Self.header + Self.name + [0, 28, 0, 3]).refusalCode == .refused)
        let version: [UInt8] = [0, 0, 41, 4, 0xd0, 0, 1, 0, 0, 0, 0]
        let asked = try query(header([11: 1]) + Self.question + version)
        #expect(asked.refusalCode == .badVersion)
        let refusal = asked.refusal(.badVersion, recursion: false)
        #expect(refusal.responseCode == .badVersion)
        #expect(refusal.edns?.udpPayloadSize == 1232)
    }
}
