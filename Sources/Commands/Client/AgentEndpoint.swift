// SPDX-License-Identifier: Apache-2.0
internal import Definitions

/// Where an agent's HTTP API is (spec cli.md 1.2): `host:port`, `http://…`, `https://…`, each
/// with an optional path that goes before `/v1`, or `unix:///path`.
struct AgentEndpoint: Hashable {
    var scheme: String
    /// `host:port`, or the path of a unix socket.
    var place: String
    var isUnixSocket = false
    /// What goes before `/v1`, without final slash.
    var pathPrefix = ""
    var token = ""
    /// `user:password`; empty means none.
    var basicAuthentication = ""
    /// Certificates and names for `https`.
    var tls = ClientTLS()

    init?(address: String, isTLS: Bool) {
        scheme = isTLS ? "https" : "http"
        var rest = Substring(address)
        if rest.hasPrefix("unix://") {
            scheme = "http"
            isUnixSocket = true
            place = String(rest.dropFirst(7))
            if place.isEmpty { return nil }
            return
        }
        for name in ["http", "https"] where rest.hasPrefix("\(name)://") {
            scheme = name
            rest = rest.dropFirst(name.count + 3)
        }
        if Self.otherScheme(of: rest) != nil { return nil }
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        var authority = rest[..<slash]
        var prefix = rest[slash...]
        while prefix.last == "/" { prefix.removeLast() }
        pathPrefix = String(prefix)
        // Go's client adds the scheme's port.
        let afterBracket = authority.lastIndex(of: "]").map { authority[$0...] } ?? authority
        if authority.hasSuffix(":") { authority.removeLast() }
        let hasPort = afterBracket.dropLast().contains(":")
        place = hasPort ? String(authority) : "\(authority):\(scheme == "https" ? 443 : 80)"
        // Without host it is this one, as Go dials it.
        if authority.hasPrefix(":") { place = "127.0.0.1" + place }
        if authority.isEmpty || authority.contains(" ") { return nil }
        if !URLPort.isValid(in: place) { return nil }
    }

    /// The scheme of an address behind those that are known: `tcp` of `tcp://127.0.0.1:8500`.
    static func otherScheme(of address: some StringProtocol) -> String? {
        let scheme = address.prefix { $0.isLetter }
        guard !scheme.isEmpty, address.dropFirst(scheme.count).hasPrefix("://") else { return nil }
        return ["http", "https", "unix"].contains(String(scheme)) ? nil : String(scheme)
    }

    /// The URL as texts show it.
    func displayedURL(_ path: String) -> String {
        "\(scheme)://\(isUnixSocket ? "unix" : place)\(pathPrefix)\(path)"
    }

    /// The host without port and brackets.
    var host: String {
        guard let colon = place.lastIndex(of: ":") else { return place }
        return place[..<colon].filter { $0 != "[" && $0 != "]" }
    }

    /// Whether the certificate is to have another name than the address.
    var hasOtherName: Bool { scheme == "https" && !tls.serverName.isEmpty && !isUnixSocket }

    /// The URL as the HTTP client wants it; its host is the name that the certificate is to have.
    func requestURL(_ path: String) -> String {
        if hasOtherName, let colon = place.lastIndex(of: ":") {
            return "\(scheme)://\(tls.serverName)\(place[colon...])\(pathPrefix)\(path)"
        }
        guard isUnixSocket else { return displayedURL(path) }
        return "http+unix://\(PercentEncoding.encode(place, alsoSlashes: true))\(path)"
    }

    /// What Go's dialer calls it: `tcp 127.0.0.1:8500`, `unix /path`.
    var dialed: String { isUnixSocket ? "unix \(place)" : "tcp \(place)" }
}

/// RFC 3986 §2.1.
enum PercentEncoding {
    /// Encodes whatever is not unreserved; slashes only when asked for.
    static func encode(_ text: some StringProtocol, alsoSlashes: Bool) -> String {
        var result = ""
        for octet in text.utf8 {
            switch octet {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(octet))
            case UInt8(ascii: "/") where !alsoSlashes: result += "/"
            default:
                result += "%" + (octet < 16 ? "0" : "") + String(octet, radix: 16, uppercase: true)
            }
        }
        return result
    }
}
