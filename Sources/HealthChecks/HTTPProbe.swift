// SPDX-License-Identifier: Apache-2.0
import AsyncHTTPClient
import Checks
import Definitions
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// An HTTP check: the code of the reply is the state.
struct HTTPProbe: Sendable {
    private let url: String
    private let method: String
    private let headers: [String: [String]]
    private let body: String
    private let followsRedirects: Bool
    private let skipsVerification: Bool
    private let serverName: String
    private let timeout: Duration
    private let outputLimit: Int

    /// Makes a probe of an HTTP check.
    init(_ definition: CheckDefinition, plan: CheckPlan) {
        url = definition.http
        method = definition.method.isEmpty ? "GET" : definition.method
        headers = definition.header
        body = definition.body
        followsRedirects = !definition.disableRedirects
        skipsVerification = definition.tlsSkipVerify
        serverName = definition.tlsServerName
        timeout = plan.timeout
        outputLimit = plan.outputLimit
    }

    /// Sends the request and reads the reply to its end, or until the timeout.
    func run(clients: HTTPClients) async -> CheckResult {
        let reply = await withTimeout(timeout) { await exchange(clients) }
        guard let reply else {
            let text = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
            return failure(text)
        }
        return reply
    }

    private func exchange(_ clients: HTTPClients) async -> CheckResult {
        guard let target = HTTPTarget(url: url, serverName: serverName) else {
            return failure("unsupported protocol scheme or empty host")
        }
        let request = request(to: target)
        if target.override.isEmpty {
            return await exchange(
                request,
                with: clients.client(followingRedirects: followsRedirects)
            )
        }
        let client = clients.make(followingRedirects: followsRedirects, override: target.override)
        let result = await exchange(request, with: client)
        // What is lost: that the client was shut down already, which nobody else can do.
        try? await client.shutdown()
        return result
    }

    private func exchange(
        _ request: HTTPClientRequest,
        with client: HTTPClient
    ) async -> CheckResult {
        do {
            let response = try await client.execute(
                request,
                timeout: .nanoseconds(GoDuration.nanoseconds(timeout))
            )
            var tail = OutputTail(limit: outputLimit)
            for try await part in response.body { tail.append(part.readableBytesView) }
            let status = response.status
            return CheckResult(
                CheckResult.status(ofHTTP: Int(status.code)),
                output: "HTTP \(method) \(url): \(status.code) \(status.reasonPhrase) Output: "
                    + tail.text
            )
        } catch {
            return failure(Self.text(error, url: url))
        }
    }

    // Consul API, "HTTP check request".
    private func request(to target: HTTPTarget) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: target.url)
        request.method = HTTPMethod(rawValue: method)
        for (name, values) in headers.sorted(by: { $0.key < $1.key }) {
            for value in values { request.headers.add(name: name, value: value) }
        }
        let defaults = [
            ("User-Agent", "Consul Health Check"), ("Accept", "text/plain, text/*, */*"),
        ]
        for (name, value) in defaults where !request.headers.contains(name: name) {
            request.headers.add(name: name, value: value)
        }
        if let host = target.host, !request.headers.contains(name: "Host") {
            request.headers.add(name: "Host", value: host)
        }
        request.headers.replaceOrAdd(name: "Connection", value: "close")
        if !body.isEmpty { request.body = .bytes(ByteBuffer(string: body)) }
        if skipsVerification {
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.certificateVerification = .none
            request.tlsConfiguration = configuration
        }
        return request
    }

    // Go: `Get "<url>": <cause>`, the method with one capital.
    private func failure(_ cause: String) -> CheckResult {
        let verb = method.prefix(1).uppercased() + method.dropFirst().lowercased()
        return CheckResult(.critical, output: "\(verb) \"\(url)\": \(cause)")
    }

    private static func text(_ error: any Error, url: String) -> String {
        switch error {
        case let error as HTTPClientError: error.description
        case is IOError, is NIOConnectionError, is ChannelError:
            DialErrorText.text(error, target: HTTPTarget.authority(of: url) ?? url)
        default: "\(error)"
        }
    }
}

/// Where a request goes, when TLS is to expect another name than the URL has.
struct HTTPTarget: Hashable, Sendable {
    /// The URL to ask for.
    var url: String
    /// The `Host` to send, if it is not that of ``url``.
    var host: String?
    /// Where names are to be found.
    var override: [String: String] = [:]

    /// Makes a target; `nil` where the URL is not one of HTTP, or has no host.
    init?(url: String, serverName: String) {
        guard let authority = Self.authority(of: url), !authority.isEmpty else { return nil }
        self.url = url
        guard !serverName.isEmpty, url.lowercased().hasPrefix("https://") else { return }
        let parts = HostPort(authority)
        let bare = authority.hasPrefix("[") ? String(authority.dropFirst().dropLast()) : authority
        guard let range = url.firstRange(of: authority) else { return nil }
        let port = parts.map { ":\($0.port)" } ?? ""
        self.url = url.replacingCharacters(in: range, with: serverName + port)
        host = authority
        override = [serverName: parts?.host ?? bare]
    }

    /// `host` or `host:port` of a URL, without user information; `nil` for other schemes.
    static func authority(of url: String) -> String? {
        let scheme = ["http://", "https://"].first { url.lowercased().hasPrefix($0) }
        guard let scheme else { return nil }
        let rest = url.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        return String(authority.split(separator: "@", omittingEmptySubsequences: false).last ?? "")
    }
}

extension String {
    /// The text with a part of it replaced.
    fileprivate func replacingCharacters(in range: Range<Index>, with text: String) -> String {
        String(self[..<range.lowerBound]) + text + String(self[range.upperBound...])
    }
}
