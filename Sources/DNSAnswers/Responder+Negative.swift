// SPDX-License-Identifier: Apache-2.0

// The negative SOA (spec/dns.md 2.7).
extension Responder {
    /// Appends the SOA; returns where the record ends.
    @inline(__always)
    mutating func appendNegativeSOA(_ message: MessageOctets, _ route: Route, at start: Int) -> Int
    {
        let configuration = configuration
        let isAlternate = route.flags.contains(.isAlternate)
        let domain = isAlternate ? configuration.alternate : configuration.primary
        message.copy(domain.negativeSOA, to: start)
        // Names compress without regard to case: the domain stands in the question.
        let pointer = UInt16(truncatingIfNeeded: 0xc000 | route.domainStart).byteSwapped
        message.store(pointer, at: start &+ NegativeSOA.ownerOffset)
        message.store(pointer, at: start &+ NegativeSOA.primaryOffset)
        message.store(pointer, at: start &+ NegativeSOA.mailboxOffset)
        message.store(now.bigEndian, at: start &+ NegativeSOA.serialOffset)
        return start &+ NegativeSOA.size
    }
}
