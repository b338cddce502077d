// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// A query that was read and is worth an answer: header, one question, EDNS, and who asked.
struct Query: Hashable, Sendable {
    /// The header as it came.
    var header: Header
    /// The question.
    ///
    /// Fields that a cut message lacks are 0.
    var question: Question
    /// What the OPT record said; `nil` without one.
    var edns: EDNS?
    /// Who asked.
    var client: ClientContext
    /// Whether the message ended before the class, which is read as 0 then.
    var lacksClass = false

    /// The header of a reply.
    ///
    /// RD and CD are copied from the query; AD and Z are 0 (spec/dns.md 2.1).
    func replyHeader(_ code: ResponseCode, authoritative: Bool, recursion: Bool) -> Header {
        Header(
            id: header.id,
            isResponse: true,
            opcode: header.opcode,
            isAuthoritative: authoritative,
            recursionDesired: header.recursionDesired,
            recursionAvailable: recursion,
            checkingDisabled: header.checkingDisabled,
            responseCode: code
        )
    }

    /// The payload size that we announce: the largest that is hardly ever fragmented (RFC 9715).
    static let udpPayloadSize: UInt16 = 1232

    /// OPT of a reply: there if the query had one, with our own size (RFC 6891 §7); DO is copied
    /// (RFC 3225 §3).
    func replyEDNS(_ code: ResponseCode = .noError, options: [EDNSOption] = []) -> EDNS? {
        guard let asked = edns else { return nil }
        return EDNS(
            udpPayloadSize: Self.udpPayloadSize,
            extendedRCode: UInt8(code.rawValue >> 4),
            dnssecOK: asked.dnssecOK,
            options: options
        )
    }

    /// The code for a query that no part of the server answers: an EDNS version that we do not
    /// know (RFC 6891 §6.1.3), a class without zones here (RFC 8906 §3.1.4); `nil` for others.
    ///
    /// A question that is cut before its class is answered as IN.
    var refusalCode: ResponseCode? {
        if let edns, edns.version > 0 { return .badVersion }
        return lacksClass || question.class == .in || question.class == .any ? nil : .refused
    }

    /// A reply of nothing but a code.
    func refusal(_ code: ResponseCode, recursion: Bool) -> Message {
        Message(
            header: replyHeader(
                ResponseCode(rawValue: code.rawValue & 0xf),
                authoritative: false,
                recursion: recursion
            ),
            questions: [question],
            edns: replyEDNS(code)
        )
    }
}
