// SPDX-License-Identifier: Apache-2.0

/// Where an HTTP check may be led by redirects.
///
/// Consul follows ten wherever they lead (Go's `net/http`). A check speaks from within the
/// network on behalf of whoever answers it, so it goes neither to link-local addresses, where
/// clouds hand out credentials, nor to another scheme.
public enum RedirectRule {
    /// How many redirects are followed.
    public static let limit = 10

    /// How a request goes on.
    public struct Step: Hashable, Sendable {
        /// The method of the next request.
        public var method: String
        /// Whether the body is sent again.
        public var keepsBody: Bool

        /// Makes a step.
        public init(method: String, keepsBody: Bool) {
            self.method = method
            self.keepsBody = keepsBody
        }
    }

    /// The next request after a reply; `nil` where the reply is no redirect (RFC 9110 §15.4, as
    /// Go reads it).
    public static func step(after status: Int, method: String) -> Step? {
        switch status {
        case 301, 302, 303:
            Step(method: method == "HEAD" ? method : "GET", keepsBody: false)
        case 307, 308: Step(method: method, keepsBody: true)
        default: nil
        }
    }

    /// Whether credentials that were given for one host may go to another: to itself and to what
    /// is below it, as with Go.
    public static func keepsCredentials(from host: String, to next: String) -> Bool {
        next == host || next.hasSuffix("." + host)
    }

    /// The headers that count as credentials, in lower case.
    public static let credentials: Set = [
        "authorization", "www-authenticate", "cookie", "cookie2", "proxy-authorization",
    ]

    /// Whether an address is link-local (RFC 3927, RFC 4291 §2.5.6), IPv4 within IPv6 included.
    ///
    /// The text is one that `inet_ntop` writes.
    public static func isLinkLocal(_ address: String) -> Bool {
        let text = address.lowercased()
        if text.hasPrefix("169.254.") || text.hasPrefix("::ffff:169.254.") { return true }
        // RFC 6052: 169.254.0.0/16 behind the well-known prefix.
        if text.hasPrefix("64:ff9b::a9fe:") { return true }
        return ["fe8", "fe9", "fea", "feb"].contains { text.hasPrefix($0) }
            && text.prefix { $0 != ":" }.count == 4
    }
}
