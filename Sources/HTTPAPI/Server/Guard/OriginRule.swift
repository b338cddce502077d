// SPDX-License-Identifier: Apache-2.0
import HTTPTypes

/// From whose pages browsers may write (SEC-02).
///
/// A browser sends simple requests to any address that a page names, and asks nobody before. It says
/// with each whose page that was, and other clients say nothing.
public struct OriginRule: Hashable, Sendable {
    private var origins: Set<String>

    /// Makes a rule; `allowed` is `http_config.allowed_origins`: `https://ops.example.com`, or `*`.
    public init(allowed: [String] = []) {
        origins = Set(allowed.map { Self.normal($0) })
    }

    /// Why a write is refused; `nil` when it is not.
    func refusal(_ method: HTTPRequest.Method, host: String, _ headers: HTTPFields) -> String? {
        if origins.contains("*") { return nil }
        let origin = headers[.origin]
        let site = headers[.secFetchSite]?.lowercased()
        if let origin {
            let own = [Self.normal("http://" + host), Self.normal("https://" + host)]
            let asked = Self.normal(origin)
            if origins.contains(asked) { return nil }
            guard own.contains(asked) else { return Self.refusal(of: "pages of \(origin)") }
        } else if site == "cross-site" || site == "same-site" {
            return Self.refusal(of: "pages of other origins")
        }
        guard method == .post, origin != nil || site != nil else { return nil }
        let type = (headers[.contentType] ?? "").lowercased().prefix { $0 != ";" && $0 != " " }
        // The types of forms need no preflight, whoever's page has the form.
        guard Self.formTypes.contains(String(type)) else { return nil }
        return "Browsers have to send writes by POST as application/json, not \(type)."
    }

    private static let formTypes: Set = [
        "text/plain", "application/x-www-form-urlencoded", "multipart/form-data",
    ]

    private static func refusal(of whom: String) -> String {
        "Writes from \(whom) are refused. If they are wanted, add the origin, such as "
            + "\"https://ops.example.com\", to http_config.allowed_origins in the agent's "
            + "configuration."
    }

    /// Without regard to case, final slash and the scheme's own port (RFC 6454 §4).
    private static func normal(_ origin: String) -> String {
        var text = origin.lowercased()
        while text.hasSuffix("/") { text.removeLast() }
        for (scheme, port) in [("http://", ":80"), ("https://", ":443")]
        where text.hasPrefix(scheme) && text.hasSuffix(port) {
            text.removeLast(port.count)
        }
        return text
    }
}

extension HTTPField.Name {
    fileprivate static var secFetchSite: HTTPField.Name { ConsulHeader.secFetchSite }
}
