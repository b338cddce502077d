// SPDX-License-Identifier: Apache-2.0

// The negative SOA (spec/dns.md 2.7).
extension Responder {
    /// Appends the SOA; returns where the record ends.
    @inline(__always)
    mutating func appendNegativeSOA(_ message: MessageOctets, _ route: Route, at start: Int) -> Int
    {
        let configuration = configuration
        let flags = route.flags
        let isAlternate = flags.contains(.isAlternate)
        let domain = isAlternate ? configuration.alternate : configuration.primary
        // Owners are compressed with regard to case (spec/dns.md 2.12).
        guard flags.contains(.isSpelled) else {
            return appendSpelledSOA(message, route, domain, at: start)
        }
        message.copy(domain.negativeSOA, to: start)
        let pointer = UInt16(truncatingIfNeeded: 0xc000 | route.domainStart).byteSwapped
        message.store(pointer, at: start &+ NegativeSOA.ownerOffset)
        message.store(pointer, at: start &+ NegativeSOA.primaryOffset)
        message.store(pointer, at: start &+ NegativeSOA.mailboxOffset)
        message.store(now.bigEndian, at: start &+ NegativeSOA.serialOffset)
        return start &+ NegativeSOA.size
    }

    /// The same where the question does not end in the owner as it is spelled: of its labels those
    /// are written in which the question does not end.
    @inline(never)
    private mutating func appendSpelledSOA(
        _ message: MessageOctets,
        _ route: Route,
        _ domain: ViewDomain,
        at start: Int
    ) -> Int {
        let name = domain.name
        let nameEnd = route.nameEnd
        var kept = 0
        while name.octet(kept) != 0 {
            kept &+= Int(name.octet(kept)) &+ 1
            if name.octet(kept) == 0 || Self.ends(message, nameEnd, name, from: kept) { break }
        }
        var end = start
        message.copy(name, to: end)
        end &+= kept
        if name.octet(kept) == 0 {
            end &+= 1
        } else {
            let shared = nameEnd &- (name.count &- kept)
            message.store(UInt16(truncatingIfNeeded: 0xc000 | shared).byteSwapped, at: end)
            end &+= 2
        }
        // The rest as in the template, with pointers to the owner just written.
        let soa = domain.negativeSOA
        let shift = end &- start &- 2
        for offset in 2..<NegativeSOA.size {
            message.store(soa.octet(offset), at: start &+ shift &+ offset)
        }
        let pointer = UInt16(truncatingIfNeeded: 0xc000 | start).byteSwapped
        message.store(pointer, at: start &+ shift &+ NegativeSOA.primaryOffset)
        message.store(pointer, at: start &+ shift &+ NegativeSOA.mailboxOffset)
        message.store(now.bigEndian, at: start &+ shift &+ NegativeSOA.serialOffset)
        return start &+ shift &+ NegativeSOA.size
    }

    /// Whether the question name ends in the labels of `name` from an offset on, with regard to
    /// case, on a label boundary.
    private static func ends(
        _ message: MessageOctets,
        _ nameEnd: Int,
        _ name: OctetRun,
        from offset: Int
    ) -> Bool {
        let start = nameEnd &- (name.count &- offset)
        var label = 12
        while label < start { label &+= Int(message.octet(label)) &+ 1 }
        guard label == start else { return false }
        for index in offset..<name.count
        where message.octet(start &+ index &- offset) != name.octet(index) {
            return false
        }
        return true
    }
}
