// SPDX-License-Identifier: Apache-2.0
public import Definitions

/// Where checks that come over HTTP may not reach (SEC-09).
///
/// What an HTTP check reads is shown to everybody who sees checks, so that whoever may register one
/// could read with the agent's rights what the agent's machine alone can reach. The addresses of a
/// cloud's metadata hold the machine's credentials.
public enum ProbeTarget {
    /// Why a definition is refused; `nil` when it is not.
    public static func refusal(_ definition: CheckDefinition) -> String? {
        guard !definition.http.isEmpty else { return nil }
        let url = definition.http
        let lowered = url.lowercased()
        guard let scheme = ["http://", "https://"].first(where: { lowered.hasPrefix($0) }) else {
            return "Invalid check: HTTP \"\(url)\" has to begin with http:// or https://"
        }
        let rest = lowered.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" && $0 != "\\" }
        let place = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
        let host =
            place.hasPrefix("[")
            ? place.dropFirst().prefix { $0 != "]" } : place.prefix { $0 != ":" }
        guard isForbidden(String(host)) else { return nil }
        return
            "Invalid check: an HTTP check of \"\(host)\", a link-local address or the metadata of "
            + "this machine, can be defined in files of the agent's configuration only"
    }

    private static let names: Set = [
        "metadata", "metadata.google.internal", "instance-data", "instance-data.ec2.internal",
    ]

    /// Whether a host, a name or an address in any spelling, is such a place.
    static func isForbidden(_ host: String) -> Bool {
        let name = host.hasSuffix(".") ? String(host.dropLast()) : host
        if names.contains(name) { return true }
        if name.contains(":") { return isLinkLocalV6(name) }
        guard let address = addressV4(name) else { return false }
        // RFC 3927 §2.1.
        return address >> 16 == 0xA9FE
    }

    /// fe80::/10 (RFC 4291 §2.5.6), the one unique local address that a cloud uses, and IPv4 in IPv6.
    private static func isLinkLocalV6(_ text: String) -> Bool {
        let bare = text.split(separator: "%", omittingEmptySubsequences: false).first ?? ""
        guard let groups = addressV6(String(bare)) else { return false }
        if groups == [0xFD00, 0x0EC2, 0, 0, 0, 0, 0, 0x0254] { return true }
        // RFC 4291 §2.5.5, RFC 6052 §2.1.
        let carriers: [[UInt16]] = [
            [0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0xFFFF], [0x64, 0xFF9B, 0, 0, 0, 0],
        ]
        if carriers.contains(Array(groups.prefix(6))) { return groups[6] == 0xA9FE }
        return groups[0] & 0xFFC0 == 0xFE80
    }

    /// The eight groups of an address.
    private static func addressV6(_ text: String) -> [UInt16]? {
        let halves = text.split(separator: "::", omittingEmptySubsequences: false)
        let parsed = halves.compactMap { groups(of: $0) }
        guard parsed.count == halves.count, let left = parsed.first else { return nil }
        if parsed.count == 1 { return left.count == 8 ? left : nil }
        let right = parsed[1]
        let rest = 8 - left.count - right.count
        guard parsed.count == 2, rest >= 0 else { return nil }
        return left + [UInt16](repeating: 0, count: rest) + right
    }

    private static func groups(of half: Substring) -> [UInt16]? {
        var result: [UInt16] = []
        for part in half.split(separator: ":") {
            if part.contains("."), let address = addressV4(String(part)) {
                result += [UInt16(address >> 16), UInt16(address & 0xFFFF)]
            } else if let group = UInt16(part, radix: 16) {
                result.append(group)
            } else {
                return nil
            }
        }
        return result
    }

    /// An address as `inet_aton` reads it, which resolvers do: one to four numbers, decimal, octal or
    /// hexadecimal, of which the last fills what is left.
    private static func addressV4(_ text: String) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...4).contains(parts.count) else { return nil }
        var address: UInt64 = 0
        for (position, part) in parts.enumerated() {
            let isLast = position == parts.count - 1
            let bits = isLast ? 8 * (5 - parts.count) : 8
            guard let value = number(part), value < UInt64(1) << UInt64(bits) else { return nil }
            address = (address << UInt64(bits)) | value
        }
        return UInt32(address)
    }

    private static func number(_ text: Substring) -> UInt64? {
        if text.hasPrefix("0x") { return UInt64(text.dropFirst(2), radix: 16) }
        if text.hasPrefix("0"), text.count > 1 { return UInt64(text.dropFirst(), radix: 8) }
        guard text.first?.isNumber == true else { return nil }
        return UInt64(text)
    }
}
