// SPDX-License-Identifier: Apache-2.0
import Publication

/// The label of an address in `<hex>.addr`: 8 or 32 lower-case digits (spec/dns.md 2.4).
enum HexLabel {
    /// Writes length octet and digits; returns how many octets that are.
    @inline(__always)
    static func append(
        _ record: InstanceRecord,
        to message: MessageOctets,
        at offset: Int
    ) -> Int {
        if record.flags.contains(.anyIsV6) { return appendV6(record, message, offset) }
        message.store(8 as UInt8, at: offset)
        message.store(digits(record.wireV4), at: offset &+ 1)
        return 9
    }

    @inline(never)
    private static func appendV6(
        _ record: InstanceRecord,
        _ message: MessageOctets,
        _ offset: Int
    ) -> Int {
        message.store(32 as UInt8, at: offset)
        // The address is put where its digits go and read back by words.
        message.store(record.wireV6, at: offset &+ 1)
        let words = (
            message.word32(offset &+ 1), message.word32(offset &+ 5),
            message.word32(offset &+ 9), message.word32(offset &+ 13)
        )
        message.store(digits(words.0), at: offset &+ 1)
        message.store(digits(words.1), at: offset &+ 9)
        message.store(digits(words.2), at: offset &+ 17)
        message.store(digits(words.3), at: offset &+ 25)
        return 33
    }

    /// The eight digits of four octets, in twelve word operations.
    @inline(__always)
    static func digits(_ octets: UInt32) -> UInt64 {
        // Spread the octets to every second place, then their halves to places of their own.
        var word = UInt64(octets)
        word = (word | word &<< 16) & 0x0000_ffff_0000_ffff
        word = (word | word &<< 8) & 0x00ff_00ff_00ff_00ff
        word = (word &>> 4) & 0x000f_000f_000f_000f | (word & 0x000f_000f_000f_000f) &<< 8
        // Ten and more carry into bit 4: those are letters.
        let letters = ((word &+ 0x0606_0606_0606_0606) &>> 4) & 0x0101_0101_0101_0101
        return word &+ 0x3030_3030_3030_3030 &+ letters &* 0x27
    }
}

extension InstanceRecord {
    /// The octets of the hexadecimal label and `\4addr` before the datacenter.
    var addressLabelSize: Int { (flags.contains(.anyIsV6) ? 33 : 9) &+ 5 }
}

/// Where the parts of node names stand in a reply that it can point at.
///
/// The reply's names are compressed as if by a general writer: each against the longest tail that
/// stands earlier.
struct NodeNamePlaces {
    /// Where `\4node\3dc1` and the domain stand; 0 for nowhere.
    private var suffix = 0

    /// Looks for a target that is a node's name.
    mutating func find(_ chosen: ChosenInstances, count: Int) {
        for index in 0..<count where !chosen[index].record.flags.contains(.targetIsAddress) {
            suffix = chosen[index].target &+ chosen[index].node.labelLength
            return
        }
    }

    /// Writes the name of a node that stands nowhere yet; returns the end.
    ///
    /// `firstTarget` is where the first SRV target stands, `firstSize` the octets before its
    /// datacenter.
    mutating func append(
        _ message: MessageOctets,
        _ route: Route,
        _ node: NodeEntry,
        firstTarget: Int,
        firstSize: Int,
        at start: Int
    ) -> Int {
        let target = node.target
        message.copy(target, to: start)
        var end = start &+ node.labelLength
        var pointer = suffix
        if suffix == 0 {
            // `\4node` is new; the datacenter stands in the first target, if not in the question.
            suffix = end
            end &+= 5
            pointer = Self.datacenter(route, node) ?? firstTarget &+ firstSize
        }
        message.store(UInt16(truncatingIfNeeded: 0xc000 | pointer).byteSwapped, at: end)
        return end &+ 2
    }

    /// Where the datacenter stands in the question, if it does.
    private static func datacenter(_ route: Route, _ node: NodeEntry) -> Int? {
        guard route.flags.contains(.namesDatacenter) else { return nil }
        return route.domainStart &- (node.target.count &- node.labelLength &- 5)
    }
}
