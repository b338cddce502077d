// SPDX-License-Identifier: Apache-2.0
import DNSAnswers
public import DNSWire

/// A query that was answered, as it is told to who listens.
public struct TappedQuery: Sendable, Hashable {
    /// When the reply was made, in nanoseconds since 1970.
    public var time: UInt64
    /// How long it took, in nanoseconds; 0 when that was not measured.
    public var nanoseconds: UInt64
    /// Who asked; an IPv4 client of a dual-stack socket is an IPv4 client.
    public var client: IPAddress
    /// The client's port.
    public var port: UInt16
    /// Whether it came over TCP.
    public var isStream: Bool
    /// The name of the question as on the wire, its root included; empty when it has none that can be
    /// read.
    public var name: [UInt8]
    /// QTYPE.
    public var type: UInt16
    /// QCLASS.
    public var questionClass: UInt16
    /// The flags of the reply, QR first (RFC 1035 §4.1.1).
    public var flags: UInt16
    /// Records in the reply's sections.
    public var answers: UInt16
    /// See ``answers``.
    public var authorities: UInt16
    /// See ``answers``.
    public var additionals: UInt16
    /// Octets of the query; 0 when that is not known.
    public var querySize: UInt16
    /// Octets of the reply.
    public var replySize: UInt16
    /// What the reply was made from.
    public var source: QuerySource
    /// Whether it is for the log.
    public var isForLog: Bool
    /// How many queries it stands for as a sample; 0 when it is none.
    public var weight: UInt32

    /// The response code, without the bits of EDNS.
    public var code: UInt8 { UInt8(truncatingIfNeeded: flags & 15) }

    init(_ record: TapRecord, name: [UInt8]) {
        time = record.time
        nanoseconds = record.nanoseconds
        client = IPAddress(
            ClientAddress(high: record.clientHigh, low: record.clientLow)
        )
        port = record.port
        isStream = record.isStream
        self.name = name
        type = record.type
        questionClass = record.questionClass
        flags = record.flags
        answers = record.answers
        authorities = record.authorities
        additionals = record.additionals
        querySize = record.querySize
        replySize = record.replySize
        source = QuerySource(rawValue: record.source) ?? .none
        let purposes = QuerySampler.Purposes(rawValue: record.purposes)
        isForLog = purposes.contains(.log)
        weight = purposes.contains(.sample) ? record.weight : 0
    }

    /// Makes one by hand, for tests of who listens.
    public init(
        client: IPAddress,
        name: [UInt8],
        type: UInt16,
        flags: UInt16 = 0x8400,
        source: QuerySource = .catalog,
        isForLog: Bool = true,
        weight: UInt32 = 1
    ) {
        self.client = client
        self.name = name
        self.type = type
        self.flags = flags
        self.source = source
        self.isForLog = isForLog
        self.weight = weight
        (time, nanoseconds, port, isStream, questionClass) = (0, 0, 0, false, 1)
        (answers, authorities, additionals, querySize, replySize) = (0, 0, 0, 0, 0)
    }
}

extension IPAddress {
    init(_ address: ClientAddress) {
        if address.high == 0, address.low >> 32 == 0xffff {
            self = .v4(IPv4Address(bits: UInt32(truncatingIfNeeded: address.low)))
        } else {
            self = .v6(IPv6Address(high: address.high, low: address.low))
        }
    }
}
