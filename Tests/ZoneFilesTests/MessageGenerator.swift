// SPDX-License-Identifier: Apache-2.0

import DNSWire
import TestSupport

/// Makes messages: right ones of all types that DNSWire knows, and damaged ones.
struct MessageGenerator {
    var random: SplitMix64
    /// Names so far, to be used again so that there is something to compress.
    private var names: [DomainName] = [.root]

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    private mutating func pick(_ range: ClosedRange<Int>) -> Int {
        Int.random(in: range, using: &random)
    }

    /// A right message, encoded.
    mutating func valid() throws -> [UInt8] {
        names = [.root]
        var message = Message(
            header: Header(id: UInt16(pick(0...65_535)), flags: UInt16(pick(0...65_535)) & 0xfff0)
        )
        message.questions = try (0..<pick(0...2)).map { _ in
            Question(
                name: try name(),
                type: RecordType(rawValue: UInt16(pick(1...260))),
                class: .in
            )
        }
        message.answers = try (0..<pick(0...6)).map { _ in try record() }
        message.authorities = try (0..<pick(0...2)).map { _ in try record() }
        message.additionals = try (0..<pick(0...3)).map { _ in try record() }
        if pick(0...1) == 1 {
            message.edns = EDNS(
                udpPayloadSize: UInt16(pick(0...65_535)),
                extendedRCode: UInt8(pick(0...255)),
                version: UInt8(pick(0...1)),
                dnssecOK: pick(0...1) == 1,
                options: (0..<pick(0...2)).map { _ in
                    EDNSOption(code: UInt16(pick(9...65_001)), data: octets(0...12))
                }
            )
        }
        return try message.encoded(compress: pick(0...3) > 0)
    }

    /// A right message with one to four faults put in.
    mutating func mutated() throws -> [UInt8] {
        var octets = try valid()
        for _ in 0..<pick(1...4) {
            guard octets.count > 2 else { return octets }
            let place = pick(0...(octets.count - 1))
            switch pick(0...8) {
            case 0: octets[place] ^= 1 << UInt8(pick(0...7))
            case 1: octets[place] = UInt8(pick(0...255))
            case 2: octets.removeLast(pick(1...min(20, octets.count - 1)))
            case 3: octets.append(contentsOf: self.octets(1...8))
            case 4: octets.insert(UInt8(pick(0...255)), at: place)
            case 5: octets.remove(at: place)
            case 6: octets[min(place, 11)] = UInt8(pick(0...3))  // counts and flags
            case 7:  // a pointer, backwards or not
                octets[place] = 0xc0 | UInt8(pick(0...1))
                if place + 1 < octets.count { octets[place + 1] = UInt8(pick(0...255)) }
            default: octets[place] = [0, 1, 63, 64, 0xc0, 0xff, 41, 250][pick(0...7)]
            }
        }
        return octets
    }

    private mutating func octets(_ count: ClosedRange<Int>) -> [UInt8] {
        (0..<pick(count)).map { _ in UInt8(pick(0...255)) }
    }

    private mutating func name() throws -> DomainName {
        let base = names[pick(0...(names.count - 1))]
        if pick(0...3) == 0 { return base }
        var name = base
        for _ in 0..<pick(1...3) {
            let length = pick(0...20) == 0 ? pick(1...63) : pick(1...4)
            let label = (0..<length).map { _ in
                pick(0...30) == 0
                    ? UInt8(pick(0...255))
                    : UInt8(ascii: "a") + UInt8(pick(0...2)) - UInt8(pick(0...8) == 0 ? 32 : 0)
            }
            name = (try? name.prepending(label: label)) ?? name
        }
        names.append(name)
        return name
    }

    private mutating func record() throws -> ResourceRecord {
        ResourceRecord(
            name: try name(),
            class: pick(0...20) == 0 ? .ch : .in,
            ttl: UInt32(truncatingIfNeeded: random.next()),
            data: try data()
        )
    }

    private mutating func data() throws -> RecordData {
        switch pick(0...11) {
        case 0: .a(IPv4Address(bits: UInt32(truncatingIfNeeded: random.next())))
        case 1: .aaaa(IPv6Address(high: random.next(), low: random.next()))
        case 2: .ns(try name())
        case 3: .cname(try name())
        case 4: .ptr(try name())
        case 5:
            .soa(
                StartOfAuthority(
                    primary: try name(),
                    mailbox: try name(),
                    serial: UInt32(pick(0...1000)),
                    refresh: 1,
                    retry: 2,
                    expire: 3,
                    minimum: UInt32(pick(0...0xffff_ffff))
                )
            )
        case 6: .mx(preference: UInt16(pick(0...65_535)), exchange: try name())
        case 7:
            .txt(
                (0..<pick(1...4)).map { _ in octets(0...40) }
                    + (pick(0...9) == 0 ? [octets(255...255)] : [])
            )
        case 8, 9:
            .srv(
                ServiceLocation(
                    priority: UInt16(pick(0...65_535)),
                    weight: UInt16(pick(0...65_535)),
                    port: UInt16(pick(0...65_535)),
                    target: try name()
                )
            )
        case 10: .unknown(RecordType(rawValue: UInt16(pick(65_280...65_534))), octets(0...30))
        default: .unknown(.caa, [0, 5] + Array("issue".utf8) + octets(0...20))
        }
    }
}
