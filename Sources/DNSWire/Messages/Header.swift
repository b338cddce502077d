// SPDX-License-Identifier: Apache-2.0

/// The header of a message without the counts, which belong to the sections (RFC 1035 §4.1.1,
/// RFC 4035 §3.2 for AD and CD).
public struct Header: Hashable, Sendable {
    /// The length of a header with its counts, in octets.
    public static let length = 12

    /// The number that pairs a reply with its query.
    public var id: UInt16
    /// QR: whether the message is a reply.
    public var isResponse: Bool
    /// What kind of query it is.
    public var opcode: Opcode
    /// AA: whether the replying server has authority for the name asked for.
    public var isAuthoritative: Bool
    /// TC: whether something was left out.
    public var isTruncated: Bool
    /// RD: whether the client wants recursion.
    public var recursionDesired: Bool
    /// RA: whether the server offers recursion.
    public var recursionAvailable: Bool
    /// Z: the bit that is still reserved.
    public var reservedZ: Bool
    /// AD: whether the data are authentic.
    public var authenticatedData: Bool
    /// CD: whether the client does its own checking.
    public var checkingDisabled: Bool
    /// The result; only its low four bits stand in the header, the others in ``EDNS``.
    public var responseCode: ResponseCode

    /// Makes a header; flags that are left out are off.
    public init(
        id: UInt16,
        isResponse: Bool = false,
        opcode: Opcode = .query,
        isAuthoritative: Bool = false,
        isTruncated: Bool = false,
        recursionDesired: Bool = false,
        recursionAvailable: Bool = false,
        reservedZ: Bool = false,
        authenticatedData: Bool = false,
        checkingDisabled: Bool = false,
        responseCode: ResponseCode = .noError
    ) {
        self.id = id
        self.isResponse = isResponse
        self.opcode = opcode
        self.isAuthoritative = isAuthoritative
        self.isTruncated = isTruncated
        self.recursionDesired = recursionDesired
        self.recursionAvailable = recursionAvailable
        self.reservedZ = reservedZ
        self.authenticatedData = authenticatedData
        self.checkingDisabled = checkingDisabled
        self.responseCode = responseCode
    }

    /// Makes a header from the 16 bits behind the ID.
    public init(id: UInt16, flags: UInt16) {
        self.init(
            id: id,
            isResponse: flags & 0x8000 != 0,
            opcode: Opcode(rawValue: UInt8(flags >> 11 & 0xf)),
            isAuthoritative: flags & 0x0400 != 0,
            isTruncated: flags & 0x0200 != 0,
            recursionDesired: flags & 0x0100 != 0,
            recursionAvailable: flags & 0x0080 != 0,
            reservedZ: flags & 0x0040 != 0,
            authenticatedData: flags & 0x0020 != 0,
            checkingDisabled: flags & 0x0010 != 0,
            responseCode: ResponseCode(rawValue: flags & 0xf)
        )
    }

    /// The 16 bits behind the ID.
    public var flags: UInt16 {
        var bits = UInt16(opcode.rawValue & 0xf) << 11 | responseCode.rawValue & 0xf
        if isResponse { bits |= 0x8000 }
        if isAuthoritative { bits |= 0x0400 }
        if isTruncated { bits |= 0x0200 }
        if recursionDesired { bits |= 0x0100 }
        if recursionAvailable { bits |= 0x0080 }
        if reservedZ { bits |= 0x0040 }
        if authenticatedData { bits |= 0x0020 }
        if checkingDisabled { bits |= 0x0010 }
        return bits
    }
}

/// The four counts of a header (RFC 1035 §4.1.1); what they say need not be true.
public struct SectionCounts: Hashable, Sendable {
    /// QDCOUNT.
    public var questions: UInt16
    /// ANCOUNT.
    public var answers: UInt16
    /// NSCOUNT.
    public var authorities: UInt16
    /// ARCOUNT.
    public var additionals: UInt16

    /// Makes counts.
    public init(
        questions: UInt16 = 0,
        answers: UInt16 = 0,
        authorities: UInt16 = 0,
        additionals: UInt16 = 0
    ) {
        self.questions = questions
        self.answers = answers
        self.authorities = authorities
        self.additionals = additionals
    }
}
