// SPDX-License-Identifier: Apache-2.0
import Checks
import Definitions
import FoundationEssentials
import NIOCore
import NIOHTTP1

/// A request of an HTTP check that cannot be sent.
struct HTTPRequestError: Error, Hashable {
    /// What is wrong with it, for the output of the check.
    let text: String
}

/// A request of an HTTP check, ready to be sent over a connection of its own.
struct HTTPCheckRequest: Sendable {
    /// Whether it goes through TLS.
    let isSecure: Bool
    /// The name or address of the host, without brackets.
    let host: String
    /// The port.
    let port: Int
    /// Where the host is, if nobody has to be asked for that.
    let address: SocketAddress?
    /// The head, with what Consul sends besides (Consul API, "HTTP check request").
    let head: HTTPRequestHead
    /// The body; `nil` for none.
    let body: ByteBuffer?

    /// Reads the URL and makes the head.
    ///
    /// - Throws: ``HTTPRequestError`` for what is no URL of HTTP, and for methods and headers that
    ///   would end the line in which they stand.
    init(_ hop: HTTPHop) throws(HTTPRequestError) {
        let scheme = ["http", "https"].first { hop.url.lowercased().hasPrefix($0 + "://") }
        guard let scheme, let url = URL(string: hop.url), let named = url.host, !named.isEmpty
        else { throw HTTPRequestError(text: "unsupported protocol scheme or empty host") }
        isSecure = scheme == "https"
        host = named.first == "[" ? String(named.dropFirst().dropLast()) : named
        let written = URLPort.text(in: hop.url)
        // A number that is no `Int` is none to the URL either, which is not that of the scheme.
        guard let place = written.isEmpty ? (isSecure ? 443 : 80) : UInt16(written) else {
            throw HTTPRequestError(text: "invalid port \(written)")
        }
        port = Int(place)
        // What is no address is a name.
        address = try? SocketAddress(ipAddress: host, port: self.port)
        body = hop.body.isEmpty ? nil : ByteBuffer(string: hop.body)
        head = HTTPRequestHead(
            version: .http1_1,
            method: try Self.method(hop.method),
            uri: Self.target(of: url),
            headers: try Self.headers(hop, host: host, port: url.port)
        )
    }

    /// `host:port` of the URL, as a dial error names it.
    var target: String { "\(Self.bracketed(host)):\(port)" }

    private static func method(_ name: String) throws(HTTPRequestError) -> HTTPMethod {
        guard isToken(name) else {
            throw HTTPRequestError(text: "net/http: invalid method \"\(name)\"")
        }
        return HTTPMethod(rawValue: name)
    }

    /// Path and query (RFC 9112 §3.2.1).
    private static func target(of url: URL) -> String {
        let components = URLComponents(url: url, resolvingAgainstBaseURL: true)
        let path = components?.percentEncodedPath ?? url.path
        return (path.isEmpty ? "/" : path) + (url.query.map { "?" + $0 } ?? "")
    }

    private static func headers(
        _ hop: HTTPHop,
        host: String,
        port: Int?
    ) throws(HTTPRequestError) -> HTTPHeaders {
        var headers = HTTPHeaders()
        for (name, values) in hop.headers.sorted(by: { $0.key < $1.key }) {
            for value in values { headers.add(name: name, value: value) }
        }
        let defaults = [
            ("User-Agent", "Consul Health Check"), ("Accept", "text/plain, text/*, */*"),
            // Go: the port as it stands in the URL.
            ("Host", bracketed(host) + (port.map { ":\($0)" } ?? "")),
        ]
        for (name, value) in defaults where !headers.contains(name: name) {
            headers.add(name: name, value: value)
        }
        if let own = URLCredentials(url: hop.url), !headers.contains(name: "Authorization") {
            headers.add(name: "Authorization", value: own.authorization)
        }
        headers.replaceOrAdd(name: "Connection", value: "close")
        // RFC 9110 §8.6: a length where the method has a meaning for a body.
        headers.remove(name: "Transfer-Encoding")
        headers.remove(name: "Content-Length")
        let hasBody = !hop.body.isEmpty
        if hasBody || !["GET", "HEAD", "DELETE", "CONNECT", "TRACE"].contains(hop.method) {
            headers.add(name: "Content-Length", value: "\(hop.body.utf8.count)")
        }
        for (name, value) in headers {
            guard isToken(name) else {
                throw HTTPRequestError(text: "net/http: invalid header field name \"\(name)\"")
            }
            // RFC 9110 §5.5: no control characters but the tabulator.
            guard value.utf8.allSatisfy({ $0 == 9 || $0 >= 0x20 && $0 != 0x7f }) else {
                throw HTTPRequestError(
                    text: "net/http: invalid header field value for \"\(name)\""
                )
            }
        }
        return headers
    }

    private static func bracketed(_ host: String) -> String {
        host.contains(":") ? "[\(host)]" : host
    }

    /// RFC 9110 §5.6.2.
    private static func isToken(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { octet in
                switch octet {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "!#$%&'*+-.^_`|~".utf8.contains(octet)
                }
            }
    }
}
