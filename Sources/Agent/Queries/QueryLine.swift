// SPDX-License-Identifier: Apache-2.0
import DNSTransport
import DNSWire

/// One line of the query log.
///
/// Names are as zone files write them (RFC 1035 §5.1): what is no visible ASCII is `\DDD`, so that no
/// name makes a line, a field or a command for a terminal.
struct QueryLine {
    let query: TappedQuery

    init(_ query: TappedQuery) { self.query = query }

    /// The name with its final dot; `-` for a query without one.
    ///
    /// What would end a field is `\DDD` too, so that it needs no quotes.
    static func name(_ wire: [UInt8]) -> String {
        guard !wire.isEmpty, let name = try? DomainName(wire: wire) else { return "-" }
        guard !name.isRoot else { return "." }
        var text: [UInt8] = []
        for label in name.labels {
            for octet in label { append(octet, to: &text) }
            text.append(UInt8(ascii: "."))
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func append(_ octet: UInt8, to text: inout [UInt8]) {
        switch octet {
        case UInt8(ascii: "."), UInt8(ascii: "\\"): text += [UInt8(ascii: "\\"), octet]
        case UInt8(ascii: "\""), 0...0x20, 0x7f...:
            text += [
                UInt8(ascii: "\\"), 48 + octet / 100, 48 + octet / 10 % 10, 48 + octet % 10,
            ]
        default: text.append(octet)
        }
    }

    /// The flags of the reply that are set, as dig calls them.
    private var flags: [String] {
        [
            (0x8000, "qr"), (0x0400, "aa"), (0x0200, "tc"), (0x0100, "rd"), (0x0080, "ra"),
            (0x0020, "ad"), (0x0010, "cd"),
        ].filter { query.flags & $0.0 != 0 }.map(\.1)
    }

    /// Field by field, in the order in which they are written.
    private var fields: [(key: String, value: String, isText: Bool)] {
        let type = RecordType(rawValue: query.type)
        let address = query.client.description
        let microseconds = query.nanoseconds / 1000
        let part = query.nanoseconds % 1000 / 100
        return [
            ("name", Self.name(query.name), true),
            ("type", query.name.isEmpty ? "-" : type.description, true),
            ("class", query.name.isEmpty ? "-" : Self.name(ofClass: query.questionClass), true),
            ("client", address, true),
            ("port", String(query.port), false),
            ("transport", query.isStream ? "tcp" : "udp", true),
            ("code", Self.name(ofCode: query.code), true),
            ("flags", flags.joined(separator: ","), true),
            ("answers", String(query.answers), false),
            ("authorities", String(query.authorities), false),
            ("additionals", String(query.additionals), false),
            ("size", String(query.replySize), false),
            ("query_size", String(query.querySize), false),
            ("us", "\(microseconds).\(part)", false),
            ("source", Self.name(of: query.source), true),
        ]
    }

    /// `name=web.service.consul. type=A …`, without time and without end.
    var text: String {
        fields.map { "\($0.key)=\(LogText.value($0.value))" }.joined(separator: " ")
    }

    /// The same as a JSON object, with its time.
    var json: String {
        let time = "{\"time\":\"\(LocalTime.text(of: query.time))\""
        return fields.reduce(time) { line, field in
            line + ",\"\(field.key)\":" + (field.isText ? LogText.quoted(field.value) : field.value)
        } + "}"
    }

    /// What the source is called in logs, lists and metrics.
    static func name(of source: QuerySource) -> String {
        switch source {
        case .none: "none"
        case .catalog: "catalog"
        case .zone: "zone"
        case .cache: "cache"
        case .upstream: "upstream"
        }
    }

    /// The mnemonic of a response code (RFC 1035 §4.1.1, RFC 2136 §2.2).
    static func name(ofCode code: UInt8) -> String {
        let names = [
            "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN",
            "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE",
        ]
        return Int(code) < names.count ? names[Int(code)] : "RCODE\(code)"
    }

    private static func name(ofClass number: UInt16) -> String {
        switch number {
        case 1: "IN"
        case 3: "CH"
        case 4: "HS"
        case 255: "ANY"
        default: "CLASS\(number)"
        }
    }
}
