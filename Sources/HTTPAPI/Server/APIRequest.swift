// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import Hummingbird
import NIOCore

/// A request as handlers see it: routed, decoded, its body still to be read.
struct APIRequest: Sendable {
    /// The largest body that is read as JSON.
    ///
    /// A registration with the most metadata that is allowed (64 pairs) and fifty checks stays
    /// far below.
    static let maximumBody = 1 << 20

    /// The method.
    var method: HTTPRequest.Method
    /// The decoded path.
    var path: String
    /// What follows the route's path; empty for routes without argument.
    var argument = ""
    /// The query.
    var query: QueryParameters
    /// The headers.
    var headers: HTTPFields
    /// Whether the agent runs with `-dev`; its JSON is indented.
    var isDevelopment: Bool
    /// The connection.
    var channel: any Channel
    /// The body.
    var body: RequestBody

    /// The token, from where it is first found (HTTP API 1.8); not looked at while there are no
    /// ACLs but kept with what an agent registers.
    var token: String {
        if let token = query.first("token"), !token.isEmpty { return token }
        if let token = headers[.consulToken], !token.isEmpty { return token }
        let words = (headers[.authorization] ?? "").split(separator: " ")
        guard words.count >= 2, words[0].lowercased() == "bearer" else { return "" }
        return String(words[1])
    }

    /// The body as JSON.
    ///
    /// - Throws: 400 with Go's text, 413 when it is too large.
    func decodedBody() async throws(APIFailure) -> JSONValue {
        let buffer = try await collectedBody()
        do {
            return try JSONParser.parse(Array(buffer.readableBytesView))
        } catch {
            throw .badRequest("Request decode failed: \(error)")
        }
    }

    private func collectedBody() async throws(APIFailure) -> ByteBuffer {
        do {
            return try await body.collect(upTo: Self.maximumBody)
        } catch is NIOTooManyBytesError {
            let length = headers[.contentLength] ?? "more than \(Self.maximumBody)"
            throw APIFailure(
                .contentTooLarge,
                "Request body(\(length) bytes) too large, max size: \(Self.maximumBody) bytes.\n"
            )
        } catch {
            throw .badRequest("Request decode failed: unexpected EOF")
        }
    }
}

extension HTTPField.Name {
    static var consulToken: HTTPField.Name { ConsulHeader.token }
    static var forwardedFor: HTTPField.Name { ConsulHeader.forwardedFor }
}
