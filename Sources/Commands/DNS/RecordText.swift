// SPDX-License-Identifier: Apache-2.0
internal import DNSWire

extension RecordData {
    /// RDATA as `dig +short` writes it (RFC 1035 §5.1; RFC 3597 §5 for unknown types).
    var shortText: String {
        switch self {
        case .a(let address): address.description
        case .aaaa(let address): address.description
        case .ns(let name), .cname(let name), .ptr(let name): name.description
        case .soa(let soa):
            "\(soa.primary) \(soa.mailbox) \(soa.serial) \(soa.refresh) \(soa.retry) "
                + "\(soa.expire) \(soa.minimum)"
        case .mx(let preference, let exchange): "\(preference) \(exchange)"
        case .txt(let strings): strings.map(Self.quote).joined(separator: " ")
        case .srv(let place): "\(place.priority) \(place.weight) \(place.port) \(place.target)"
        case .opt: ""
        case .unknown(_, let octets):
            "\\# \(octets.count)" + (octets.isEmpty ? "" : " ")
                + octets.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }
                .joined()
        }
    }

    private static func quote(_ octets: [UInt8]) -> String {
        var text = "\""
        for octet in octets {
            switch octet {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                text += "\\"
                text.unicodeScalars.append(Unicode.Scalar(octet))
            case 0x20..<0x7f: text.unicodeScalars.append(Unicode.Scalar(octet))
            default:
                let digits = String(octet)
                text += "\\" + String(repeating: "0", count: 3 - digits.count) + digits
            }
        }
        return text + "\""
    }
}
