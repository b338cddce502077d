// SPDX-License-Identifier: Apache-2.0
import HummingbirdCore

/// The rules for paths before any route is looked for (HTTP API 1.1).
enum RequestPath {
    /// The path and the query of a request's target (RFC 9112 §3.2), both as they were sent.
    static func split(_ target: String) -> (path: String, query: String?) {
        let octets = target.utf8
        guard octets.first == UInt8(ascii: "/") else {
            let uri = URI(target)
            return (uri.path, uri.query)
        }
        let isEnd = { (octet: UInt8) in octet == UInt8(ascii: "?") || octet == UInt8(ascii: "#") }
        guard let end = octets.firstIndex(where: isEnd) else { return (target, nil) }
        let path = String(target[..<end])
        guard octets[end] == UInt8(ascii: "?") else { return (path, nil) }
        let rest = target[octets.index(after: end)...]
        return (path, String(rest.prefix { $0 != "#" }))
    }

    /// What the escapes of a path stand for.
    enum Decoded {
        case path(String)
        /// An escape is malformed.
        case malformed
        /// Its octets are no UTF-8.
        case noText
    }

    /// A path without its escapes.
    static func decoded(_ path: String) -> Decoded {
        var isEncoded = false
        var isASCII = true
        for octet in path.utf8 {
            isEncoded = isEncoded || octet == UInt8(ascii: "%")
            isASCII = isASCII && octet < 0x80
        }
        // What the parser puts for octets that are no text.
        if !isASCII, path.unicodeScalars.contains("\u{FFFD}") { return .noText }
        guard isEncoded else { return .path(path) }
        guard let octets = PercentEncoding.octets(path.utf8) else { return .malformed }
        return String(validating: octets, as: UTF8.self).map { .path($0) } ?? .noText
    }

    /// The path without `//`, `/./` and `/../`, as Go's `ServeMux` cleans it; a final slash stays.
    static func cleaned(_ path: String) -> String {
        guard path.utf8.first == UInt8(ascii: "/") else { return cleaned("/" + path) }
        if !mayNeedCleaning(path) { return path }
        var segments: [Substring] = []
        for segment in path.split(separator: "/") {
            switch segment {
            case ".": break
            case "..": segments = segments.dropLast()
            default: segments.append(segment)
            }
        }
        guard !segments.isEmpty else { return "/" }
        let joined = "/" + segments.joined(separator: "/")
        return path.utf8.last == UInt8(ascii: "/") ? joined + "/" : joined
    }

    /// Whether a slash is followed by another one or a dot.
    private static func mayNeedCleaning(_ path: String) -> Bool {
        var isAfterSlash = false
        for octet in path.utf8 {
            if isAfterSlash, octet == UInt8(ascii: "/") || octet == UInt8(ascii: ".") {
                return true
            }
            isAfterSlash = octet == UInt8(ascii: "/")
        }
        return false
    }

    /// Whether each character is printable by Go's `unicode.IsPrint`: letters, marks, numbers,
    /// punctuation, symbols and the ASCII space.
    static func isPrintable(_ path: String) -> Bool {
        if path.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return true }
        return path.unicodeScalars.allSatisfy { scalar in
            if scalar.isASCII { return (0x20..<0x7F).contains(scalar.value) }
            switch scalar.properties.generalCategory {
            case .control, .format, .surrogate, .privateUse, .unassigned, .spaceSeparator,
                .lineSeparator, .paragraphSeparator:
                return false
            default: return true
            }
        }
    }
}
