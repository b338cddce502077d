// SPDX-License-Identifier: Apache-2.0

import CLDNS
import DNSWire
import Testing

@testable import ZoneFiles

@Suite("DNSWire beside libldns (docs/divergences.md)")
struct DifferentialTests {
    /// Where the two may differ, with the reason; every other difference fails.
    enum Divergence: String, CaseIterable {
        // We refuse, libldns accepts.
        case trailingOctets = "octets behind the last record: libldns ignores them"
        case forwardPointer =
            "a compression pointer that does not point backwards: libldns follows it"
        case malformedRecordData =
            "data that do not fill RDLENGTH: libldns goes on inside them or without them"
        case malformedOption =
            "an EDNS option that does not fit, or a malformed client subnet: libldns keeps octets"
        case misplacedOPT =
            "OPT twice, outside the additional section or below the root: libldns takes the last"
        // libldns refuses, we accept.
        case pointerToHeader = "a pointer to offset 0: libldns refuses it, as a value"
        case opaqueData = "data of types that we keep as octets (RFC 3597): libldns looks into them"
    }

    struct Tally {
        var agreements = 0
        var refusals = 0
        var divergences: [Divergence: Int] = [:]
    }

    /// Compares both readings of one message; gives what differs beyond the list.
    static func compare(_ octets: [UInt8], _ tally: inout Tally) -> String? {
        let theirs = LibLDNSOracle.decode(octets)
        let ours: Message
        do throws(MessageDecodingError) {
            ours = try Message(decoding: octets)
        } catch {
            guard theirs != nil else {
                tally.refusals += 1
                return nil
            }
            guard let divergence = divergence(of: error) else {
                return "we refuse (\(error.kind) at \(error.offset)), libldns accepts"
            }
            tally.divergences[divergence, default: 0] += 1
            return nil
        }
        guard let theirs else {
            guard let divergence = divergence(of: ours, octets) else {
                return "we accept, libldns refuses"
            }
            tally.divergences[divergence, default: 0] += 1
            return nil
        }
        tally.agreements += 1
        for compress in [true, false] {
            guard let again = try? ours.encoded(compress: compress) else {
                return "cannot be encoded again"
            }
            guard let reread = LibLDNSOracle.decode(again) else {
                return "libldns refuses what we encode"
            }
            if let difference = difference(theirs, reread) { return difference }
        }
        return header(ours, theirs)
    }

    /// Why libldns may refuse what we accept.
    static func divergence(of ours: Message, _ octets: [UInt8]) -> Divergence? {
        var masked = ours
        for section in [\Message.answers, \.authorities, \.additionals] {
            for index in masked[keyPath: section].indices {
                if case .unknown(_, let data) = masked[keyPath: section][index].data {
                    let type = RecordType(rawValue: 65_280)
                    masked[keyPath: section][index].data = .unknown(type, data)
                }
            }
        }
        guard let plain = try? ours.encoded(compress: false),
            let opaque = try? masked.encoded(compress: false)
        else { return nil }
        if LibLDNSOracle.decode(plain) != nil {
            // Only the compression was in the way.
            let pairs = zip(octets, octets.dropFirst())
            return pairs.contains { $0 == 0xc0 && $1 == 0 } ? .pointerToHeader : nil
        }
        return LibLDNSOracle.decode(opaque) != nil ? .opaqueData : nil
    }

    static func divergence(of error: MessageDecodingError) -> Divergence? {
        switch error.kind {
        case .trailingOctets: .trailingOctets
        case .forwardPointer, .tooManyPointers: .forwardPointer
        case .malformedRecordData: .malformedRecordData
        case .malformedOption: .malformedOption
        case .misplacedOPT: .misplacedOPT
        case .truncated, .unsupportedLabelType, .nameTooLong: nil
        }
    }

    /// What libldns prints of the original and of what we decoded and encoded again.
    static func difference(_ one: LibLDNSOracle, _ two: LibLDNSOracle) -> String? {
        let known: Set<UInt16> = [1, 28, 2, 5, 12, 6, 15, 16, 33]
        for (left, right) in zip(one.sections, two.sections) {
            guard left.count == right.count else {
                return "\(left.count) records, then \(right.count)"
            }
            for (a, b) in zip(left, right) {
                let isSame = known.contains(a.type) ? a == b : a.head == b.head
                guard isSame else { return "\(a.text) | \(b.text)" }
            }
        }
        var first = one
        var second = two
        first.sections = []
        second.sections = []
        return first == second ? nil : "\(first) | \(second)"
    }

    static func header(_ ours: Message, _ theirs: LibLDNSOracle) -> String? {
        let header = ours.header
        let flags = [
            header.isResponse, header.isAuthoritative, header.isTruncated, header.recursionDesired,
            header.recursionAvailable, header.authenticatedData, header.checkingDisabled,
        ]
        guard header.id == theirs.id, flags == theirs.flags,
            UInt32(header.opcode.rawValue) == theirs.opcode,
            UInt32(header.responseCode.rawValue) == theirs.responseCode
        else { return "header: \(header) | \(theirs)" }
        guard let edns = ours.edns else { return nil }
        guard edns.udpPayloadSize == theirs.payloadSize, edns.dnssecOK == theirs.dnssecOK,
            edns.version == theirs.version, edns.extendedRCode == theirs.extendedCode
        else { return "EDNS: \(edns) | \(theirs)" }
        return nil
    }

    static func hexadecimal(_ octets: [UInt8]) -> String {
        octets.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    @Test(
        "right messages: both accept, and what we decode and encode prints alike",
        arguments: 1...4 as ClosedRange<UInt64>
    )
    func right(seed: UInt64) throws {
        var generator = MessageGenerator(seed: seed)
        var tally = Tally()
        for round in 0..<1500 {
            let octets = try generator.valid()
            let difference = Self.compare(octets, &tally)
            try #require(
                difference == nil,
                "seed \(seed) round \(round): \(Self.hexadecimal(octets))"
            )
        }
        #expect(tally.agreements == 1500)
    }

    @Test(
        "damaged messages: what one accepts the other accepts, or the list says why",
        arguments: 11...14 as ClosedRange<UInt64>
    )
    func damaged(seed: UInt64) throws {
        var generator = MessageGenerator(seed: seed)
        var tally = Tally()
        for round in 0..<4000 {
            let octets = try generator.mutated()
            let difference = Self.compare(octets, &tally)
            try #require(
                difference == nil,
                "seed \(seed) round \(round): \(Self.hexadecimal(octets))"
            )
        }
        // The generator must reach both verdicts, or the test says nothing.
        #expect(tally.agreements > 200 && tally.refusals > 200)
        #expect(tally.divergences.values.reduce(0, +) > 0)
    }

    /// One message for each entry of the list: header counts, then the octets behind the header.
    static let vectors: [(Divergence, [UInt8], [UInt8])] = [
        (.trailingOctets, [0, 0, 0, 0, 0, 0, 0, 0], [0]),
        (.forwardPointer, [0, 1, 0, 0, 0, 0, 0, 0], [0xc0, 14, 0, 1, 0, 1]),
        (
            .malformedRecordData, [0, 0, 0, 1, 0, 0, 0, 0],
            [0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 5, 192, 0, 2, 1, 9]
        ),
        (
            .malformedOption, [0, 0, 0, 0, 0, 0, 0, 1],
            [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 3, 0, 10, 0]
        ),
        (.misplacedOPT, [0, 0, 0, 1, 0, 0, 0, 0], [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0]),
        (.pointerToHeader, [0, 1, 0, 0, 0, 0, 0, 0], [0xc0, 0, 0, 1, 0, 1]),
        (.opaqueData, [0, 0, 0, 1, 0, 0, 0, 0], [0, 0, 35, 0, 1, 0, 0, 0, 0, 0, 1, 7]),
    ]

    @Test("each divergence of the list exists", arguments: vectors)
    func listed(divergence: Divergence, counts: [UInt8], body: [UInt8]) {
        var tally = Tally()
        #expect(Self.compare([0, 0, 0x80, 0] + counts + body, &tally) == nil)
        #expect(tally.divergences == [divergence: 1])
    }

    @Test("the list has a message for each entry")
    func complete() {
        #expect(Set(Self.vectors.map(\.0)) == Set(Divergence.allCases))
    }
}
