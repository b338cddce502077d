// SPDX-License-Identifier: Apache-2.0
import DNSWire
public import Publication

/// The fast line for names of others: repeats recursors' answers in place, with the TTLs that are
/// left, octet for octet as the forwarder would from its cache.
///
/// A thread owns one. Whatever is odd, no longer fresh or not there is handed over, and so is every
/// sixty-fourth use of an answer: the forwarder learns from those what is in use.
@safe
public struct KeptAnswerResponder: ~Copyable {
    /// Octets behind a reply that may be overwritten.
    public static let slack = Responder.slack
    /// The payload size offered to clients (RFC 9715 §3.2), as the forwarder offers it.
    private static let payloadSize: UInt16 = 1232

    private let reader: ViewReader
    private let seed: UInt64
    /// The key that is being looked up: 255 octets and a word.
    private let key: ScratchWords

    /// Takes all the memory that it will need.
    public init(reader: ViewReader) {
        self.reader = reader
        seed = unsafe reader.root.pointee.seed
        key = ScratchWords(count: 34)
    }

    deinit { key.free() }

    /// A query, as far as it matters here.
    private struct Question {
        var end: Int
        var hasEDNS: Bool
        var isDO: Bool
        var offered: Int
        /// AD or DO: the client understands AD.
        var asksForAuthenticity: Bool
        var hash: UInt64
        var keyLength: Int
    }

    /// Answers in place, over the query.
    ///
    /// - Parameters:
    ///   - datagram: a message; ``slack`` octets more than `capacity` may be written.
    ///   - length: its octets.
    ///   - capacity: octets that a reply may have.
    ///   - transport: how the reply travels.
    ///   - now: milliseconds of the clock that the answers' times are of.
    /// - Returns: the length of the reply, or 0 to hand the query over: nothing was changed then.
    public func answer(
        _ datagram: UnsafeMutableRawPointer,
        length: Int,
        capacity: Int,
        transport: ClientContext.Transport,
        now: UInt64
    ) -> Int {
        let message = unsafe MessageOctets(datagram)
        guard let question = read(message, length: length) else { return 0 }
        reader.enter()
        defer { reader.leave() }
        let table = unsafe reader.root.pointee.table
        let key = key.key(length: question.keyLength)
        guard let found = table.find(kind: KeptEntry.kind, key: key, hash: question.hash) else {
            return 0
        }
        let entry = KeptEntry(found)
        let size = question.end &+ entry.octets.count &+ (question.hasEDNS ? 11 : 0)
        let room =
            transport == .tcp
            ? 65_535 : min(max(512, question.offered), entry.maximumUDPSize)
        guard now >= entry.since, now < entry.until, size <= room, size <= capacity,
            entry.countUse() & 63 != 63
        else { return 0 }
        return repeated(entry, message, question, now: now)
    }

    /// Writes the reply; it is known to fit.
    @inline(__always)
    private func repeated(
        _ entry: KeptEntry,
        _ message: MessageOctets,
        _ question: Question,
        now: UInt64
    ) -> Int {
        message.copy(entry.octets, to: question.end)
        let age = UInt32(truncatingIfNeeded: min((now &- entry.since) / 1000, 0xffff_ffff))
        var index = 0
        while index < entry.ttlCount {
            let at = question.end &+ entry.ttlOffset(index)
            let ttl = message.word32(at).byteSwapped
            message.store((ttl &- min(ttl, age)).byteSwapped, at: at)
            index &+= 1
        }
        var end = question.end &+ entry.octets.count
        if question.hasEDNS {
            message.store(0x29_0000 as UInt32, at: end)
            message.store(Self.payloadSize.byteSwapped, at: end &+ 3)
            message.store((question.isDO ? 0x80_0000 : 0) as UInt64, at: end &+ 5)
            end &+= 11
        }
        let authentic = question.asksForAuthenticity ? entry.authenticBit : 0
        // QR and RA are set, RD and CD the query's (RD is 1 in whatever is repeated).
        message.store(0x81 as UInt8, at: 2)
        message.store(0x80 | authentic | message.octet(3) & 0x10 | entry.code, at: 3)
        message.store(entry.wireCounts, at: 6)
        message.store((question.hasEDNS ? 0x0100 : 0) as UInt16, at: 10)
        return end
    }

    /// Reads a plain query, and folds its name, type and flags into the key.
    @inline(__always)
    private func read(_ message: MessageOctets, length: Int) -> Question? {
        // One question, at most OPT beside it; QUERY with RD, QR unset. AA, TC, RA, Z and RCODE of
        // a query do not matter.
        guard length >= 17, message.octet(2) & 0xf9 == 0x01, message.word16(4) == 0x0100,
            message.word32(6) == 0, message.octet(10) == 0, message.octet(11) <= 1
        else { return nil }
        guard let end = Self.nameEnd(message, length: length) else { return nil }
        let type = message.word16(end)
        let wideType = type.byteSwapped
        // RFC 6895 §3.1: OPT and 128…254 are not types of data. ANY (255) is.
        guard message.word16(end &+ 2) == 0x0100, wideType != 0, wideType != 41,
            !(128...254).contains(wideType)
        else { return nil }
        var question = Question(
            end: end &+ 4,
            hasEDNS: message.octet(11) == 1,
            isDO: false,
            offered: 0,
            asksForAuthenticity: message.octet(3) & 0x20 != 0,
            hash: 0,
            keyLength: end &- 12 &+ 3
        )
        if question.hasEDNS {
            guard Self.hasPlainOPT(message, at: question.end, length: length) else { return nil }
            question.isDO = message.octet(question.end &+ 7) & 0x80 != 0
            question.offered = Int(message.word16(question.end &+ 3).byteSwapped)
            if question.isDO { question.asksForAuthenticity = true }
        } else if question.end != length {
            return nil
        }
        let flags = KeptEntry.keyFlags(
            isDO: question.isDO,
            isCD: message.octet(3) & 0x10 != 0
        )
        guard question.keyLength <= 255 else { return nil }
        fold(message, nameLength: end &- 12, wireType: type, flags: flags)
        question.hash = key.key(length: question.keyLength).hash(kind: KeptEntry.kind, seed: seed)
        return question
    }

    /// Where the name ends, its root included; `nil` for what is no plain name with type and class
    /// behind it.
    @inline(__always)
    private static func nameEnd(_ message: MessageOctets, length: Int) -> Int? {
        // RFC 1035 §2.3.4: 255 octets at most.
        let last = min(length &- 5, 12 &+ 254)
        var offset = 12
        while offset <= last {
            let octet = Int(message.octet(offset))
            if octet == 0 { return offset &+ 1 }
            if octet > 63 { return nil }
            offset &+= octet &+ 1
        }
        return nil
    }

    /// Whether the additional record is OPT, version 0, with nothing that would go upstream, and the
    /// last of the message.
    @inline(__always)
    private static func hasPlainOPT(_ message: MessageOctets, at start: Int, length: Int) -> Bool {
        guard start &+ 11 <= length, message.octet(start) == 0,
            message.word16(start &+ 1) == 0x2900, message.octet(start &+ 6) == 0
        else { return false }
        let end = start &+ 11 &+ Int(message.word16(start &+ 9).byteSwapped)
        guard end == length else { return false }
        var offset = start &+ 11
        while offset < end {
            guard offset &+ 4 <= end else { return false }
            // Cookies (RFC 7873) and padding (RFC 7830) are between the client and us.
            let code = message.word16(offset).byteSwapped
            guard code == 10 || code == 12 else { return false }
            offset &+= 4 &+ Int(message.word16(offset &+ 2).byteSwapped)
        }
        return offset == end
    }

    @inline(__always)
    private func fold(
        _ message: MessageOctets,
        nameLength: Int,
        wireType: UInt16,
        flags: UInt8
    ) {
        var offset = 0
        while offset < nameLength {
            let word = FoldedWord.fold(message.word64(12 &+ offset))
            key.store(FoldedWord.prefix(word, count: min(8, nameLength &- offset)), at: offset)
            offset &+= 8
        }
        key.store(0, at: offset)
        // Type and flags follow the name: three octets, in one word or two.
        let tail = UInt64(wireType) | UInt64(flags) &<< 16
        let shift = UInt64(truncatingIfNeeded: 8 &* (nameLength & 7))
        let start = nameLength & ~7
        key.merge(tail &<< shift, at: start)
        if shift > 40 { key.merge(tail &>> (64 &- shift), at: start &+ 8) }
    }
}
