// SPDX-License-Identifier: Apache-2.0
import MessagePack
import Testing

/// The octets of a text of hexadecimal digits.
func octets(_ hex: String) -> [UInt8] {
    let digits = hex.compactMap(\.hexDigitValue).map { UInt8($0) }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

@Suite("MessagePack")
struct MessagePackTests {
    @Test(
        "integers take their shortest form and come back",
        arguments: [
            (0, "00"), (127, "7f"), (128, "cc 80"), (255, "cc ff"), (256, "cd 0100"),
            (65535, "cd ffff"), (65536, "ce 00010000"), (0xffff_ffff, "ce ffffffff"),
            (0x1_0000_0000, "cf 0000000100000000"), (.max, "cf 7fffffffffffffff"),
            (-1, "ff"), (-32, "e0"), (-33, "d0 df"), (-128, "d0 80"), (-129, "d1 ff7f"),
            (-32768, "d1 8000"), (-32769, "d2 ffff7fff"), (-2_147_483_648, "d2 80000000"),
            (-2_147_483_649, "d3 ffffffff7fffffff"), (.min, "d3 8000000000000000"),
        ] as [(Int, String)]
    )
    func integers(value: Int, hex: String) throws {
        var writer = MessagePackWriter()
        writer.write(value)
        #expect(writer.octets == octets(hex))
        var reader = MessagePackReader(writer.octets)
        #expect(try reader.readInteger(Int.self) == value)
        try reader.finish()
    }

    @Test("an integer is read in whatever width it was written, if it fits")
    func widths() throws {
        for hex in ["05", "cc05", "cd0005", "ce00000005", "cf0000000000000005", "d005", "d10005"] {
            var reader = MessagePackReader(octets(hex))
            #expect(try reader.readInteger(UInt8.self) == 5)
        }
        for hex in ["cd0100", "ff", "cf8000000000000000"] {
            var reader = MessagePackReader(octets(hex))
            #expect(throws: MessagePackError(.outOfRange, at: 0)) {
                try reader.readInteger(UInt8.self)
            }
        }
    }

    @Test(
        "lengths take their shortest form, in both dialects",
        arguments: [
            (0, "a0", "a0", "c400"), (31, "bf", "bf", "c41f"), (32, "d920", "da0020", "c420"),
            (255, "d9ff", "da00ff", "c4ff"), (256, "da0100", "da0100", "c50100"),
            (65535, "daffff", "daffff", "c5ffff"),
            (65536, "db00010000", "db00010000", "c600010000"),
        ]
    )
    func lengths(count: Int, text: String, rawText: String, bin: String) throws {
        let value = String(repeating: "x", count: count)
        for (dialect, head) in [(MessagePackWriter.Dialect.current, text), (.raw, rawText)] {
            var writer = MessagePackWriter(dialect: dialect)
            writer.write(value)
            #expect(writer.octets == octets(head) + Array(value.utf8))
            var reader = MessagePackReader(writer.octets)
            #expect(try reader.readString() == value)
            #expect(reader.isAtEnd)
        }
        var writer = MessagePackWriter()
        writer.write(Array(value.utf8))
        #expect(writer.octets == octets(bin) + Array(value.utf8))
        writer = MessagePackWriter(dialect: .raw)
        writer.write(Array(value.utf8))
        #expect(writer.octets == octets(rawText) + Array(value.utf8))
        var reader = MessagePackReader(writer.octets)
        #expect(try reader.readOctets() == Array(value.utf8))
    }

    @Test(
        "counts of arrays and maps take their shortest form",
        arguments: [
            (0, "90", "80"), (15, "9f", "8f"), (16, "dc0010", "de0010"),
            (65535, "dcffff", "deffff"), (65536, "dd00010000", "df00010000"),
        ]
    )
    func counts(count: Int, array: String, map: String) throws {
        var writer = MessagePackWriter()
        writer.beginArray(count)
        #expect(writer.octets == octets(array))
        for _ in 0..<count { writer.writeNil() }
        var reader = MessagePackReader(writer.octets)
        #expect(try reader.readArrayCount() == count)
        writer = MessagePackWriter()
        writer.beginMap(count)
        #expect(writer.octets == octets(map))
        for _ in 0..<(count * 2) { writer.writeNil() }
        reader = MessagePackReader(writer.octets)
        #expect(try reader.readMapCount() == count)
        writer = MessagePackWriter()
        writer.writeMap { writer in
            for _ in 0..<(count * 2) { writer.writeNil() }
            return count
        }
        #expect(writer.octets.starts(with: octets(map)))
        #expect(writer.octets.count == octets(map).count + count * 2)
    }

    @Test("numbers, truth and absence come back")
    func others() throws {
        var writer = MessagePackWriter()
        writer.write(1.5)
        writer.write(true)
        writer.write(false)
        writer.writeNil()
        #expect(writer.octets == octets("cb3ff8000000000000 c3 c2 c0"))
        var reader = MessagePackReader(writer.octets)
        #expect(try reader.readDouble() == 1.5)
        #expect(try reader.readBool())
        #expect(try !reader.readBool())
        #expect(reader.readNilIfPresent() && !reader.readNilIfPresent())
        var single = MessagePackReader(octets("ca3fc00000 05 cfffffffffffffffff"))
        #expect(try single.readDouble() == 1.5)
        #expect(try single.readDouble() == 5)
        #expect(try single.readDouble() == Double(UInt64.max))
    }

    @Test(
        "what does not fit is refused with its place",
        arguments: [
            ("", .truncated, 0), ("a2 41", .truncated, 1), ("cd 01", .truncated, 1),
            ("c4 05 00", .truncated, 2), ("81", .truncated, 0), ("dd ffffffff 00", .truncated, 0),
            ("df ffffffff 00", .truncated, 0), ("c1", .unexpected(0xc1), 0),
            ("91 c1", .unexpected(0xc1), 1), ("00 00", .trailing, 1),
        ] as [(String, MessagePackError.Kind, Int)]
    )
    func malformed(hex: String, kind: MessagePackError.Kind, offset: Int) {
        #expect(throws: MessagePackError(kind, at: offset)) {
            try MessagePackValue(decoding: octets(hex))
        }
    }

    @Test("a value of another kind is refused with its first octet")
    func kinds() {
        var reader = MessagePackReader(octets("c0"))
        #expect(throws: MessagePackError(.unexpected(0xc0), at: 0)) { try reader.readString() }
        reader = MessagePackReader(octets("a141"))
        #expect(throws: MessagePackError(.unexpected(0xa1), at: 0)) {
            try reader.readInteger(Int.self)
        }
        reader = MessagePackReader(octets("a141"))
        #expect(throws: MessagePackError(.unexpected(0xa1), at: 0)) { try reader.readMapCount() }
        reader = MessagePackReader(octets("a1ff"))
        #expect(throws: MessagePackError(.invalidText, at: 0)) { try reader.readString() }
    }

    @Test("nesting has a limit; skipping has none and needs no stack")
    func depth() throws {
        let deep = [UInt8](repeating: 0x91, count: 500_000) + [0xc0]
        #expect(throws: MessagePackError(.tooDeep, at: 32)) {
            try MessagePackValue(decoding: deep)
        }
        var reader = MessagePackReader(deep)
        try reader.skip()
        #expect(reader.isAtEnd)
        #expect(throws: MessagePackError.self) {
            var cut = MessagePackReader(deep.dropLast())
            try cut.skip()
        }
    }

    @Test("skip passes exactly one value of any kind")
    func skip() throws {
        let values = [
            "c0", "c3", "05", "ff", "cc80", "cd0100", "ce00010000", "cf0000000100000000", "d080",
            "d18000", "d280000000", "d38000000000000000", "ca3fc00000", "cb3ff8000000000000",
            "a141", "d90141", "da000141", "db0000000141", "c40141", "c5000141", "c6000000 0141",
            "92 0102", "dc0002 0102", "dd00000002 0102", "82 01020304", "de0002 01020304",
            "df00000002 01020304", "d40141", "d5014141", "d60141414141", "d7014141414141414141",
            "d80141414141414141414141414141414141", "c7010141", "c800010141", "c9000000010141",
        ]
        for value in values {
            var reader = MessagePackReader(octets(value) + [0x2a])
            try reader.skip()
            #expect(try reader.readInteger(Int.self) == 42, "\(value)")
            #expect(reader.isAtEnd)
        }
    }

    @Test("random values come back from their octets, and cut octets are refused")
    func random() throws {
        var generator = Xorshift(state: 4711)
        for _ in 0..<500 {
            let value = Self.value(&generator, depth: 3)
            var writer = MessagePackWriter()
            writer.write(value)
            #expect(try MessagePackValue(decoding: writer.octets) == value)
            var reader = MessagePackReader(writer.octets)
            try reader.skip()
            #expect(reader.isAtEnd)
            for count in 0..<min(writer.octets.count, 300) {
                let cut = Array(writer.octets.prefix(count))
                #expect(throws: MessagePackError.self) { try MessagePackValue(decoding: cut) }
            }
        }
    }

    @Test("random octets are read or refused, never more, and what is read comes back the same")
    func noise() {
        var generator = Xorshift(state: 815)
        for _ in 0..<50_000 {
            let count = Int.random(in: 0...40, using: &generator)
            let noise = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            var skipper = MessagePackReader(noise)
            let isSkipped = (try? skipper.skip()) != nil
            guard let value = try? MessagePackValue(decoding: noise) else { continue }
            #expect(isSkipped && skipper.isAtEnd)
            var writer = MessagePackWriter()
            writer.write(value)
            let again = try? MessagePackValue(decoding: writer.octets)
            #expect(again == value || "\(value)".contains("nan"))
        }
    }

    private static func value(_ generator: inout Xorshift, depth: Int) -> MessagePackValue {
        func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
        switch number(0...(depth == 0 ? 7 : 9)) {
        case 0: return .null
        case 1: return .bool(number(0...1) == 0)
        case 2: return .negative(Int64.random(in: Int64.min..<0, using: &generator))
        case 3: return .unsigned(UInt64.random(in: 0 ... .max, using: &generator))
        case 4: return .float(Double(number(-1000...1000)) / 8)
        case 5: return .text(String(repeating: "ä", count: number(0...40)))
        case 6: return .octets([UInt8](repeating: 0xff, count: number(0...300)))
        case 7: return .extended(type: Int8(number(-128...127)), [1, 2, 3])
        case 8:
            return .array((0..<number(0...4)).map { _ in value(&generator, depth: depth - 1) })
        default:
            return .map(
                (0..<number(0...4)).map { _ in
                    let key = value(&generator, depth: 0)
                    return MessagePackValue.Pair(key, value(&generator, depth: depth - 1))
                }
            )
        }
    }
}

/// A small random generator with a seed.
struct Xorshift: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state &* 0x2545_f491_4f6c_dd1d
    }
}
