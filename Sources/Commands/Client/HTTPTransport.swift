// SPDX-License-Identifier: Apache-2.0
internal import AsyncHTTPClient
internal import Checks
internal import Definitions
internal import FoundationEssentials
internal import Glibc
internal import NIOCore
internal import NIOHTTP1
internal import NIOSSL

/// Requests over async-http-client; one connection per request, no retries.
struct HTTPTransport: AgentTransport {
    let endpoint: AgentEndpoint
    /// The longest reply that is read, in octets.
    private static let maximumReply = 256 << 20

    init(endpoint: AgentEndpoint) { self.endpoint = endpoint }

    func send(
        _ method: String,
        _ path: String,
        body: [UInt8]?
    ) async throws(TransportFailure) -> AgentReply {
        var request = request(method, path)
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        let whole = request
        return try await reply { client in
            let deadline = NIODeadline.now() + .minutes(15)
            return try await Self.collect(
                try await Self.follow(whole, over: client, until: deadline)
            )
        }
    }

    func download(
        _ path: String,
        _ take: ([UInt8]) -> Bool
    ) async throws(TransportFailure) -> AgentReply {
        let request = request("GET", path)
        return try await reply { client in
            // The log that is read along (`monitor`) ends when the agent does.
            let response = try await Self.follow(request, over: client, until: .distantFuture)
            guard response.status == .ok else { return try await Self.collect(response) }
            for try await part in response.body {
                guard take(Array(part.readableBytesView)) else { break }
            }
            return AgentReply(status: 200, body: [])
        }
    }

    func upload(
        _ path: String,
        length: Int?,
        _ next: @escaping @Sendable () -> [UInt8]?
    ) async throws(TransportFailure) -> AgentReply {
        var request = request("PUT", path)
        let parts = AsyncStream { next().map { ByteBuffer(bytes: $0) } }
        request.body = .stream(parts, length: length.map { .known(Int64($0)) } ?? .unknown)
        let whole = request
        return try await reply { client in
            // What was read from a file is not there for a second request: no redirect is followed.
            try await Self.collect(try await client.execute(whole, timeout: .hours(24)))
        }
    }

    /// Runs a request over a client of its own.
    private func reply(
        _ body: (HTTPClient) async throws -> AgentReply
    ) async throws(TransportFailure) -> AgentReply {
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.timeout.connect = .seconds(10)
        // It would follow to ports that are none, at which it stops the process.
        configuration.redirectConfiguration = .disallow
        if endpoint.scheme == "https" {
            do throws(CommandFailure) {
                configuration.tlsConfiguration = try endpoint.tls.configuration()
            } catch { throw TransportFailure(reason: error.message, hint: error.hint) }
            if endpoint.hasOtherName {
                configuration.dnsOverride = [endpoint.tls.serverName: endpoint.host]
            }
            if endpoint.tls.verifies, !endpoint.isUnixSocket {
                let name = endpoint.hasOtherName ? endpoint.tls.serverName : endpoint.host
                configuration.httpVersion = .http1Only
                configuration.http1_1ConnectionDebugInitializer = { Self.verify($0, is: name) }
            }
        }
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let outcome: Result<AgentReply, any Error>
        do { outcome = .success(try await body(client)) } catch { outcome = .failure(error) }
        // A client that cannot be shut down has nothing more to lose: the program ends.
        try? await client.shutdown()
        switch outcome {
        case .success(let reply): return reply
        case .failure(let failure as TransportFailure): throw failure
        case .failure(let error):
            if endpoint.scheme == "https", let failure = tlsFailure(String(describing: error)) {
                throw failure
            }
            throw TransportFailure(reason: reason(error))
        }
    }

    /// Fails where the certificate is not for a name.
    ///
    /// The client's own rule takes one that is for the peer's address too. A new connection comes here
    /// after its handshake and before the request.
    private static func verify(_ channel: any Channel, is name: String) -> EventLoopFuture<Void> {
        channel.nioSSL_peerCertificate().flatMapThrowing { certificate in
            var found = CertificateNames()
            for name in certificate?._subjectAlternativeNames().map(\.self) ?? [] {
                switch name.nameType {
                case .dnsName: found.names.append(String(decoding: name.contents, as: UTF8.self))
                case .ipAddress: found.addresses.append(Array(name.contents))
                default: break
                }
            }
            guard found.cover(name) else { throw NIOSSLExtraError.failedToValidateHostname }
        }
    }

    private func request(_ method: String, _ path: String) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: endpoint.requestURL(path))
        request.method = .init(rawValue: method)
        request.headers.add(name: "User-Agent", value: "waypost")
        // The client itself names nobody over a unix socket, and a name that it does not go to.
        if endpoint.isUnixSocket { request.headers.add(name: "Host", value: "localhost") }
        if endpoint.hasOtherName { request.headers.add(name: "Host", value: endpoint.place) }
        if !endpoint.token.isEmpty {
            request.headers.add(name: "X-Consul-Token", value: endpoint.token)
        }
        if !endpoint.basicAuthentication.isEmpty {
            request.setBasicAuth(endpoint.basicAuthentication)
        }
        return request
    }

    private static let redirectHint =
        "An agent redirects to itself only: is another server at that address?"

    /// Runs a request, and those to which redirects lead (Go: ten at most).
    private static func follow(
        _ first: HTTPClientRequest,
        over client: HTTPClient,
        until deadline: NIODeadline
    ) async throws -> HTTPClientResponse {
        var request = first
        for _ in 0...RedirectRule.limit {
            let reply = try await client.execute(request, deadline: deadline)
            let step = RedirectRule.step(
                after: Int(reply.status.code),
                method: request.method.rawValue
            )
            guard let step, let location = reply.headers.first(name: "Location"), !location.isEmpty
            else { return reply }
            guard let from = URL(string: request.url),
                let next = URL(string: location, relativeTo: from)?.absoluteURL,
                let host = next.host, !host.isEmpty, URLPort.isValid(in: next.absoluteString)
            else {
                throw TransportFailure(
                    reason: "redirected to \"\(location)\", which is no URL",
                    hint: Self.redirectHint
                )
            }
            request.url = next.absoluteString
            request.method = .init(rawValue: step.method)
            // What was named for the socket or the certificate holds where the host does (`//` in a path leads to `/`).
            if host != from.host { request.headers.remove(name: "Host") }
            if !step.keepsBody {
                request.body = nil
                request.headers.remove(name: "Content-Type")
            }
            if !RedirectRule.keepsCredentials(from: from.host ?? "", to: host) {
                for name in RedirectRule.credentials { request.headers.remove(name: name) }
            }
        }
        throw TransportFailure(
            reason: "stopped after \(RedirectRule.limit) redirects",
            hint: redirectHint
        )
    }

    private static func collect(_ response: HTTPClientResponse) async throws -> AgentReply {
        let octets = try await response.body.collect(upTo: maximumReply)
        return AgentReply(
            status: Int(response.status.code),
            body: Array(octets.readableBytesView),
            index: response.headers.first(name: "X-Consul-Index").flatMap { UInt64($0) } ?? 0
        )
    }

    /// Go's texts for what went wrong in a handshake.
    private func tlsFailure(_ text: String) -> TransportFailure? {
        let cases: [(sign: String, reason: String, hint: String)] = [
            (
                "WRONG_VERSION_NUMBER", "http: server gave HTTP response to HTTPS client",
                "That port speaks plain HTTP: use http:// or the port of HTTPS (8501 usually)."
            ),
            (
                "CERTIFICATE_VERIFY_FAILED",
                "tls: failed to verify certificate: x509: certificate signed by unknown authority, "
                    + "or expired",
                "Name the authority of the agent's certificate with -ca-file or CONSUL_CACERT."
            ),
            (
                "failedToValidateHostname",
                "tls: failed to verify certificate: x509: certificate is not valid for "
                    + (endpoint.hasOtherName ? endpoint.tls.serverName : endpoint.host),
                "Name a name that the certificate has with -tls-server-name."
            ),
            (
                "CERTIFICATE_REQUIRED", "remote error: tls: certificate required",
                "The agent asks for a certificate: -client-cert and -client-key."
            ),
            (
                "UNKNOWN_CA", "remote error: tls: unknown certificate authority",
                "The agent does not know who signed the certificate in -client-cert."
            ),
        ]
        // What NIO calls an error, and what BoringSSL does.
        let found = cases.first { text.contains($0.sign) }
        return found.map { TransportFailure(reason: $0.reason, hint: $0.hint) }
    }

    // Go's texts for what the system says.
    private func reason(_ error: any Error) -> String {
        let text = String(describing: error)
        switch SystemErrorText.number(in: text) {
        case EPIPE?: return "write: broken pipe"
        case ECONNRESET?: return "read: connection reset by peer"
        case let number?:
            return "dial \(endpoint.dialed): connect: \(SystemErrorText.text(of: number))"
        case nil: break
        }
        if text.lowercased().contains("connection refused") {
            return "dial \(endpoint.dialed): connect: connection refused"
        }
        if text.contains("No such file") {
            return "dial \(endpoint.dialed): connect: no such file or directory"
        }
        if text.contains("connectTimeout") { return "dial \(endpoint.dialed): i/o timeout" }
        if let error = error as? HTTPClientError {
            switch error {
            case .remoteConnectionClosed: return "EOF"
            case .readTimeout, .deadlineExceeded:
                return "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
            default: break
            }
        }
        if case HTTPParserError.invalidEOFState = error { return "unexpected EOF" }
        if error is HTTPParserError { return "net/http: malformed HTTP response" }
        if text.contains("dns") || text.contains("unknownHost")
            || text.contains("SocketAddressError")
        {
            let host = endpoint.place.split(separator: ":").first ?? ""
            return "dial tcp: lookup \(host): no such host"
        }
        if error is NIOSSLError || error is BoringSSLError || error is NIOSSLExtraError {
            return "tls: the connection failed"
        }
        return text
    }
}

extension HTTPClientRequest {
    fileprivate mutating func setBasicAuth(_ pair: String) {
        let encoded = Data(Array(pair.utf8)).base64EncodedString()
        headers.add(name: "Authorization", value: "Basic \(encoded)")
    }
}
