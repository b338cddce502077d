// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import Hummingbird
import NIOCore

/// Reads the API from within the process, without a connection; for the agent's own watches, which
/// work whatever addresses the API is served on.
public struct LocalReader: Sendable {
    let responder: APIResponder

    /// What a read gave.
    public struct Reply: Sendable {
        /// The status.
        public var status: Int
        /// `X-Consul-Index`; 0 when there is none.
        public var index: UInt64
        /// `X-Consul-ContentHash`; empty when there is none.
        public var contentHash: String
        /// The body.
        public var body: [UInt8]
    }

    /// Reads a path with its query and a token, which may be empty; a blocking query ends early
    /// when the task is cancelled.
    public func get(_ path: String, token: String = "") async -> Reply {
        var headers = HTTPFields()
        if !token.isEmpty { headers[ConsulHeader.token] = token }
        let head = HTTPRequest(
            method: .get,
            scheme: nil,
            authority: nil,
            path: path,
            headerFields: headers
        )
        let body = RequestBody(buffer: ByteBuffer())
        let reply = await responder.reply(to: head, body, APIContext())
        return Reply(
            status: reply.status.code,
            index: reply.headers[ConsulHeader.index].flatMap { UInt64($0) } ?? 0,
            contentHash: reply.headers[ConsulHeader.contentHash] ?? "",
            body: Array(reply.body.readableBytesView)
        )
    }
}

extension HTTPServer {
    /// Reads this API from within the process.
    public var localReader: LocalReader {
        LocalReader(responder: responder)
    }
}
