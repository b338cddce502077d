// SPDX-License-Identifier: Apache-2.0

/// The port that stands in a URL (RFC 3986 §3.2.3).
///
/// Libraries that dial stop the process at a number that is no port, so it is looked at before they see it.
public enum URLPort {
    /// What stands for the port behind the scheme of a URL, or in `host:port`; empty for nothing.
    public static func text(in url: String) -> Substring {
        var rest = url[...]
        if let sign = url.firstRange(of: "://") { rest = url[sign.upperBound...] }
        var authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        if let sign = authority.lastIndex(of: "@") {
            authority = authority[authority.index(after: sign)...]
        }
        // An address of IPv6 has colons within its brackets.
        if let bracket = authority.lastIndex(of: "]") {
            authority = authority[authority.index(after: bracket)...]
        }
        guard let colon = authority.lastIndex(of: ":") else { return "" }
        return authority[authority.index(after: colon)...]
    }

    /// Whether a URL names a port from 0 to 65535, or none.
    public static func isValid(in url: String) -> Bool {
        let text = text(in: url)
        return text.isEmpty || (isNumber(text) && UInt16(text) != nil)
    }

    /// Whether a text has digits alone.
    public static func isNumber(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 &- 0x30 < 10 }
    }
}
