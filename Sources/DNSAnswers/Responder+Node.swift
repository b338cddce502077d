// SPDX-License-Identifier: Apache-2.0
import Publication

// `n.node` (spec/dns.md 1.7, 2.2). Health does not matter.
extension Responder {
    @inline(never)
    mutating func answerNode(
        _ message: MessageOctets,
        _ route: Route,
        key: ScratchWords,
        _ room: ReplyRoom
    ) -> Int {
        let type = route.wireType
        // Consul: for every other type not even the existence of the node is looked at.
        guard
            type == WireType.a || type == WireType.aaaa || type == WireType.any
                || type == WireType.txt
        else {
            // Strictly the node has to exist.
            return configuration.flags.contains(.isStrict)
                ? 0 : answerNegative(message, route, .noError, room)
        }
        let found = table.find(
            kind: NodeEntry.kind,
            key: key.key(length: route.keyLength),
            hash: route.hash
        )
        guard let found else {
            // What could be the beginning of a node ID is looked up by the reference line.
            return Self.isBeginningOfID(message)
                ? 0 : answerNegative(message, route, .nameError, room)
        }
        let node = NodeEntry(found)
        if node.flags.contains(.isSlow) { return 0 }
        return append(node, message, route, room)
    }

    /// Whether the first label could be the beginning of a UUID: two or more hexadecimal digits
    /// and hyphens (spec/dns.md 1.6).
    private static func isBeginningOfID(_ message: MessageOctets) -> Bool {
        let length = Int(message.octet(12))
        guard length >= 2 else { return false }
        for offset in 13...(12 &+ length) {
            switch message.octet(offset) | 0x20 {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
                UInt8(ascii: "-"):
                continue
            default:
                return false
            }
        }
        return true
    }

    private mutating func append(
        _ node: NodeEntry,
        _ message: MessageOctets,
        _ route: Route,
        _ room: ReplyRoom
    ) -> Int {
        let type = route.wireType
        let budget = ReplyBudget(route, configuration, room)
        let isAsked = type == WireType.txt || type == WireType.any
        let hasTexts = isAsked || configuration.flags.contains(.addsTexts)
        let texts = hasTexts ? node.textCount : 0
        let isV6 =
            type == WireType.aaaa
            || type == WireType.any && node.flags.contains(.anyIsV6)
        let hasAddress =
            type != WireType.txt
            && node.flags.contains(isV6 ? .hasV6 : .hasV4)
        let answers = (hasAddress ? 1 : 0) &+ (isAsked ? texts : 0)
        var end = route.nameEnd &+ 4
        let addressSize = isV6 ? AddressRecord.sizeV6 : AddressRecord.sizeV4
        let length =
            end &+ (hasAddress ? addressSize : 0)
            &+ (texts > 0 ? node.textSize &+ 10 &* texts : 0)
        let opt = route.flags.contains(.hasEDNS) ? ReplyHead.optSize : 0
        let soa = answers == 0 ? NegativeSOA.size : 0
        // What has to be cut is for the reference line.
        guard answers <= budget.plainLimit, length &+ soa &+ opt <= budget.limit,
            length &+ soa &+ opt <= budget.capacity
        else { return 0 }
        var head = ReplyHead(code: .noError)
        if answers == 0 {
            // Strictly there are no metadata beside nothing.
            if configuration.flags.contains(.isStrict) { return 0 }
            // RFC 2308 §2.2.
            head.authorities = 1
            end = appendNegativeSOA(message, route, at: end)
        }
        head.answers = answers
        head.additionals = isAsked ? 0 : texts
        if hasAddress {
            append(node, isV6: isV6, to: message, at: end)
            end &+= addressSize
        }
        if texts > 0 { end = appendTexts(of: node, to: message, at: end) }
        return finish(message, route, &head, end: end)
    }

    private mutating func append(
        _ node: NodeEntry,
        isV6: Bool,
        to message: MessageOctets,
        at end: Int
    ) {
        if isV6 {
            let words = AddressRecord.wordsV6(ttl: node.wireTTL)
            message.store(words.first, at: end)
            message.store(words.second, at: end &+ 8)
            message.store(node.wireV6, at: end &+ 12)
        } else {
            let words = AddressRecord.wordsV4(ttl: node.wireTTL)
            message.store(words.first, at: end)
            message.store(words.second | UInt64(node.wireV4) &<< 32, at: end &+ 8)
        }
    }

    /// The metadata under the question name.
    private mutating func appendTexts(
        of node: NodeEntry,
        to message: MessageOctets,
        at start: Int
    ) -> Int {
        var end = start
        let ttl = UInt64(node.wireTTL)
        node.forEachText { text in
            // `C00C 0010 0001 tttt`, `tttt`; then RDLENGTH and RDATA.
            message.store(0x0000_0100_1000_0cc0 | (ttl & 0xffff) &<< 48, at: end)
            message.store(UInt16(truncatingIfNeeded: ttl &>> 16), at: end &+ 8)
            message.copy(text, to: end &+ 10)
            end &+= 10 &+ text.count
        }
        return end
    }
}
