// SPDX-License-Identifier: Apache-2.0

/// TYPE and RDATA of a record: the types that we interpret, and every other one as octets.
public enum RecordData: Hashable, Sendable {
    /// An IPv4 address (RFC 1035 §3.4.1).
    case a(IPv4Address)
    /// An IPv6 address (RFC 3596 §2.2).
    case aaaa(IPv6Address)
    /// An authoritative server (RFC 1035 §3.3.11).
    case ns(DomainName)
    /// The canonical name (RFC 1035 §3.3.1).
    case cname(DomainName)
    /// A name (RFC 1035 §3.3.12).
    case ptr(DomainName)
    /// The start of a zone (RFC 1035 §3.3.13).
    case soa(StartOfAuthority)
    /// A mail exchange (RFC 1035 §3.3.9).
    case mx(preference: UInt16, exchange: DomainName)
    /// Character strings (RFC 1035 §3.3.14); no string at all is written as an empty one.
    case txt([[UInt8]])
    /// The location of a service (RFC 2782).
    case srv(ServiceLocation)
    /// EDNS options (RFC 6891 §6.1.2).
    case opt([EDNSOption])
    /// Any other type, or a known one with no data at all (RFC 2136 §2.4) or in a class for
    /// which its format is not defined: RDATA as it is (RFC 3597 §3).
    case unknown(RecordType, [UInt8])

    /// TYPE.
    public var type: RecordType {
        switch self {
        case .a: .a
        case .aaaa: .aaaa
        case .ns: .ns
        case .cname: .cname
        case .ptr: .ptr
        case .soa: .soa
        case .mx: .mx
        case .txt: .txt
        case .srv: .srv
        case .opt: .opt
        case .unknown(let type, _): type
        }
    }
}
