// SPDX-License-Identifier: Apache-2.0

/// The sections of a message that hold records, in the order in which they are written.
public enum MessageSection: Int, Hashable, Sendable, CaseIterable {
    /// The answer section.
    case answer
    /// The authority section.
    case authority
    /// The additional section.
    case additional
}

/// Writes a message item by item; questions first, then the sections in their order.
///
/// Truncation is the caller's: whoever needs a smaller message writes one with fewer records. An
/// error leaves the writer as it is, with an item half written; it is of no use any more.
public struct MessageWriter: Sendable {
    /// The largest message there can be: the length field of DNS over TCP has 16 bits.
    public static let maximumMessageSize = 65535

    private var octets: [UInt8]
    private var counts = SectionCounts()
    private var compressor = NameCompressor()
    private let compress: Bool
    private let maximumSize: Int
    private var section: MessageSection?

    /// Makes a writer with the header already written.
    public init(
        header: Header,
        compress: Bool = true,
        maximumSize: Int = MessageWriter.maximumMessageSize
    ) {
        self.compress = compress
        self.maximumSize = maximumSize
        octets = []
        octets.reserveCapacity(512)
        write(header.id)
        write(header.flags)
        octets.append(contentsOf: repeatElement(0, count: 8))
    }

    /// The number of octets written so far, the header included.
    public var size: Int { octets.count }

    /// Writes a question (RFC 1035 §4.1.2).
    public mutating func append(_ question: Question) throws(MessageEncodingError) {
        precondition(section == nil, "questions come before records; section is \(section as Any)")
        guard counts.questions < .max else { throw .tooManyRecords }
        write(question.name, compressed: true)
        write(question.type.rawValue)
        write(question.class.rawValue)
        counts.questions += 1
        try checkSize()
    }

    /// Writes a record (RFC 1035 §4.1.3) to a section; sections come in their order.
    public mutating func append(
        _ record: ResourceRecord,
        to section: MessageSection
    ) throws(MessageEncodingError) {
        precondition(
            section.rawValue >= (self.section?.rawValue ?? 0),
            "\(section) after \(self.section as Any)"
        )
        self.section = section
        try count(in: section)
        write(record.name, compressed: true)
        write(record.type.rawValue)
        write(record.class.rawValue)
        write(record.ttl)
        let lengthAt = octets.count
        write(UInt16(0))
        try write(record.data)
        let length = octets.count - lengthAt - 2
        guard length <= Int(UInt16.max) else { throw .recordDataTooLong(length: length) }
        octets[lengthAt] = UInt8(length >> 8)
        octets[lengthAt + 1] = UInt8(length & 0xff)
        try checkSize()
    }

    /// Writes everything behind the header of a message, the OPT record last (spec 2.12).
    public mutating func append(_ message: Message) throws(MessageEncodingError) {
        for question in message.questions { try append(question) }
        for record in message.answers { try append(record, to: .answer) }
        for record in message.authorities { try append(record, to: .authority) }
        for record in message.additionals { try append(record, to: .additional) }
        if let edns = message.edns { try append(edns.record, to: .additional) }
    }

    /// The octets of the message, the counts filled in.
    public consuming func finish() -> [UInt8] {
        let fields = [counts.questions, counts.answers, counts.authorities, counts.additionals]
        for (index, count) in fields.enumerated() {
            octets[4 + index * 2] = UInt8(count >> 8)
            octets[5 + index * 2] = UInt8(count & 0xff)
        }
        return octets
    }

    private mutating func count(in section: MessageSection) throws(MessageEncodingError) {
        let field: WritableKeyPath<SectionCounts, UInt16> =
            switch section {
            case .answer: \.answers
            case .authority: \.authorities
            case .additional: \.additionals
            }
        guard counts[keyPath: field] < .max else { throw .tooManyRecords }
        counts[keyPath: field] += 1
    }

    private func checkSize() throws(MessageEncodingError) {
        guard octets.count <= maximumSize else {
            throw .messageTooLong(length: octets.count, maximum: maximumSize)
        }
    }
}

extension MessageWriter {
    /// Writes two octets, the more significant first.
    mutating func write(_ value: UInt16) {
        octets.append(UInt8(value >> 8))
        octets.append(UInt8(value & 0xff))
    }

    /// Writes four octets, the most significant first.
    mutating func write(_ value: UInt32) {
        write(UInt16(value >> 16))
        write(UInt16(value & 0xffff))
    }

    /// Writes eight octets, the most significant first.
    mutating func write(_ value: UInt64) {
        write(UInt32(value >> 32))
        write(UInt32(value & 0xffff_ffff))
    }

    /// Writes octets as they are.
    mutating func write(_ data: [UInt8]) { octets.append(contentsOf: data) }

    /// Writes a name, its tail as a pointer if an equal one, in whatever case, was written before.
    ///
    /// A pointer is written only where the writer and the place allow it. Names written in full can be
    /// pointed at all the same.
    mutating func write(_ name: DomainName, compressed: Bool) {
        guard compress else {
            octets.append(contentsOf: name.wire)
            return
        }
        let wire = name.wire
        for (start, hash) in NameCompressor.suffixHashes(of: wire) {
            if let offset = compressor.offset(of: wire, from: start, hash: hash, in: octets) {
                // RFC 3597 §4, RFC 2782: a target of SRV is written in full.
                if compressed {
                    write(0xc000 | UInt16(offset))
                    return
                }
            } else if octets.count <= NameCompressor.maximumOffset {
                compressor.insert(hash: hash, at: octets.count)
            }
            octets.append(contentsOf: wire[start...(start + Int(wire[start]))])
        }
        octets.append(0)
    }

    /// Writes a length octet and a character string (RFC 1035 §3.3).
    mutating func write(characterString text: [UInt8]) throws(MessageEncodingError) {
        guard let length = UInt8(exactly: text.count) else {
            throw .characterStringTooLong(length: text.count)
        }
        octets.append(length)
        octets.append(contentsOf: text)
    }
}
