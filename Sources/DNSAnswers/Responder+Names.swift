// SPDX-License-Identifier: Apache-2.0
import CSockets
import Publication

// The grammar of names in the domain (spec/dns.md 1.4), as far as it is answered here.
extension Responder {
    /// Labels that make a form: length octet and text in one folded word.
    private enum Keyword {
        static let service: UInt64 = 0x6563_6976_7265_7307
        static let connect: UInt64 = 0x7463_656e_6e6f_6307
        static let virtual: UInt64 = 0x6c61_7574_7269_7607
        static let ingress: UInt64 = 0x7373_6572_676e_6907
        static let query: UInt64 = 0x7972_6575_7105
        static let node: UInt64 = 0x65_646f_6e04
        static let addr: UInt64 = 0x72_6464_6104
        static let ns: UInt64 = 0x73_6e02
        /// The first eight octets.
        static let hostmaster: UInt64 = 0x7361_6d74_736f_680a
        static let fiveOctets: UInt64 = 0xff_ffff_ffff
        static let sixOctets: UInt64 = 0xffff_ffff_ffff
    }

    /// Reads the labels left of the domain and notes key and hash.
    @inline(__always)
    mutating func routeName(
        _ message: MessageOctets,
        left: Int,
        wireType: UInt16,
        slot: Int,
        _ route: Route
    ) -> RouteKind {
        let labels = scratch.labels
        var index = left
        // From right to left: the first keyword counts.
        while index > 0 {
            index &-= 1
            let start = labels[index]
            let spelled = message.word64(start)
            // Most questions are in lower case.
            let word = spelled == Keyword.service ? spelled : FoldedWord.fold(spelled)
            if word == Keyword.service {
                return routeService(
                    message,
                    parts: index,
                    keyword: index &+ 1,
                    left: left,
                    slot: slot,
                    route
                )
            }
            if word & Keyword.fiveOctets == Keyword.node {
                return routeNode(
                    message,
                    parts: index,
                    keyword: index &+ 1,
                    left: left,
                    slot: slot,
                    route
                )
            }
            if word & Keyword.fiveOctets == Keyword.addr
                || word & Keyword.sixOctets == Keyword.query || word == Keyword.connect
                || word == Keyword.ingress || word == Keyword.virtual
            {
                return .slow
            }
            // RFC 2782 names may leave `service` out, for QTYPE SRV only.
            if wireType == WireType.srv, message.octet(start &+ 1) == UInt8(ascii: "_") {
                return routeService(
                    message,
                    parts: index &+ 1,
                    keyword: index &+ 1,
                    left: left,
                    slot: slot,
                    route
                )
            }
        }
        return routeNothing(message, left: left, route)
    }

    /// A name without keyword: it does not exist.
    private mutating func routeNothing(
        _ message: MessageOctets,
        left: Int,
        _ route: Route
    ) -> RouteKind {
        // Strictly some of these names exist.
        if configuration.flags.contains(.isStrict) { return .slow }
        if left > 0 {
            // The names in the SOA would be compressed against this one.
            let word = FoldedWord.fold(message.word64(scratch.labels[left &- 1]))
            if word & 0xff_ffff == Keyword.ns || word == Keyword.hostmaster { return .slow }
        }
        route.hash = 0
        return .fast
    }

    /// `[tag.]s.service[.dc]` and `_s._tag[.service][.dc]`.
    @inline(__always)
    private mutating func routeService(
        _ message: MessageOctets,
        parts: Int,
        keyword end: Int,
        left: Int,
        slot: Int,
        _ route: Route
    ) -> RouteKind {
        let labels = scratch.labels
        guard isHere(message, keyword: end, left: left, route) else { return .slow }
        if parts == 0 { return routeNothing(message, left: 0, route) }
        route.kind = .service
        let first = labels[0]
        if parts == 1 {
            note(message, label: first, kind: ServiceEntry.kind, slot: slot, route)
            return .fast
        }
        let last = labels[parts &- 1]
        if parts == 2, message.octet(first &+ 1) == UInt8(ascii: "_"),
            message.octet(last &+ 1) == UInt8(ascii: "_")
        {
            return routeProto(message, first: first, last: last, slot: slot, route)
        }
        // RFC 2782 with a tag besides: `_s._proto.tag.service`.
        if message.octet(first &+ 1) == UInt8(ascii: "_") { return .slow }
        // All labels before the service are one tag.
        route.flags.insert(.hasTag)
        route.tagStart = first
        route.tagLength = last &- first
        note(message, label: last, kind: ServiceEntry.kind, slot: slot, route)
        return .fast
    }

    /// RFC 2782: `tcp` asks for no tag; any other proto, `udp` too, is one.
    private mutating func routeProto(
        _ message: MessageOctets,
        first: Int,
        last: Int,
        slot: Int,
        _ route: Route
    ) -> RouteKind {
        let serviceLength = message.octet(first)
        let protoLength = message.octet(last)
        if serviceLength == 1 { return .slow }
        let tcp: UInt64 = 0x70_6374_5f04
        if protoLength > 1, FoldedWord.fold(message.word64(last)) & Keyword.fiveOctets != tcp {
            route.flags.formUnion([.hasTag, .tagIsProto])
            route.tagStart = last &+ 1
            route.tagLength = Int(protoLength)
        }
        note(
            message,
            label: first &+ 1,
            length: Int(serviceLength) &- 1,
            kind: ServiceEntry.kind,
            slot: slot,
            route
        )
        return .fast
    }

    /// `n.node[.dc]`.
    ///
    /// Names with dots and other datacenters are for the reference line.
    private mutating func routeNode(
        _ message: MessageOctets,
        parts: Int,
        keyword end: Int,
        left: Int,
        slot: Int,
        _ route: Route
    ) -> RouteKind {
        guard parts <= 1, isHere(message, keyword: end, left: left, route) else {
            return .slow
        }
        if parts == 0 { return routeNothing(message, left: 0, route) }
        route.kind = .node
        note(message, label: scratch.labels[0], kind: NodeEntry.kind, slot: slot, route)
        return .fast
    }

    /// Whether the labels from the keyword's end to the domain are none or the own datacenter.
    @inline(__always)
    private mutating func isHere(
        _ message: MessageOctets,
        keyword end: Int,
        left: Int,
        _ route: Route
    ) -> Bool {
        if end == left { return true }
        guard end &+ 1 == left,
            Self.isLabel(message, configuration.datacenter, at: scratch.labels[end])
        else { return false }
        route.flags.insert(.namesDatacenter)
        return true
    }

    @inline(__always)
    private static func isLabel(
        _ message: MessageOctets,
        _ label: EntryKey,
        at start: Int
    ) -> Bool {
        var offset = 0
        while offset < label.length {
            let word = FoldedWord.fold(message.word64(start &+ offset))
            let count = min(8, label.length &- offset)
            if FoldedWord.prefix(word, count: count) != label.word(offset) { return false }
            offset &+= 8
        }
        return true
    }

    /// Notes the key that a label makes, and its hash; asks the cache for the slot.
    @inline(__always)
    private mutating func note(
        _ message: MessageOctets,
        label: Int,
        kind: UInt8,
        slot: Int,
        _ route: Route
    ) {
        note(
            message,
            label: label,
            length: Int(message.octet(label)),
            kind: kind,
            slot: slot,
            route
        )
    }

    /// The same where the label's text has another length than its length octet says: it begins
    /// with an underscore that is none of its own, and `label` is where that stands.
    @inline(__always)
    private mutating func note(
        _ message: MessageOctets,
        label: Int,
        length: Int,
        kind: UInt8,
        slot: Int,
        _ route: Route
    ) {
        let words = scratch.key(slot)
        let keyLength = length &+ 1
        // The length octet is put in place of the underscore.
        var word =
            FoldedWord.fold(message.word64(label)) & ~0xff
            | UInt64(truncatingIfNeeded: length)
        var hash = EntryKey.startHash(kind: kind, seed: seed)
        var offset = 0
        while keyLength &- offset > 8 {
            words.store(word, at: offset)
            hash = EntryKey.hash(hash, adding: word)
            offset &+= 8
            word = FoldedWord.fold(message.word64(label &+ offset))
        }
        word = FoldedWord.prefix(word, count: keyLength &- offset)
        words.store(word, at: offset)
        hash = EntryKey.finishHash(EntryKey.hash(hash, adding: word), length: keyLength)
        route.hash = hash
        route.keyLength = keyLength
        unsafe csockets_prefetch(table.slotAddress(hash: hash))
    }
}
