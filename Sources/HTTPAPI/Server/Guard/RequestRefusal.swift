// SPDX-License-Identifier: Apache-2.0
import NIOHTTP1

/// Why a request is refused before anything looks at what it asks for (SEC-04).
///
/// The answers are Go's; the connection is closed behind each.
struct RequestRefusal: Error, Hashable {
    /// The status.
    var status: HTTPResponseStatus
    /// The text.
    var text: String

    init(_ status: HTTPResponseStatus, _ reason: String = "") {
        self.status = status
        let line = "\(status.code) \(status.reasonPhrase)"
        text = reason.isEmpty ? line : "\(line): \(reason)"
    }

    /// No request at all.
    static let malformed = RequestRefusal(.badRequest)
    /// More headers than `http_config.max_header_bytes`.
    static let headersTooLarge = RequestRefusal(.requestHeaderFieldsTooLarge)

    /// What is wrong with a head that the parser let pass; `nil` when nothing is.
    static func of(_ head: HTTPRequestHead) -> RequestRefusal? {
        let hosts = head.headers[canonicalForm: "Host"]
        // RFC 9112 §3.2: 1.1 needs exactly one Host.
        if !isOld(head), !head.headers.contains(name: "Host") {
            return RequestRefusal(.badRequest, "missing required Host header")
        }
        if hosts.count > 1 || head.headers["Host"].count > 1 {
            return RequestRefusal(.badRequest, "too many Host headers")
        }
        if head.method == .CONNECT {
            return RequestRefusal(.badRequest, "this server is no proxy")
        }
        return transferEncoding(head)
    }

    private static func isOld(_ head: HTTPRequestHead) -> Bool {
        head.version.major < 1 || (head.version.major == 1 && head.version.minor < 1)
    }

    /// RFC 9112 §6.1: what a server does not understand it must not guess the length of.
    private static func transferEncoding(_ head: HTTPRequestHead) -> RequestRefusal? {
        let codings = head.headers["Transfer-Encoding"]
        guard !codings.isEmpty else { return nil }
        guard !isOld(head) else {
            return RequestRefusal(.badRequest, "Transfer-Encoding needs HTTP/1.1")
        }
        guard codings.count == 1, codings[0].lowercased() == "chunked" else {
            return RequestRefusal(.notImplemented, "Unsupported transfer encoding")
        }
        return nil
    }
}
