// SPDX-License-Identifier: Apache-2.0
import DNSWire
import TestSupport
import Testing

@Suite("Malformed messages")
struct MalformedInputTests {
    let header = "0001 0000 0001 0000 0000 0000"

    @Test("are refused wherever they are cut", arguments: [true, false])
    func truncatedEverywhere(compress: Bool) throws {
        let whole = try everyKind().encoded(compress: compress)
        for length in 0..<whole.count {
            let error = decodingError(Array(whole[..<length]))
            #expect(error?.kind == .truncated, "cut to \(length) octets")
            #expect(error?.offset == length, "cut to \(length) octets")
        }
    }

    @Test("are refused with octets left over")
    func trailing() throws {
        let whole = try everyKind().encoded()
        #expect(
            decodingError(whole + [0]) == MessageDecodingError(.trailingOctets, at: whole.count)
        )
    }

    @Test(
        "are refused with a pointer that does not go back",
        arguments: [
            ("c00c 0001 0001", 12), ("c00d 0001 0001", 12), ("c0ff 0001 0001", 12),
            ("0161 c00c 0001 0001", 14), ("0161 c00e 0001 0001", 14), ("ffff 0001 0001", 12),
        ]
    )
    func pointerLoops(question: String, offset: Int) {
        #expect(
            decodingError(octets(header + question))
                == MessageDecodingError(.forwardPointer, at: offset)
        )
    }

    @Test("are refused with two names that point at each other")
    func mutualPointers() {
        // The first name ends in a pointer to the second, which points back into the first.
        let first = "0161 c012 0001 0001"
        let second = "0162 c00c 0001 0001"
        #expect(
            decodingError(octets("0001 0000 0002 0000 0000 0000" + first + second))?.kind
                == .forwardPointer
        )
    }

    @Test("are refused with an endless chain of pointers, and in bounded time")
    func pointerChain() {
        // 0 at offset 12, then pointers, each to the one before it; then questions that all
        // begin at the far end of the chain.
        var message = octets("0001 0000 ffff 0000 0000 0000") + [0, 0, 1, 0, 1]
        message += [0, 0, 0xff, 0, 1]
        var target = 12
        while message.count < 16_000 {
            let here = message.count
            message += [0xc0 | UInt8(target >> 8), UInt8(target & 0xff)]
            target = here
        }
        #expect(decodingError(message) != nil)
        let error = #expect(throws: MessageDecodingError.self) { try Self.readLastName(message) }
        #expect(error?.kind == .tooManyPointers)
    }

    private static func readLastName(_ message: [UInt8]) throws {
        var reader = MessageReader(message.span)
        _ = try reader.readOctets(message.count - 2)
        _ = try reader.readName()
    }

    @Test("are refused with the label types that nobody uses", arguments: ["40", "80", "7f", "bf"])
    func labelTypes(octet: String) {
        #expect(
            decodingError(octets(header + octet + "00 0001 0001"))
                == MessageDecodingError(.unsupportedLabelType, at: 12)
        )
    }

    @Test("are refused with a name over 255 octets, also by pointers")
    func longNames() {
        let label = "3f" + String(repeating: "61", count: 63)
        let plain = header + label + label + label + label + "00 0001 0001"
        #expect(decodingError(octets(plain))?.kind == .nameTooLong)
        let first = label + label + label + "00 0001 0001"
        let second = label + "c00c 0001 0001"
        let message = octets("0001 0000 0002 0000 0000 0000" + first + second)
        #expect(decodingError(message)?.kind == .nameTooLong)
    }

    @Test(
        "are refused when a count says more than there is",
        arguments: [4, 6, 8, 10]
    )
    func lyingCounts(offset: Int) throws {
        var message = try everyKind().encoded()
        message[offset] = 0xff
        #expect(decodingError(message) != nil)
    }

    @Test(
        "are refused when RDLENGTH and the data disagree",
        arguments: [
            "00 0001 0001 00000000 0003 0a0000", "00 0001 0001 00000000 0005 0a00000102",
            "00 001c 0001 00000000 0004 0a000001", "00 0002 0001 00000000 0002 0000",
            "00 0002 0001 00000000 0001 0161 00", "00 000f 0001 00000000 0002 0001",
            "00 0021 0001 00000000 0006 000100010050",
            "00 0021 0001 00000000 0008 000100010050 0000",
            "00 0010 0001 00000000 0002 0261 61", "00 0006 0001 00000000 0003 000000",
        ]
    )
    func lyingLengths(record: String) {
        let error = decodingError(octets("0001 0000 0000 0001 0000 0000" + record))
        #expect(error?.kind == .malformedRecordData || error?.kind == .truncated)
    }

    @Test("are refused with OPT twice, in the wrong section or with an owner (RFC 6891 §6.1.1)")
    func misplacedOPT() {
        let opt = "00 0029 04d0 00000000 0000"
        let owned = "0161 00 0029 04d0 00000000 0000"
        #expect(decodingError(octets("0001 0000 0000 0000 0000 0001" + opt)) == nil)
        for message in [
            "0001 0000 0000 0000 0000 0002" + opt + opt,
            "0001 0000 0000 0001 0000 0000" + opt,
            "0001 0000 0000 0000 0001 0000" + opt,
            "0001 0000 0000 0000 0000 0001" + owned,
        ] {
            #expect(decodingError(octets(message))?.kind == .misplacedOPT)
        }
    }

    @Test(
        "DNS-367 are refused with a malformed client subnet (RFC 7871 §7.1.1)",
        arguments: [
            "0008 0003 000118", "0008 0008 0001 2100 c0000201 ", "0008 0006 0001 1800 c000",
            "0008 0008 0001 1800 c0000200", "0008 0004 0003 0000", "0008 0004 0000 0100",
            "0008 0008 0001 2021 c0000201", "0008 0009 0001", "0008 00",
        ]
    )
    func clientSubnet(option: String) {
        let data = octets(option)
        let message =
            octets("0001 0000 0000 0000 0000 0001 00 0029 04d0 00000000")
            + [0, UInt8(data.count)] + data
        #expect(decodingError(message)?.kind == .malformedOption)
    }

    @Test("never trap, whatever the octets, and what is read can be written and read again")
    func noise() throws {
        var generator = SplitMix64(seed: 7)
        let seed = try everyKind().encoded()
        var accepted = 0
        for _ in 0..<20_000 {
            var octets = seed
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                octets[Int.random(in: 12..<octets.count, using: &generator)] =
                    UInt8.random(in: 0 ... .max, using: &generator)
            }
            guard let message = try? Message(decoding: octets) else { continue }
            accepted += 1
            let again = try message.encoded()
            #expect(try Message(decoding: again) == message)
        }
        #expect(accepted > 100)
    }
}
