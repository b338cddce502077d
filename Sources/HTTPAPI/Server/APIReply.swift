// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import HummingbirdCore
import NIOCore

/// What a handler answers; the responder adds the headers that every reply carries.
struct APIReply {
    var status: HTTPResponse.Status = .ok
    var headers = HTTPFields()
    var body = ByteBuffer()
    /// A body that comes part by part, in place of ``body``.
    var stream: ResponseBody?
    /// No reply yet: the handler is to be called again after this wait.
    var parked: ParkedRead?

    /// 200 without a body (HTTP API 1.4: newer servers call it JSON nevertheless).
    static var empty: APIReply {
        var reply = APIReply()
        reply.headers[.contentType] = "application/json"
        return reply
    }

    /// A plain text.
    static func text(_ text: String, status: HTTPResponse.Status = .ok) -> APIReply {
        var reply = APIReply(status: status, body: ByteBuffer(string: text))
        reply.headers[.contentType] = "text/plain; charset=utf-8"
        return reply
    }

    /// An error, or a wait.
    static func failure(_ failure: APIFailure) -> APIReply {
        if let parked = failure.parked { return APIReply(parked: parked) }
        var reply = text(failure.message, status: failure.status)
        for field in failure.headers { reply.headers.append(field) }
        return reply
    }
}

extension JSONWriter {
    /// The text so far, for a reply.
    var buffer: ByteBuffer { ByteBuffer(bytes: text) }
}

extension APIRequest {
    /// A JSON reply, laid out as the request asks (`?pretty`) and the agent is wont to (`-dev`).
    func json(
        status: HTTPResponse.Status = .ok,
        _ write: (inout JSONWriter) -> Void
    ) -> APIReply {
        let isPretty = query.has("pretty")
        var writer = JSONWriter(indented: isPretty || isDevelopment)
        write(&writer)
        var reply = APIReply(status: status, body: writer.buffer)
        if isPretty { reply.body.writeInteger(UInt8(ascii: "\n")) }
        reply.headers[.contentType] = "application/json"
        return reply
    }
}

/// The names of Consul's headers, spelled as Go's canonical form has them (HTTP API 1.5).
enum ConsulHeader {
    static let index = name("X-Consul-Index")
    static let knownLeader = name("X-Consul-Knownleader")
    static let lastContact = name("X-Consul-Lastcontact")
    static let consistency = name("X-Consul-Effective-Consistency")
    static let backend = name("X-Consul-Query-Backend")
    static let defaultPolicy = name("X-Consul-Default-Acl-Policy")
    static let translateAddresses = name("X-Consul-Translate-Addresses")
    static let contentHash = name("X-Consul-Contenthash")
    static let reason = name("X-Consul-Reason")
    static let cache = name("X-Cache")
    static let namespace = name("X-Consul-Namespace")
    static let partition = name("X-Consul-Partition")
    static let token = name("X-Consul-Token")
    static let secFetchSite = name("Sec-Fetch-Site")
    static let forwardedFor = name("X-Forwarded-For")
    static let lastEventID = name("Last-Event-ID")
    static let accelBuffering = name("X-Accel-Buffering")

    private static func name(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else {
            preconditionFailure("\(text) is no header name")
        }
        return name
    }
}
