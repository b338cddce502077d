// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// What came of reading a datagram or a message of a stream: the table of spec/dns.md 1.1.
enum QueryReading: Hashable, Sendable {
    /// No reply: it is a reply itself, or shorter than a header.
    case silence
    /// FORMERR, with the question if it could be read.
    case formatError(Header, Question?)
    /// NOTIMP: no QUERY.
    case notImplemented(Header)
    /// REFUSED: the header announces a question, but nothing follows.
    case nothingAsked(Header)
    /// A query.
    case query(Query)

    /// Reads octets, tolerantly: what Consul's DNS library accepts is accepted.
    init(_ octets: [UInt8], from client: ClientContext) {
        var reader = MessageReader(octets.span)
        // The only fault a header can have is to be too short.
        guard let (header, counts) = try? reader.readHeader(), !header.isResponse else {
            self = .silence
            return
        }
        // RFC 1996 §4.7 has NOTIFY for secondaries, which this server is not.
        guard header.opcode == .query else {
            self = .notImplemented(header)
            return
        }
        guard Self.isAcceptable(counts) else {
            self = .formatError(header, nil)
            return
        }
        guard !reader.isAtEnd else {
            self = .nothingAsked(header)
            return
        }
        self = Self.readSections(of: header, counts, from: &reader, client: client)
    }

    // IXFR brings one SOA in the authority section (RFC 1995 §3); the additional section may hold
    // OPT and TSIG. Consul takes one answer too.
    private static func isAcceptable(_ counts: SectionCounts) -> Bool {
        counts.questions == 1 && counts.answers <= 1 && counts.authorities <= 1
            && counts.additionals <= 2
    }

    private static func readSections(
        of header: Header,
        _ counts: SectionCounts,
        from reader: inout MessageReader,
        client: ClientContext
    ) -> QueryReading {
        let question: Question
        let lacksClass: Bool
        do throws(MessageDecodingError) {
            (question, lacksClass) = try readQuestion(from: &reader)
        } catch {
            return .formatError(header, nil)
        }
        var query = Query(header: header, question: question, edns: nil, client: client)
        query.lacksClass = lacksClass
        do throws(MessageDecodingError) {
            try skip(counts.answers, in: &reader)
            try skip(counts.authorities, in: &reader)
            // The counts may promise more than there is, and more may follow than they promise.
            for _ in 0..<counts.additionals where !reader.isAtEnd {
                // Of two OPT records the last counts; other records are only checked.
                query.edns = EDNS(try reader.readRecord()) ?? query.edns
            }
        } catch {
            return .formatError(header, question)
        }
        return .query(query)
    }

    // A message may end after the name, after QTYPE or inside QCLASS: the rest is read as 0.
    private static func readQuestion(
        from reader: inout MessageReader
    ) throws(MessageDecodingError) -> (question: Question, lacksClass: Bool) {
        var question = Question(
            name: try reader.readName(),
            type: RecordType(rawValue: 0),
            class: RecordClass(rawValue: 0)
        )
        if reader.isAtEnd { return (question, true) }
        question.type = RecordType(rawValue: try reader.readUInt16())
        if reader.remaining >= 2 {
            question.class = RecordClass(rawValue: try reader.readUInt16())
            return (question, false)
        } else if !reader.isAtEnd {
            // One octet of QCLASS: it belongs to no record.
            _ = try reader.readUInt8()
        }
        return (question, true)
    }

    private static func skip(
        _ count: UInt16,
        in reader: inout MessageReader
    ) throws(MessageDecodingError) {
        for _ in 0..<count where !reader.isAtEnd { _ = try reader.readRecord() }
    }
}

extension QueryReading {
    /// The reply to a message that is not worth an answer, `nil` where there is none to send.
    ///
    /// FORMERR and NOTIMP keep the flags TC, RD, RA, AD and CD of the query; FORMERR sets the
    /// opcode to 0, NOTIMP keeps it (spec/dns.md 1.1).
    var refusal: Message? {
        switch self {
        case .silence, .query:
            return nil
        case .formatError(let header, let question):
            var reply = header
            reply.opcode = .query
            reply.responseCode = .formatError
            return Message(header: Self.asReply(reply), questions: question.map { [$0] } ?? [])
        case .notImplemented(let header):
            var reply = header
            reply.responseCode = .notImplemented
            return Message(header: Self.asReply(reply))
        case .nothingAsked(let header):
            return Message(
                header: Header(
                    id: header.id,
                    isResponse: true,
                    recursionDesired: header.recursionDesired,
                    checkingDisabled: header.checkingDisabled,
                    responseCode: .refused
                )
            )
        }
    }

    private static func asReply(_ header: Header) -> Header {
        var reply = header
        reply.isResponse = true
        reply.isAuthoritative = false
        reply.reservedZ = false
        return reply
    }
}
