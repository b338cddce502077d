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

    /// The header of a reply.
    ///
    /// RD and CD are copied from a query, not from a NOTIFY; AD and Z are 0 (spec/dns.md 2.1).
    func replyHeader(_ code: ResponseCode, authoritative: Bool, recursion: Bool) -> Header {
        let isQuery = header.opcode == .query
        return Header(
            id: header.id,
            isResponse: true,
            opcode: header.opcode,
            isAuthoritative: authoritative,
            recursionDesired: isQuery && header.recursionDesired,
            recursionAvailable: recursion,
            checkingDisabled: isQuery && header.checkingDisabled,
            responseCode: code
        )
    }
}
