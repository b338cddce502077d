// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Publication

// `[tag.]s.service`: which instances match, and what the type asks of them (spec/dns.md 2.2).
extension Responder {
    @inline(__always)
    mutating func answerService(
        _ message: MessageOctets,
        _ route: Route,
        key: ScratchWords,
        _ room: ReplyRoom
    ) -> Int {
        let found = table.find(
            kind: ServiceEntry.kind,
            key: key.key(length: route.keyLength),
            hash: route.hash
        )
        guard let found else {
            // Strictly `_tcp.service` exists: names end in it.
            let isProto = message.octet(13) == UInt8(ascii: "_")
            return isProto && configuration.flags.contains(.isStrict)
                ? 0 : answerNegative(message, route, .nameError, room)
        }
        let service = ServiceEntry(found)
        let flags = service.flags
        if flags.contains(.isSlow) { return 0 }
        var instances = MatchingInstances(of: service)
        if instances.count > permutation.capacity {
            wantedWidth = max(wantedWidth, instances.count)
            return 0
        }
        if route.flags.contains(.hasTag) {
            filter(&instances, service, message, route)
            // No instance has the tag: the name does not exist (spec/dns.md 1.7), unless it is
            // several tags.
            if instances.count == 0 {
                let isExplained =
                    flags.contains(.hidesInstances) && configuration.flags.contains(.explains)
                return isExplained || Self.joinsTags(message, route)
                    ? 0 : answerNegative(message, route, .nameError, room)
            }
        }
        switch route.wireType {
        case WireType.a:
            return answerV4(message, route, service, instances, room)
        case WireType.srv:
            return answerLocations(message, route, service, instances, room)
        case WireType.aaaa:
            return answerV6(message, route, service, instances, room)
        case WireType.any, WireType.txt:
            // Consul answers TXT like ANY.
            if route.wireType == WireType.txt, configuration.flags.contains(.isStrict) {
                return answerNegative(message, route, .noError, room)
            }
            // Under ANY an instance yields the one address that spec/dns.md 2.3 picks.
            if !flags.contains(.someAnyV6) {
                return answerV4(message, route, service, instances, room, isAny: true)
            }
            if !flags.contains(.someAnyV4) {
                return answerV6(message, route, service, instances, room, isAny: true)
            }
            return answerMixed(message, route, service, instances, room)
        default:
            return answerNegative(message, route, .noError, room)
        }
    }

    /// Whether the tag has a `+`.
    @inline(never)
    private static func joinsTags(_ message: MessageOctets, _ route: Route) -> Bool {
        for offset in route.tagStart..<(route.tagStart &+ route.tagLength)
        where message.octet(offset) == UInt8(ascii: "+") {
            return true
        }
        return false
    }

    /// Keeps the instances that have the tag of the question.
    @inline(never)
    private mutating func filter(
        _ instances: inout MatchingInstances,
        _ service: ServiceEntry,
        _ message: MessageOctets,
        _ route: Route
    ) {
        let tag = foldedTag(message, route)
        let mark = Block.mark(of: tag)
        let blocks = service.blocks
        let matches = self.matches
        var count = 0
        for number in 0..<service.blockCount {
            var mask = blocks[number].mask(of: tag, mark: mark)
            while mask != 0 {
                matches[count] = number &<< 6 &+ mask.trailingZeroBitCount
                count &+= 1
                mask &= mask &- 1
            }
        }
        instances.keep(matches, count: count)
    }

    /// The tag in folded words.
    @inline(__always)
    private mutating func foldedTag(_ message: MessageOctets, _ route: Route) -> EntryKey {
        let words = scratch.tag
        let start = route.tagStart
        let length = route.tagLength
        var word = FoldedWord.fold(message.word64(start))
        if route.flags.contains(.tagIsProto) {
            // The underscore gives way to the length of what follows it.
            word = word & ~0xff | UInt64(truncatingIfNeeded: length &- 1)
        }
        var offset = 0
        while length &- offset > 8 {
            words.store(word, at: offset)
            offset &+= 8
            word = FoldedWord.fold(message.word64(start &+ offset))
        }
        words.store(FoldedWord.prefix(word, count: length &- offset), at: offset)
        return words.key(length: length)
    }
}

/// The instances of a service that match a question, by ordinal: all of them, or those listed.
struct MatchingInstances {
    private let blocks: BlockList
    /// How many match.
    private(set) var count: Int
    private var listed: ScratchNumbers?

    @inline(__always)
    init(of service: ServiceEntry) {
        blocks = service.blocks
        count = service.count
    }

    /// Keeps only the instances with these numbers.
    @inline(__always)
    mutating func keep(_ numbers: ScratchNumbers, count: Int) {
        listed = numbers
        self.count = count
    }

    @inline(__always)
    private subscript(ordinal: Int) -> InstanceRecord {
        if let listed { return blocks.record(listed[ordinal]) }
        return blocks.record(ordinal)
    }

    /// Visits `n` of them, chosen and ordered at random.
    @inline(__always)
    func pick(
        _ n: Int,
        with permutation: borrowing Permutation,
        using generator: inout Generator,
        _ visit: (InstanceRecord) -> Void
    ) {
        if count <= Permutation.narrow, listed == nil {
            // The usual case: they are the first of the only block.
            let block = blocks[0]
            Permutation.pickNarrow(n, of: count, using: &generator) { visit(block.record($0)) }
        } else {
            permutation.pick(n, of: count, using: &generator) { visit(self[$0]) }
        }
    }
}
