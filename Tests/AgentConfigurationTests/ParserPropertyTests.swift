// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

@testable import AgentConfiguration

@Suite("Parsers, for any input")
struct ParserPropertyTests {
    private static let pieces = [
        "a", "service", "{", "}", "[", "]", "=", ",", "\"", "\\", "${", "<<EOF\n", "EOF\n", "\n",
        "1",
        "0x", ".", "e", "-", "true", "#", "//", "/*", "*/", ":", "null", "\\u12", "ä", " ", "\0",
    ]

    @Test("random octets and random pieces never crash", arguments: 0..<40)
    func neverCrash(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        for _ in 0..<60 {
            var octets: [UInt8] = []
            if Bool.random(using: &generator) {
                octets = (0..<Int.random(in: 0..<60, using: &generator)).map { _ in
                    UInt8.random(in: 0...255, using: &generator)
                }
            } else {
                for _ in 0..<Int.random(in: 0..<30, using: &generator) {
                    octets += Array(
                        Self.pieces[Int.random(in: 0..<Self.pieces.count, using: &generator)].utf8
                    )
                }
            }
            for format in ConfigurationFormat.allCases {
                let source = ConfigurationSource(name: "t", format: format, octets: octets)
                _ = try? ConfigurationBuilder.build(
                    sources: [source],
                    host: HostFacts(hostName: "n")
                )
            }
        }
    }

    @Test("parse(print(x)) = x", arguments: 0..<40)
    func roundTrip(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        for _ in 0..<50 {
            let value = object(depth: 3, &generator)
            let fromHCL = try HCLParser.parse(
                Array(String(value.hcl.dropFirst().dropLast()).utf8),
                file: "t"
            )
            #expect(fromHCL == value, "\(value.hcl)")
            let fromJSON = try JSONParser.parse(Array(value.json.utf8), file: "t")
            #expect(fromJSON == value, "\(value.json)")
        }
    }

    private func object(
        depth: Int,
        _ generator: inout SplitMix64
    ) -> ConfigurationValue {
        let place = SourcePosition(file: "t")
        var members: [ConfigurationValue.Member] = []
        for index in 0..<Int.random(in: 0..<5, using: &generator) {
            members.append(
                ConfigurationValue.Member(
                    key: text(&generator) + "\(index)",
                    keyPosition: place,
                    value: value(depth: depth - 1, &generator)
                )
            )
        }
        return ConfigurationValue(.object(members), at: place)
    }

    private func value(depth: Int, _ generator: inout SplitMix64) -> ConfigurationValue {
        let place = SourcePosition(file: "t")
        switch Int.random(in: 0..<(depth > 0 ? 6 : 4), using: &generator) {
        case 0: return ConfigurationValue(.bool(Bool.random(using: &generator)), at: place)
        case 1:
            return ConfigurationValue(
                .integer(Int(truncatingIfNeeded: generator.next())),
                at: place
            )
        case 2:
            let number = Double(bitPattern: generator.next())
            return ConfigurationValue(.number(number.isFinite ? number : 0.5), at: place)
        case 3: return ConfigurationValue(.string(text(&generator)), at: place)
        case 4: return object(depth: depth, &generator)
        default:
            let elements = (0..<Int.random(in: 0..<4, using: &generator)).map { _ in
                value(depth: depth - 1, &generator)
            }
            return ConfigurationValue(.list(elements), at: place)
        }
    }

    private func text(_ generator: inout SplitMix64) -> String {
        let scalars: [Unicode.Scalar] = [
            "a", "b", "$", "{", "}", "\"", "\\", "\n", "\r", "\t", "\u{1}", "ä", "😀", " ", "\u{7f}",
            "\u{e123}", "<", "#",
        ]
        var text = ""
        for _ in 0..<Int.random(in: 0..<8, using: &generator) {
            text.unicodeScalars.append(
                scalars[Int.random(in: 0..<scalars.count, using: &generator)]
            )
        }
        return text
    }
}
