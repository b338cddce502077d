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
    /// The first request.
    let first: HTTPHop
    /// Whether redirects are followed, as far as ``RedirectRule`` goes.
    let followsRedirects: Bool
    /// How TLS is spoken, where the URL says so.
    let tls: TLSWish
    /// How long all requests together may take.
    let timeout: Duration
    /// How many octets of the body are kept.
    let outputLimit: Int

    /// Makes a probe of an HTTP check.
    init(_ definition: CheckDefinition, plan: CheckPlan) {
        first = HTTPHop(
            url: definition.http,
            method: definition.method.isEmpty ? "GET" : definition.method,
            headers: definition.header,
            body: definition.body
        )
        followsRedirects = !definition.disableRedirects
        tls = TLSWish(
            serverName: definition.tlsServerName,
            skipsVerification: definition.tlsSkipVerify
        )
        timeout = plan.timeout
        outputLimit = plan.outputLimit
    }

    /// Sends the request and reads the reply to its end, or until the timeout.
    func run(in environment: ProbeEnvironment) async -> CheckResult {
        let reply = await withTimeout(timeout) { await exchange(environment) }
        guard let reply else {
            let text = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
            return first.failure(text)
        }
        return reply
    }

    /// What a request came to.
    private enum Outcome: Sendable {
        case finding(CheckResult)
        case redirect(RedirectRule.Step, location: String)
    }

    private func exchange(_ environment: ProbeEnvironment) async -> CheckResult {
        var hop = first
        for redirects in 0...RedirectRule.limit {
            switch await send(hop, environment) {
            case .finding(let result): return result
            case .redirect(let step, let location):
                guard redirects < RedirectRule.limit else {
                    return hop.failure("stopped after \(RedirectRule.limit) redirects")
                }
                do throws(RedirectRefusal) {
                    hop = try await hop.following(location, step)
                } catch {
                    return hop.failure(error.text)
                }
            }
        }
        return hop.failure("stopped after \(RedirectRule.limit) redirects")
    }

    private func send(_ hop: HTTPHop, _ environment: ProbeEnvironment) async -> Outcome {
        guard
            let target = HTTPTarget(
                url: hop.url,
                serverName: tls.serverName,
                address: hop.address
            )
        else { return .finding(hop.failure("unsupported protocol scheme or empty host")) }
        var request = hop.request(to: target)
        request.tlsConfiguration = environment.tls.configuration(
            skipsVerification: tls.skipsVerification
        )
        if target.override.isEmpty {
            return await send(hop, request, with: environment.clients.client())
        }
        let client = environment.clients.make(override: target.override)
        let outcome = await send(hop, request, with: client)
        // What is lost: that the client was shut down already, which nobody else can do.
        try? await client.shutdown()
        return outcome
    }

    private func send(
        _ hop: HTTPHop,
        _ request: HTTPClientRequest,
        with client: HTTPClient
    ) async -> Outcome {
        do {
            let response = try await client.execute(
                request,
                timeout: .nanoseconds(GoDuration.nanoseconds(timeout))
            )
            let status = response.status
            if followsRedirects,
                let step = RedirectRule.step(after: Int(status.code), method: hop.method),
                let location = response.headers.first(name: "Location"), !location.isEmpty
            {
                return .redirect(step, location: location)
            }
            var tail = OutputTail(limit: outputLimit)
            for try await part in response.body { tail.append(part.readableBytesView) }
            return .finding(
                CheckResult(
                    CheckResult.status(ofHTTP: Int(status.code)),
                    output: "HTTP \(first.method) \(first.url): \(status.code) "
                        + "\(status.reasonPhrase) Output: \(tail.text)"
                )
            )
        } catch {
            return .finding(hop.failure(Self.text(error, url: hop.url)))
        }
    }

    private static func text(_ error: any Error, url: String) -> String {
        switch error {
        case let error as HTTPClientError: error.description
        case is IOError, is NIOConnectionError, is ChannelError:
            DialErrorText.text(error, target: HTTPTarget.authority(of: url) ?? url)
        default: DialErrorText.tlsText(error) ?? "\(error)"
        }
    }
}
