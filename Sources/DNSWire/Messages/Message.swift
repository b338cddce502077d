// SPDX-License-Identifier: Apache-2.0

/// A whole DNS message (RFC 1035 §4.1), its OPT record taken out of the additional section.
public struct Message: Hashable, Sendable {
    /// The header.
    public var header: Header
    /// The question section.
    public var questions: [Question]
    /// The answer section.
    public var answers: [ResourceRecord]
    /// The authority section.
    public var authorities: [ResourceRecord]
    /// The additional section without the OPT record.
    public var additionals: [ResourceRecord]
    /// What the OPT record says; it is written last.
    public var edns: EDNS?

    /// Makes a message.
    public init(
        header: Header,
        questions: [Question] = [],
        answers: [ResourceRecord] = [],
        authorities: [ResourceRecord] = [],
        additionals: [ResourceRecord] = [],
        edns: EDNS? = nil
    ) {
        self.header = header
        self.questions = questions
        self.answers = answers
        self.authorities = authorities
        self.additionals = additionals
        self.edns = edns
    }

    /// The result, header and EDNS taken together (RFC 6891 §6.1.3).
    public var responseCode: ResponseCode {
        let upper = UInt16(edns?.extendedRCode ?? 0) << 4
        return ResponseCode(rawValue: upper | header.responseCode.rawValue & 0xf)
    }
}

extension Message {
    /// Decodes a message strictly.
    ///
    /// Every item that the counts announce must be there and well-formed, and nothing may be left
    /// over. For tolerant reading use ``MessageReader``.
    public init(decoding octets: [UInt8]) throws(MessageDecodingError) {
        try self.init(decoding: octets.span)
    }

    /// Decodes a message strictly; see ``init(decoding:)-([UInt8])``.
    public init(decoding octets: Span<UInt8>) throws(MessageDecodingError) {
        var reader = MessageReader(octets)
        let (header, counts) = try reader.readHeader()
        self.init(header: header)
        // Nothing is reserved on the word of a count: it may lie.
        for _ in 0..<counts.questions { questions.append(try reader.readQuestion()) }
        try Self.read(counts.answers, from: &reader, into: &answers)
        try Self.read(counts.authorities, from: &reader, into: &authorities)
        for _ in 0..<counts.additionals {
            let start = reader.offset
            let record = try reader.readRecord()
            guard let settings = EDNS(record) else {
                additionals.append(record)
                continue
            }
            // RFC 6891 §6.1.1: one OPT record at most, owned by the root.
            guard edns == nil, record.name.isRoot else {
                throw MessageDecodingError(.misplacedOPT, at: start)
            }
            edns = settings
        }
        guard reader.isAtEnd else {
            throw MessageDecodingError(.trailingOctets, at: reader.offset)
        }
    }

    private static func read(
        _ count: UInt16,
        from reader: inout MessageReader,
        into section: inout [ResourceRecord]
    ) throws(MessageDecodingError) {
        for _ in 0..<count {
            let start = reader.offset
            let record = try reader.readRecord()
            guard record.type != .opt else {
                throw MessageDecodingError(.misplacedOPT, at: start)
            }
            section.append(record)
        }
    }
}

extension Message {
    /// The octets of the message; TC and everything else are written as they are set.
    public func encoded(
        compress: Bool = true,
        maximumSize: Int = MessageWriter.maximumMessageSize
    ) throws(MessageEncodingError) -> [UInt8] {
        var writer = MessageWriter(header: header, compress: compress, maximumSize: maximumSize)
        try writer.append(self)
        return writer.finish()
    }

    /// How many octets the message takes, with or without compression; no limit is applied.
    public func encodedLength(compress: Bool = true) throws(MessageEncodingError) -> Int {
        var writer = MessageWriter(header: header, compress: compress, maximumSize: .max)
        try writer.append(self)
        return writer.size
    }
}
