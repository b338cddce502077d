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
    /// The connection; `nil` for a request of this process itself.
    var channel: (any Channel)?
    /// The body.
    var body: RequestBody
    /// What the handler waited for before it was called again.
    var parked: ParkedRead?
    /// Counts it for `limits.request_limits`, as a write or a read; for routes that admit themselves.
    var admit: @Sendable (_ isWrite: Bool) throws(APIFailure) -> Void = { _ in }

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

    /// The body as JSON; `nil` when there is none.
    ///
    /// - Throws: 400 with Go's text, 413 when it is too large.
    func decodedBodyIfAny() async throws(APIFailure) -> JSONValue? {
        let buffer = try await collectedBody()
        guard buffer.readableBytes > 0 else { return nil }
        do {
            return try JSONParser.parse(Array(buffer.readableBytesView))
        } catch {
            throw .badRequest("Request decode failed: \(error)")
        }
    }

    /// The body as it is.
    ///
    /// - Parameters:
    ///   - limit: the most octets; what says that it is longer is not read at all.
    ///   - setting: the key of the configuration that sets the limit, if one does; the error
    ///     names it.
    /// - Returns: the octets; none for a request without a body.
    /// - Throws: 413 when it is too large.
    func octets(
        upTo limit: Int,
        setting: String? = nil
    ) async throws(APIFailure) -> [UInt8] {
        let hint = setting.map { " See \($0) in the agent's configuration." } ?? ""
        if let length = headers[.contentLength].flatMap({ Int($0) }), length > limit {
            throw Self.tooLarge("\(length)", limit, hint)
        }
        return Array(try await collectedBody(upTo: limit, hint: hint).readableBytesView)
    }

    private func collectedBody(
        upTo limit: Int = maximumBody,
        hint: String = ""
    ) async throws(APIFailure) -> ByteBuffer {
        do {
            return try await body.collect(upTo: limit)
        } catch is NIOTooManyBytesError {
            throw Self.tooLarge(headers[.contentLength] ?? "more than \(limit)", limit, hint)
        } catch {
            throw .badRequest("Request decode failed: unexpected EOF")
        }
    }

    private static func tooLarge(_ length: String, _ limit: Int, _ hint: String) -> APIFailure {
        APIFailure(
            .contentTooLarge,
            "Request body(\(length) bytes) too large, max size: \(limit) bytes.\(hint)\n"
        )
    }
}

extension HTTPField.Name {
    static var consulToken: HTTPField.Name { ConsulHeader.token }
    static var forwardedFor: HTTPField.Name { ConsulHeader.forwardedFor }
}
