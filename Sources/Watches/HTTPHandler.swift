// SPDX-License-Identifier: Apache-2.0
import AsyncHTTPClient
import Checks
import Definitions
import FoundationEssentials
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL
import WatchPlans

/// Sends a request for each change: JSON as its body, the index in `X-Consul-Index` (spec cli.md
/// 4.1).
struct HTTPHandler: WatchHandler {
    let request: HTTPWatchHandler
    /// The type of the watch.
    let type: String
    let eventLoop: any EventLoop
    let logger: Logger

    /// How many octets of a reply are logged.
    private static let outputLimit = 4096

    func handle(_ result: WatchResult) async {
        var configuration = HTTPClient.Configuration()
        configuration.httpVersion = .http1Only
        // The time for the whole exchange ends with the head of the reply; this is for its body.
        configuration.timeout.read = .nanoseconds(GoDuration.nanoseconds(request.timeout))
        configuration.connectionPool.retryConnectionEstablishment = false
        // It would follow to ports that are none, at which it stops the process.
        configuration.redirectConfiguration = .disallow
        if request.skipsVerification {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.certificateVerification = .none
            configuration.tlsConfiguration = tls
        }
        // Changes are rare: a client for each holds nothing open between them.
        let client = HTTPClient(
            eventLoopGroupProvider: .shared(eventLoop),
            configuration: configuration
        )
        await send(result, over: client)
        // What is lost: that the client was shut down already, which nobody else can do.
        try? await client.shutdown()
    }

    private func send(_ result: WatchResult, over client: HTTPClient) async {
        var message = HTTPClientRequest(url: request.url)
        message.method = HTTPMethod(rawValue: request.method)
        message.headers.add(name: "Content-Type", value: "application/json")
        message.headers.add(name: "X-Consul-Index", value: result.position.description)
        for (name, values) in request.headers.sorted(by: { $0.key < $1.key }) {
            for value in values { message.headers.add(name: name, value: value) }
        }
        if let own = URLCredentials(url: request.url),
            !message.headers.contains(name: "Authorization")
        {
            message.headers.add(name: "Authorization", value: own.authorization)
        }
        message.body = .bytes(ByteBuffer(bytes: result.line))
        do {
            let reply = try await reply(to: message, over: client)
            var tail = OutputTail(limit: Self.outputLimit)
            for try await part in reply.body { tail.append(part.readableBytesView) }
            let isSuccess = (200...299).contains(Int(reply.status.code))
            logger.log(
                level: isSuccess ? .trace : .error,
                isSuccess
                    ? "http watch handler output" : "http watch handler failed with output",
                metadata: metadata([
                    "status": "\(reply.status.code)", "output": "\(tail.scriptText)",
                ])
            )
        } catch {
            logger.error(
                "Failed to invoke http watch handler",
                metadata: metadata(["error": "\(Self.text(of: error))"])
            )
        }
    }

    /// The reply to a request, or to the last of those to which redirects lead (Go: ten at most).
    private func reply(
        to first: HTTPClientRequest,
        over client: HTTPClient
    ) async throws -> HTTPClientResponse {
        let deadline = NIODeadline.now() + .nanoseconds(GoDuration.nanoseconds(request.timeout))
        var message = first
        for _ in 0...RedirectRule.limit {
            guard URLPort.isValid(in: message.url) else {
                throw HandlerFailure(text: "address \(URLPort.text(in: message.url)): invalid port")
            }
            let reply = try await client.execute(message, deadline: deadline)
            let step = RedirectRule.step(
                after: Int(reply.status.code),
                method: message.method.rawValue
            )
            guard let step, let location = reply.headers.first(name: "Location"), !location.isEmpty
            else { return reply }
            guard let from = URL(string: message.url),
                let next = URL(string: location, relativeTo: from)?.absoluteURL,
                let host = next.host, !host.isEmpty
            else {
                throw HandlerFailure(text: "failed to parse Location header \"\(location)\"")
            }
            message.url = next.absoluteString
            message.method = HTTPMethod(rawValue: step.method)
            if !step.keepsBody {
                message.body = nil
                message.headers.remove(name: "Content-Type")
            }
            if !RedirectRule.keepsCredentials(from: from.host ?? "", to: host) {
                for name in RedirectRule.credentials { message.headers.remove(name: name) }
            }
        }
        throw HandlerFailure(text: "stopped after \(RedirectRule.limit) redirects")
    }

    /// A request that cannot be sent.
    private struct HandlerFailure: Error {
        let text: String
    }

    /// What went wrong, in Go's words.
    private static func text(of error: any Error) -> String {
        if let error = error as? HandlerFailure { return error.text }
        let text = String(describing: error)
        if let number = SystemErrorText.number(in: text) { return SystemErrorText.text(of: number) }
        if let error = error as? HTTPClientError {
            switch error {
            case .deadlineExceeded, .readTimeout, .connectTimeout:
                return "context deadline exceeded"
            case .remoteConnectionClosed: return "EOF"
            default: break
            }
        }
        switch error {
        case is HTTPParserError: return "malformed HTTP response"
        case let error as NIOSSLExtraError where error == .failedToValidateHostname:
            return "tls: failed to verify certificate: it is for another name"
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError:
            return text.contains("CERTIFICATE_VERIFY_FAILED")
                ? "tls: failed to verify certificate: no trusted authority signed it, or it is "
                    + "not valid now" : "tls: handshake failed"
        default: return text.contains("NIOConnectionError") ? "no such host" : text
        }
    }

    private func metadata(_ more: Logger.Metadata) -> Logger.Metadata {
        let url = URLCredentials.hidingPassword(in: request.url)
        return more.merging(["watch_type": "\(type)", "handler": "\(url)"]) { first, _ in first }
    }
}
