// SPDX-License-Identifier: Apache-2.0
import CSockets
import DNSWire
import Publication

// The first pass: header, question, OPT; the form of the name; the folded key and its hash.
extension Responder {
    /// First pass: reads a datagram, and asks the cache for the slot that its name leads to.
    public mutating func route(
        _ datagram: UnsafeMutableRawPointer,
        length: Int,
        slot: Int
    ) -> RouteKind {
        // Shorter than a header: spec/dns.md 1.1.
        guard length >= 12 else { return .silent }
        let message = unsafe MessageOctets(datagram)
        let header = message.word64(0)
        if header & Header.response != 0 { return .silent }
        let configuration = configuration
        // One question, no answers, no authorities, at most OPT; opcode QUERY.
        if header & Header.mask != Header.plain || message.word32(8) & Header.countsMask != 0
            || length < 17 || configuration.flags.contains(.isSlow)
        {
            return .slow
        }
        let labels = scratch.labels
        guard let labelCount = Self.walk(message, length: length, labels) else { return .slow }
        let nameEnd = labels[labelCount] &+ 1
        let question = nameEnd &+ 4
        let wireType = message.word16(nameEnd)
        // Class IN; for others the reference line knows the code.
        if message.word16(nameEnd &+ 2) != 0x0100 { return .slow }
        let route = scratch.route(slot)
        route.begin(nameEnd: nameEnd, wireType: wireType)
        if message.octet(11) != 0 {
            guard Self.hasPlainOPT(message, at: question, length: length) else { return .slow }
            route.wireSize = message.word16(question &+ 3)
            route.flags = message.octet(question &+ 7) < 0x80 ? .hasEDNS : [.hasEDNS, .isDO]
        }
        guard let left = matchDomain(message, labelCount, end: nameEnd, route) else {
            return routeZone(message, count: labelCount, moreThan: 0, wireType: wireType, route)
                ?? .slow
        }
        // A zone below the domain wins over it, types that are answered alike or not.
        if configuration.flags.contains(.hasInnerZones),
            let kind = routeZone(
                message,
                count: labelCount,
                moreThan: labelCount &- left,
                wireType: wireType,
                route
            )
        {
            return kind
        }
        if Self.isForReference(wireType) { return .slow }
        return routeName(message, left: left, wireType: wireType, slot: slot, route)
    }

    /// The header as it lies in memory, in words.
    private enum Header {
        /// QR.
        static let response: UInt64 = 0x80_0000
        /// Opcode, QDCOUNT, ANCOUNT; TC, AA, Z, AD and RCODE of a query do not matter.
        static let mask: UInt64 = 0xffff_ffff_0078_0000
        /// Opcode 0, one question, no answers.
        static let plain: UInt64 = 0x0000_0100_0000_0000
        /// NSCOUNT 0, ARCOUNT 0 or 1.
        static let countsMask: UInt32 = 0xfeff_ffff
    }

    /// Notes where labels begin, the root last; `nil` for what is no plain name with type and
    /// class behind it.
    @inline(__always)
    private static func walk(
        _ message: MessageOctets,
        length: Int,
        _ labels: LabelStarts
    ) -> Int? {
        // RFC 1035 §2.3.4: a name has 255 octets at most. Type and class follow the root.
        let lastRoot = min(length &- 5, 12 &+ 254)
        var offset = 12
        var count = 0
        while true {
            labels[count] = offset
            let octet = Int(message.octet(offset))
            if octet == 0 { return count }
            // A pointer.
            if octet > 63 { return nil }
            count &+= 1
            offset &+= octet &+ 1
            if offset > lastRoot { return nil }
        }
    }

    /// Types that are answered alike for every name, or asked of others (spec/dns.md 1.2, 1.3).
    @inline(__always)
    private static func isForReference(_ wireType: UInt16) -> Bool {
        wireType == WireType.ns || wireType == WireType.soa || wireType == WireType.axfr
            || wireType == WireType.ds
    }

    /// Whether the one additional record is OPT with options that are ignored (spec/dns.md 1.1).
    @inline(__always)
    private static func hasPlainOPT(_ message: MessageOctets, at start: Int, length: Int) -> Bool {
        // Root, TYPE 41; CLASS is the size, TTL extended code, version and flags: version 0.
        guard start &+ 11 <= length, message.word64(start) & 0xff_0000_00ff_ffff == 0x29_0000
        else { return false }
        let dataLength = Int(message.word16(start &+ 9).byteSwapped)
        if dataLength == 0 { return true }
        return hasIgnoredOptions(message, from: start &+ 11, count: dataLength, length: length)
    }

    /// Whether options are well-formed and none of them could matter.
    ///
    /// Others than these may be malformed in ways of their own: the reference line knows.
    @inline(never)
    private static func hasIgnoredOptions(
        _ message: MessageOctets,
        from start: Int,
        count: Int,
        length: Int
    ) -> Bool {
        let end = start &+ count
        guard end <= length else { return false }
        var offset = start
        while offset < end {
            guard offset &+ 4 <= end else { return false }
            switch message.word16(offset).byteSwapped {
            case 3, 10, 12: break  // NSID, COOKIE (dig sends one), Padding
            default: return false
            }
            offset &+= 4 &+ Int(message.word16(offset &+ 2).byteSwapped)
        }
        return offset == end
    }

    /// Finds the domain that the name ends in; returns how many labels are left of it.
    @inline(__always)
    private mutating func matchDomain(
        _ message: MessageOctets,
        _ count: Int,
        end: Int,
        _ route: Route
    ) -> Int? {
        let primary = configuration.primary
        let left = count &- primary.labelCount
        let labels = scratch.labels
        if left >= 0, end &- labels[left] == primary.length,
            primary.isSpelled(message, endingAt: end)
        {
            route.domainStart = labels[left]
            return left
        }
        return searchDomains(message, count, end: end, route)
    }

    /// The same for other spellings and the alternate domain.
    ///
    /// Neither domain lies inside the other, so that at most one matches.
    @inline(never)
    private mutating func searchDomains(
        _ message: MessageOctets,
        _ count: Int,
        end: Int,
        _ route: Route
    ) -> Int? {
        if let left = match(configuration.primary, message, count, end: end, route) {
            return left
        }
        guard configuration.flags.contains(.hasAlternate),
            let left = match(configuration.alternate, message, count, end: end, route)
        else { return nil }
        route.flags.insert(.isAlternate)
        return left
    }

    private mutating func match(
        _ domain: ViewDomain,
        _ message: MessageOctets,
        _ count: Int,
        end: Int,
        _ route: Route
    ) -> Int? {
        let labels = scratch.labels
        let left = count &- domain.labelCount
        guard left >= 0, end &- labels[left] == domain.length,
            domain.matches(message, endingAt: end)
        else { return nil }
        route.domainStart = labels[left]
        return left
    }
}

/// QTYPEs as they lie in a message.
enum WireType {
    static let a: UInt16 = 0x0100
    static let ns: UInt16 = 0x0200
    static let soa: UInt16 = 0x0600
    static let txt: UInt16 = 0x1000
    static let aaaa: UInt16 = 0x1c00
    static let srv: UInt16 = 0x2100
    static let ds: UInt16 = 0x2b00
    static let ixfr: UInt16 = 0xfb00
    static let axfr: UInt16 = 0xfc00
    static let any: UInt16 = 0xff00
}
