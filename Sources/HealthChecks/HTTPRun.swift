// SPDX-License-Identifier: Apache-2.0
import Checks
import Definitions
import NIOCore
import NIOHTTP1
import NIOPosix

/// One run of an HTTP check: a request, and those to which redirects lead, all on one event loop.
///
/// Each request has a connection of its own (Consul: no keep-alive; pinned by "each run makes a
/// new connection"). Whatever ends the run keeps or fails `result`, and with that every
/// connection of the run is closed.
final class HTTPRun {
    private let probe: HTTPProbe
    private let environment: ProbeEnvironment
    private let loop: any EventLoop
    private let result: EventLoopPromise<CheckResult>
    private let time: TimeAmount
    /// The request that is under way.
    private var hop: HTTPHop
    /// The request whose reply led to it.
    private var referrer: HTTPHop?
    /// Looks up the host of the request, until that is known.
    private var lookup: NameLookup?
    /// What reads its reply.
    private var exchange: HTTPExchange?
    /// How many redirects were followed.
    private var redirects = 0

    /// Prepares a run.
    init(
        _ probe: HTTPProbe,
        _ environment: ProbeEnvironment,
        _ loop: any EventLoop,
        _ result: EventLoopPromise<CheckResult>
    ) {
        self.probe = probe
        self.environment = environment
        self.loop = loop
        self.result = result
        time = .nanoseconds(GoDuration.nanoseconds(probe.timeout))
        hop = probe.first
    }

    /// Sends the first request; to be called on the loop.
    func start() {
        let timer = loop.assumeIsolated().scheduleTask(in: time) {
            if self.exchange?.finish() == true { return }
            // Tells of the name where that is what was waited for.
            self.lookup?.expire()
            let text =
                "context deadline exceeded "
                + "(Client.Timeout exceeded while awaiting headers)"
            self.result.succeed(self.probe.first.failure(text))
        }
        result.futureResult.whenComplete { _ in timer.cancel() }
        send(probe.request)
    }

    private func send(_ request: Result<HTTPCheckRequest, HTTPRequestError>) {
        switch request {
        case .failure(let error): fail(error.text)
        case .success(let request): connect(request)
        }
    }

    private func connect(_ request: HTTPCheckRequest) {
        if request.address != nil { return dial(request, []) }
        let lookup = environment.names.begin(request.host, port: request.port, on: loop)
        self.lookup = lookup
        result.futureResult.whenComplete { _ in lookup.cancel() }
        lookup.addresses.assumeIsolated().whenComplete { outcome in
            self.lookup = nil
            switch outcome {
            case .success(let addresses): self.dial(request, addresses)
            case .failure(let error): self.fail(DialErrorText.text(error, target: request.target))
            }
        }
    }

    /// Connects to the address of a request, or to one of those that were found for its host.
    private func dial(_ request: HTTPCheckRequest, _ found: [SocketAddress]) {
        // All that decides where a request may go; asked when the address is known.
        let rule: AddressGate.Rule = { [hop, probe] address throws(AddressRefusal) in
            try hop.check(address)
            if let text = probe.refusal(of: address) { throw AddressRefusal(text: text) }
        }
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(time)
            .resolver(FoundAddresses(addresses: found, loop: loop))
            .channelInitializer { [result] channel in
                // Also while it is connecting, and where nobody waits any more.
                result.futureResult.whenComplete { _ in channel.close(promise: nil) }
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AddressGate(rule))
                }
            }
        let connecting =
            if let address = request.address {
                bootstrap.connect(to: address)
            } else {
                bootstrap.connect(host: request.host, port: request.port)
            }
        connecting.assumeIsolated().whenComplete { outcome in
            switch outcome {
            case .success(let channel):
                self.exchange(request, on: channel)
            case .failure(let error):
                if let refusal = AddressRefusal.cause(of: error) {
                    return self.result.succeed((self.referrer ?? self.hop).failure(refusal.text))
                }
                self.fail(DialErrorText.text(error, target: request.target))
            }
        }
    }

    /// Sets up a new connection, before anything is read from it.
    private func exchange(_ request: HTTPCheckRequest, on channel: any Channel) {
        let exchange = HTTPExchange(request, for: self, outputLimit: probe.outputLimit)
        do {
            let pipeline = channel.pipeline.syncOperations
            if request.isSecure {
                try pipeline.addHandler(environment.tls.handler(probe.tls, host: request.host))
            }
            var encoding = HTTPRequestEncoder.Configuration()
            // The request has its length already.
            encoding.automaticallySetFramingHeaders = false
            try pipeline.addHandlers(
                [
                    HTTPRequestEncoder(configuration: encoding),
                    ByteToMessageHandler(HTTPResponseDecoder(leftOverBytesStrategy: .dropBytes)),
                    exchange,
                ]
            )
            // In the pipeline, which takes the run from it in the end.
            self.exchange = exchange
        } catch {
            fail(DialErrorText.tlsText(error) ?? "\(error)")
        }
    }

    /// Ends the run with a failure of the request that is under way.
    func fail(_ cause: String) { result.succeed(hop.failure(cause)) }

    /// Ends the run with a reply that was read to its end.
    func end(_ status: HTTPResponseStatus, _ tail: OutputTail) {
        result.succeed(
            CheckResult(
                CheckResult.status(ofHTTP: Int(status.code)),
                output: "HTTP \(probe.first.method) "
                    + "\(URLCredentials.hidingPassword(in: probe.first.url)): \(status.code) "
                    + "\(status.reasonPhrase) Output: \(tail.text)"
            )
        )
    }

    /// Where a reply redirects the check, if it does and that is followed.
    func redirect(_ head: HTTPResponseHead) -> (step: RedirectRule.Step, location: String)? {
        guard probe.followsRedirects,
            let step = RedirectRule.step(after: Int(head.status.code), method: hop.method),
            let location = head.headers.first(name: "Location"), !location.isEmpty
        else { return nil }
        return (step, location)
    }

    /// Goes on with the next request.
    func follow(_ location: String, _ step: RedirectRule.Step) {
        guard redirects < RedirectRule.limit else {
            return fail("stopped after \(RedirectRule.limit) redirects")
        }
        redirects += 1
        let next: HTTPHop
        do throws(RedirectRefusal) { next = try hop.following(location, step) } catch {
            return fail(error.text)
        }
        referrer = hop
        hop = next
        send(Result { () throws(HTTPRequestError) in try HTTPCheckRequest(next) })
    }
}
