// SPDX-License-Identifier: Apache-2.0
import Checks
import Definitions
import NIOCore

/// An HTTP check: the code of the reply is the state.
struct HTTPProbe: Sendable {
    /// The first request.
    let first: HTTPHop
    /// The first request as it is sent, or why it is not.
    let request: Result<HTTPCheckRequest, HTTPRequestError>
    /// Whether redirects are followed, as far as ``RedirectRule`` goes.
    let followsRedirects: Bool
    /// How TLS is spoken, where the URL says so.
    let tls: TLSWish
    /// How long all requests together may take.
    let timeout: Duration
    /// How many octets of the body are kept.
    let outputLimit: Int
    /// Where the check came from, which decides where it may reach.
    var origin = CheckOrigin.file

    /// Makes a probe of an HTTP check.
    init(_ definition: CheckDefinition, plan: CheckPlan) {
        let first = HTTPHop(
            url: definition.http,
            method: definition.method.isEmpty ? "GET" : definition.method,
            headers: definition.header,
            body: definition.body
        )
        self.first = first
        request = Result { () throws(HTTPRequestError) in try HTTPCheckRequest(first) }
        followsRedirects = !definition.disableRedirects
        tls = TLSWish(
            serverName: definition.tlsServerName,
            skipsVerification: definition.tlsSkipVerify,
            protocols: ["http/1.1"]
        )
        timeout = plan.timeout
        outputLimit = plan.outputLimit
    }

    /// Whether a run makes a TLS handshake, which costs a thread more than all else.
    var isSecure: Bool { (try? request.get())?.isSecure ?? false }

    /// Begins a run on a loop, to be called there; it ends when `result` is kept.
    ///
    /// It is kept after the timeout at the latest. Whoever fails it calls the run off.
    func start(
        in environment: ProbeEnvironment,
        on loop: any EventLoop,
        _ result: EventLoopPromise<CheckResult>
    ) {
        HTTPRun(self, environment, loop, result).start()
    }

    /// Sends the request and reads the reply to its end, or until the timeout.
    func run(in environment: ProbeEnvironment) async -> CheckResult {
        let loop = environment.eventLoop
        let result = loop.makePromise(of: CheckResult.self)
        loop.execute { start(in: environment, on: loop, result) }
        do {
            return try await withTaskCancellationHandler {
                try await result.futureResult.get()
            } onCancel: {
                result.fail(CancellationError())
            }
        } catch {
            return first.failure("context canceled")
        }
    }
}
