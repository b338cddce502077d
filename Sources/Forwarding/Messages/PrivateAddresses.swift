// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// Addresses that no public name has any business with: a page from outside whose name gets one of
/// them would reach into the network of who reads it (DNS rebinding).
enum PrivateAddresses {
    /// A reply without A and AAAA records with such addresses; as it is where there are none.
    ///
    /// As unbound's `private-address`: the records go, the rest stays, and where nothing is left the
    /// answer is empty. The reason is told (RFC 8914 §4.16), and nothing is authentic any longer.
    static func removed(from octets: [UInt8]) -> [UInt8] {
        guard var message = try? Message(decoding: octets) else { return bare(octets) }
        let before = message.answers.count + message.authorities.count + message.additionals.count
        message.answers.removeAll(where: isPrivate)
        message.authorities.removeAll(where: isPrivate)
        message.additionals.removeAll(where: isPrivate)
        let left = message.answers.count + message.authorities.count + message.additionals.count
        guard left < before else { return octets }
        message.header.authenticatedData = false
        var edns = message.edns ?? EDNS(udpPayloadSize: ForwardedQuery.upstreamPayloadSize)
        edns.options.append(reason.option)
        message.edns = edns
        // What was decoded can be encoded; if not, nothing of it is good.
        return (try? message.encoded()) ?? bare(octets)
    }

    private static var reason: ExtendedDNSError {
        ExtendedDNSError(
            ExtendedDNSError.Code(rawValue: 15),
            text: "private addresses dropped (forwarding.rebind_protection)"
        )
    }

    /// Header and question of a truncated reply that cannot be read.
    private static func bare(_ octets: [UInt8]) -> [UInt8] {
        guard let layout = MessageLayout(octets) else { return [] }
        var message = Array(octets[..<layout.questionEnd])
        message[2] |= 0x02
        for at in 6..<12 { message[at] = 0 }
        return message
    }

    private static func isPrivate(_ record: ResourceRecord) -> Bool {
        switch record.data {
        case .a(let address): contains(address.octets)
        case .aaaa(let address): contains(address.octets)
        default: false
        }
    }

    /// Whether an address of 4 or 16 octets is one of them.
    static func contains(_ octets: [UInt8]) -> Bool {
        guard octets.count == 16 else { return isPrivateV4(octets) }
        // ::/96 holds :: and ::1 and, like the mapped (RFC 4291 §2.5.5) and the translated
        // addresses (RFC 6052 §2.1), others that end with one of IPv4.
        if embedding.contains(Array(octets[..<12])) { return isPrivateV4(Array(octets[12...])) }
        // RFC 4193, and RFC 4291 §2.5.6 with the site-local ones of §2.5.7.
        return octets[0] & 0xfe == 0xfc || octets[0] == 0xfe && octets[1] & 0x80 != 0
    }

    private static let embedding: Set<[UInt8]> = [
        [UInt8](repeating: 0, count: 12),
        [UInt8](repeating: 0, count: 10) + [0xff, 0xff],
        [0x00, 0x64, 0xff, 0x9b] + [UInt8](repeating: 0, count: 8),
    ]

    /// RFC 1918, RFC 1122 §3.2.1.3 (this network, loopback), RFC 3927, RFC 6598, RFC 919.
    private static func isPrivateV4(_ octets: [UInt8]) -> Bool {
        switch (octets[0], octets[1]) {
        case (0, _), (10, _), (127, _), (169, 254), (172, 16...31), (192, 168), (100, 64...127):
            true
        default: octets == [255, 255, 255, 255]
        }
    }
}
