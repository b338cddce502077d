// SPDX-License-Identifier: Apache-2.0

internal import DNSWire
internal import Forwarding

/// The questions that are asked: two in one zone, one below the other, one under another rule, one
/// about a name of our own.
enum Questions {
    static let all: [ForwardedQuery] =
        [
            ("www.example.net.", 1), ("example.net.", 6), ("a.www.example.net.", 28),
            ("host.corp.example.", 1), ("web.service.consul.", 43), ("www.example.net.", 255),
        ].flatMap { name, type in
            [
                query(name, type, [0x01, 0x00], dnssecOK: nil),
                query(name, type, [0x01, 0x30], dnssecOK: 0x80),
            ]
        }.compactMap { $0 }

    /// Others: of every address family, of a zone in our domain, of the root, a probe, a transfer.
    static let more: [ForwardedQuery] =
        [
            ("www.example.net.", 28), ("x.deleg.consul.", 1), ("deleg.consul.", 43),
            ("private.corp.example.", 1), ("example.net.", 1), (".", 2), ("net.", 2),
            ("1.0.0.10.in-addr.arpa.", 12), ("example.net.", 252), ("c.a.www.example.net.", 1),
            ("0123456789abcdef0123456789abcdef.waypost-probe.", 1), ("a.www.example.net.", 1),
        ].compactMap { query($0, $1, [0x01, 0x00], dnssecOK: nil) }
        + [query("deep.example.net.", 28, [0x01, 0x10], dnssecOK: 0x80)].compactMap { $0 }

    /// Names that nobody asks for until the end.
    static let strangers: [ForwardedQuery] = [
        "net.", "sibling.example.net.", "bank.example.", "corp.example.", "x.consul.", ".",
        "b.a.www.example.net.", "x.host.corp.example.",
    ].compactMap { query($0, 1, [0x01, 0x00], dnssecOK: nil) }

    private static func query(
        _ name: String,
        _ type: UInt8,
        _ flags: [UInt8],
        dnssecOK: UInt8?
    ) -> ForwardedQuery? {
        guard let name = try? DomainName(text: name) else { return nil }
        var octets: [UInt8] =
            [0x12, 0x34] + flags + [0, 1, 0, 0, 0, 0, 0, dnssecOK == nil ? 0 : 1]
        octets += name.wire + [0, type, 0, 1]
        if let dnssecOK { octets += [0, 0, 41, 0x04, 0xd0, 0, 0, dnssecOK, 0, 0, 0] }
        return ForwardedQuery(octets, overTCP: false)
    }
}
