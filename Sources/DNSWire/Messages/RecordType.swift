// SPDX-License-Identifier: Apache-2.0

/// TYPE or QTYPE: a number, whether we know its name or not (RFC 3597 §2, RFC 6895 §3.1).
public struct RecordType: RawRepresentable, Hashable, Sendable {
    /// The number.
    public let rawValue: UInt16

    /// Makes a type from its number.
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// An IPv4 address (RFC 1035).
    public static let a = RecordType(rawValue: 1)
    /// An authoritative server (RFC 1035).
    public static let ns = RecordType(rawValue: 2)
    /// The canonical name of an alias (RFC 1035).
    public static let cname = RecordType(rawValue: 5)
    /// The start of a zone of authority (RFC 1035).
    public static let soa = RecordType(rawValue: 6)
    /// Another name (RFC 1035).
    public static let ptr = RecordType(rawValue: 12)
    /// Host information (RFC 1035; RFC 8482 answers ANY with it).
    public static let hinfo = RecordType(rawValue: 13)
    /// A mail exchange (RFC 1035).
    public static let mx = RecordType(rawValue: 15)
    /// Text strings (RFC 1035).
    public static let txt = RecordType(rawValue: 16)
    /// An IPv6 address (RFC 3596).
    public static let aaaa = RecordType(rawValue: 28)
    /// The location of a service (RFC 2782).
    public static let srv = RecordType(rawValue: 33)
    /// A naming authority pointer (RFC 3403).
    public static let naptr = RecordType(rawValue: 35)
    /// An alias of a whole subtree (RFC 6672).
    public static let dname = RecordType(rawValue: 39)
    /// The EDNS pseudo record (RFC 6891).
    public static let opt = RecordType(rawValue: 41)
    /// A delegation signer (RFC 4034).
    public static let ds = RecordType(rawValue: 43)
    /// A signature (RFC 4034).
    public static let rrsig = RecordType(rawValue: 46)
    /// An authenticated denial (RFC 4034).
    public static let nsec = RecordType(rawValue: 47)
    /// A public key of a zone (RFC 4034).
    public static let dnskey = RecordType(rawValue: 48)
    /// A hashed authenticated denial (RFC 5155).
    public static let nsec3 = RecordType(rawValue: 50)
    /// Parameters of hashed denial (RFC 5155).
    public static let nsec3param = RecordType(rawValue: 51)
    /// A certificate association (RFC 6698).
    public static let tlsa = RecordType(rawValue: 52)
    /// A service binding (RFC 9460).
    public static let svcb = RecordType(rawValue: 64)
    /// A service binding for HTTPS (RFC 9460).
    public static let https = RecordType(rawValue: 65)
    /// A transaction signature (RFC 8945).
    public static let tsig = RecordType(rawValue: 250)
    /// An incremental zone transfer (RFC 1995).
    public static let ixfr = RecordType(rawValue: 251)
    /// A zone transfer (RFC 5936).
    public static let axfr = RecordType(rawValue: 252)
    /// All types (RFC 1035, RFC 8482).
    public static let any = RecordType(rawValue: 255)
    /// Which authorities may issue certificates (RFC 8659).
    public static let caa = RecordType(rawValue: 257)

    /// The names that we print and parse, one table for both directions.
    private static let mnemonics: [(type: RecordType, name: String)] = [
        (.a, "A"), (.ns, "NS"), (.cname, "CNAME"), (.soa, "SOA"), (.ptr, "PTR"),
        (.hinfo, "HINFO"), (.mx, "MX"), (.txt, "TXT"), (.aaaa, "AAAA"), (.srv, "SRV"),
        (.naptr, "NAPTR"), (.dname, "DNAME"), (.opt, "OPT"), (.ds, "DS"), (.rrsig, "RRSIG"),
        (.nsec, "NSEC"), (.dnskey, "DNSKEY"), (.nsec3, "NSEC3"), (.nsec3param, "NSEC3PARAM"),
        (.tlsa, "TLSA"), (.svcb, "SVCB"), (.https, "HTTPS"), (.tsig, "TSIG"), (.ixfr, "IXFR"),
        (.axfr, "AXFR"), (.any, "ANY"), (.caa, "CAA"),
    ]

    /// Makes a type from its name in any case, or from `TYPEn` (RFC 3597 §5); `nil` for others.
    public init?(text: String) {
        let name = text.uppercased()
        if let known = Self.mnemonics.first(where: { $0.name == name }) {
            self = known.type
        } else if name.hasPrefix("TYPE"), let number = UInt16(decimal: name.dropFirst(4)) {
            self.init(rawValue: number)
        } else {
            return nil
        }
    }
}

extension RecordType: CustomStringConvertible {
    /// The name of the type, `TYPEn` for one without (RFC 3597 §5).
    public var description: String {
        Self.mnemonics.first { $0.type == self }?.name ?? "TYPE\(rawValue)"
    }
}

extension UInt16 {
    /// Makes a number from decimal digits only: no sign, no blanks, nothing empty.
    init?(decimal text: Substring) {
        guard text.utf8.allSatisfy({ $0 &- 0x30 < 10 }) else { return nil }
        self.init(text)
    }
}
