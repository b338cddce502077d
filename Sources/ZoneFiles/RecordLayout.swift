// SPDX-License-Identifier: Apache-2.0

internal import DNSWire

/// The fields of a type's presentation form: what is read as text at all, and how.
///
/// A list of what is allowed, not of what is forbidden: libldns takes nonsense for many of the
/// other types, so those are read in the generic form of RFC 3597 only.
struct RecordLayout: Sendable {
    /// What a field of RDATA may hold.
    enum Field: Hashable, Sendable {
        case address(bits: Int)
        case name
        case number(bits: Int)
        case period
        case string
        /// One or more strings, to the end of the record.
        case strings
        /// Hexadecimal digits, blanks between them allowed, to the end of the record.
        case hexadecimal
        /// Base64, blanks between the parts allowed, to the end of the record.
        case base64
        /// Letters and digits, e.g. a CAA tag.
        case tag
        /// Words of printable ASCII to the end of the record; none is fine.
        case words
    }

    typealias NamedField = (name: String, field: Field)

    let mnemonic: String
    let type: RecordType
    let fields: [NamedField]

    private init(_ mnemonic: String, _ number: UInt16, _ fields: [NamedField]) {
        self.mnemonic = mnemonic
        self.type = RecordType(rawValue: number)
        self.fields = fields
    }

    /// The layout of a type, if it is read as text.
    static func of(_ type: RecordType) -> RecordLayout? { byType[type] }

    /// The layout of a mnemonic in any case.
    static func named(_ mnemonic: String) -> RecordLayout? {
        let name = mnemonic.uppercased()
        return all.first { $0.mnemonic == name }
    }

    /// Whether a record may have so many words of data.
    func accepts(count: Int) -> Bool {
        switch fields.last?.field {
        case .strings, .hexadecimal, .base64: count >= fields.count
        case .words: count >= fields.count - 1
        default: count == fields.count
        }
    }

    /// How many fields it needs, in words.
    var count: String {
        switch fields.last?.field {
        case .strings, .hexadecimal, .base64: "at least \(Self.plural(fields.count))"
        case .words: "at least \(Self.plural(max(1, fields.count - 1)))"
        default: Self.plural(fields.count)
        }
    }

    private static func plural(_ count: Int) -> String {
        count == 1 ? "1 field" : "\(count) fields"
    }

    private static let byType = Dictionary(uniqueKeysWithValues: all.map { ($0.type, $0) })

    private static let signer: [NamedField] = [
        ("tag", .number(bits: 16)), ("algorithm", .number(bits: 8)),
        ("digest-kind", .number(bits: 8)), ("digest", .hexadecimal),
    ]
    private static let key: [NamedField] = [
        ("flags", .number(bits: 16)), ("protocol", .number(bits: 8)),
        ("algorithm", .number(bits: 8)), ("key", .base64),
    ]
    private static let association: [NamedField] = [
        ("usage", .number(bits: 8)), ("selector", .number(bits: 8)),
        ("matching", .number(bits: 8)), ("association", .hexadecimal),
    ]
    private static let binding: [NamedField] = [
        ("priority", .number(bits: 16)), ("target", .name), ("parameters", .words),
    ]

    private static let all: [RecordLayout] = [
        RecordLayout("A", 1, [("address", .address(bits: 32))]),  // RFC 1035 §3.4.1
        RecordLayout("NS", 2, [("name", .name)]),  // RFC 1035 §3.3.11
        RecordLayout("CNAME", 5, [("name", .name)]),  // RFC 1035 §3.3.1
        RecordLayout(  // RFC 1035 §3.3.13
            "SOA",
            6,
            [
                ("primary", .name), ("mailbox", .name), ("serial", .number(bits: 32)),
                ("refresh", .period), ("retry", .period), ("expire", .period),
                ("minimum", .period),
            ]
        ),
        RecordLayout("PTR", 12, [("name", .name)]),  // RFC 1035 §3.3.12
        RecordLayout("HINFO", 13, [("cpu", .string), ("os", .string)]),  // RFC 1035 §3.3.2
        // RFC 1035 §3.3.9
        RecordLayout("MX", 15, [("preference", .number(bits: 16)), ("exchange", .name)]),
        RecordLayout("TXT", 16, [("strings", .strings)]),  // RFC 1035 §3.3.14
        RecordLayout("RP", 17, [("mailbox", .name), ("text", .name)]),  // RFC 1183 §2.2
        // RFC 1183 §1
        RecordLayout("AFSDB", 18, [("subtype", .number(bits: 16)), ("host", .name)]),
        RecordLayout("AAAA", 28, [("address", .address(bits: 128))]),  // RFC 3596 §2.4
        RecordLayout("LOC", 29, [("place", .words)]),  // RFC 1876 §3
        RecordLayout(  // RFC 2782
            "SRV",
            33,
            [
                ("priority", .number(bits: 16)), ("weight", .number(bits: 16)),
                ("port", .number(bits: 16)), ("target", .name),
            ]
        ),
        RecordLayout(  // RFC 3403 §4
            "NAPTR",
            35,
            [
                ("order", .number(bits: 16)), ("preference", .number(bits: 16)),
                ("flags", .string), ("services", .string), ("expression", .string),
                ("replacement", .name),
            ]
        ),
        // RFC 2230 §3.1
        RecordLayout("KX", 36, [("preference", .number(bits: 16)), ("exchanger", .name)]),
        RecordLayout("DS", 43, signer),  // RFC 4034 §5.3
        RecordLayout(  // RFC 4255 §3.1
            "SSHFP",
            44,
            [
                ("algorithm", .number(bits: 8)), ("kind", .number(bits: 8)),
                ("fingerprint", .hexadecimal),
            ]
        ),
        RecordLayout("DNSKEY", 48, key),  // RFC 4034 §2.2
        RecordLayout("TLSA", 52, association),  // RFC 6698 §2.2
        RecordLayout("SMIMEA", 53, association),  // RFC 8162 §2
        RecordLayout("CDS", 59, signer),  // RFC 7344 §3.1
        RecordLayout("CDNSKEY", 60, key),  // RFC 7344 §3.2
        RecordLayout("OPENPGPKEY", 61, [("key", .base64)]),  // RFC 7929 §2.3
        RecordLayout("SVCB", 64, binding),  // RFC 9460 §2.1
        RecordLayout("HTTPS", 65, binding),  // RFC 9460 §9
        RecordLayout("SPF", 99, [("strings", .strings)]),  // RFC 4408 §3.1.1
        RecordLayout(  // RFC 7553 §4
            "URI",
            256,
            [
                ("priority", .number(bits: 16)), ("weight", .number(bits: 16)),
                ("target", .string),
            ]
        ),
        RecordLayout(  // RFC 8659 §4
            "CAA",
            257,
            [("flags", .number(bits: 8)), ("tag", .tag), ("value", .string)]
        ),
    ]
}
