// SPDX-License-Identifier: Apache-2.0

/// The name and the password that stand in a URL (`http://name:password@host/`, RFC 3986 §3.2.1).
///
/// Go's `http.Client` sends them as Basic credentials (RFC 7617) to the host of that URL, unless
/// the request has an `Authorization` of its own.
public struct URLCredentials: Hashable, Sendable {
    /// The name, without percent escapes.
    public let user: [UInt8]
    /// The password, without percent escapes; `nil` where there is none.
    public let password: [UInt8]?
    /// What stands before the `@`, as it is written.
    private let text: Substring

    /// Reads a URL; `nil` for one without credentials.
    public init?(url: String) {
        guard let text = Self.text(in: url) else { return nil }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        user = Self.decoded(parts[0])
        password = parts.count > 1 ? Self.decoded(parts[1]) : nil
        self.text = text
    }

    /// The value of `Authorization` (RFC 7617 §2).
    public var authorization: String {
        "Basic " + Self.base64(user + [UInt8(ascii: ":")] + (password ?? []))
    }

    /// A URL as errors and logs show it: Go writes `***` for a password.
    public static func hidingPassword(in url: String) -> String {
        guard let own = URLCredentials(url: url), own.password != nil else { return url }
        let user = own.text.prefix { $0 != ":" }
        return "\(url[..<own.text.startIndex])\(user):***\(url[own.text.endIndex...])"
    }

    private static func text(in url: String) -> Substring? {
        guard let colon = url.firstIndex(of: ":"), url[colon...].hasPrefix("://") else {
            return nil
        }
        let rest = url[url.index(colon, offsetBy: 3)...]
        let authority = rest.prefix { !"/?#".contains($0) }
        return authority.lastIndex(of: "@").map { authority[..<$0] }
    }

    private static func decoded(_ text: Substring) -> [UInt8] {
        let octets = Array(text.utf8)
        var result: [UInt8] = []
        var place = 0
        while place < octets.count {
            if octets[place] == UInt8(ascii: "%"), place + 2 < octets.count,
                let high = digit(octets[place + 1]), let low = digit(octets[place + 2])
            {
                result.append(high << 4 | low)
                place += 3
            } else {
                result.append(octets[place])
                place += 1
            }
        }
        return result
    }

    private static func digit(_ octet: UInt8) -> UInt8? {
        Character(Unicode.Scalar(octet)).hexDigitValue.map { UInt8($0) }
    }

    // RFC 4648 §4.
    private static func base64(_ octets: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        var result = ""
        for start in stride(from: 0, to: octets.count, by: 3) {
            let group = octets[start..<min(start + 3, octets.count)]
            let bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << (8 * (3 - group.count))
            for place in 0..<4 {
                let sextet = Int(bits >> (18 - 6 * place) & 63)
                result.append(place <= group.count ? alphabet[sextet] : "=")
            }
        }
        return result
    }
}
