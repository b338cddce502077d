// SPDX-License-Identifier: Apache-2.0
import Checks
import Definitions
import NIOCore
import NIOPosix

/// Why a connection of a run came to nothing.
enum ProbeFailure: Error {
    /// The target is no `host:port`.
    case malformed
    /// Nobody could be reached.
    case unreachable(any Error)
    /// The time of the run was over.
    case timedOut
    /// The other side ended the connection.
    case closed
    /// What broke the connection, as ``DialErrorText/brokenText(_:on:)`` words it.
    case broken(String)

    /// What broke a connection; a failure of TLS and one of ours stay what they are.
    static func cause(of error: any Error, on channel: any Channel) -> any Error {
        if error is ProbeFailure || DialErrorText.tlsText(error) != nil { return error }
        return ProbeFailure.broken(DialErrorText.brokenText(error, on: channel))
    }
}

/// A connection that lives for one run of a check.
struct ProbeConnection: Sendable {
    /// `host:port`, as it was written.
    let target: String
    /// How long everything may take.
    let timeout: Duration
    /// How TLS is spoken; `nil` for not at all.
    let tls: TLSWish?

    /// Connects, sets up the handlers and waits until they have kept their promise.
    ///
    /// The handlers must keep it whatever happens, except for the end of the time and a
    /// cancellation, which are seen to here.
    ///
    /// - Throws: ``ProbeFailure`` or what the handlers failed with.
    func run<Value: Sendable>(
        in environment: ProbeEnvironment,
        handlers: @escaping @Sendable (any Channel, EventLoopPromise<Value>) throws -> Void
    ) async throws -> Value {
        guard let hostPort = HostPort(target) else { throw ProbeFailure.malformed }
        let host = hostPort.host.isEmpty ? "localhost" : hostPort.host
        let loop = environment.eventLoop
        let time = TimeAmount.nanoseconds(GoDuration.nanoseconds(timeout))
        let promise = loop.makePromise(of: Value.self)
        // All on the loop: each step hears of the one before at once, so that the handlers stand before
        // anything is read, also from a server that speaks first.
        loop.execute {
            let lookup = environment.names.begin(host, port: hostPort.port, on: loop)
            let timer = loop.scheduleTask(in: time) {
                if let failure = lookup.expire() {
                    promise.fail(ProbeFailure.unreachable(failure))
                } else {
                    promise.fail(ProbeFailure.timedOut)
                }
            }
            promise.futureResult.whenComplete { _ in
                timer.cancel()
                lookup.cancel()
            }
            lookup.addresses.flatMap { addresses in
                ClientBootstrap(group: loop)
                    .connectTimeout(time)
                    .resolver(FoundAddresses(addresses: addresses, loop: loop))
                    .connect(host: host, port: hostPort.port)
            }.whenComplete { [tls] result in
                switch result {
                case .failure(let error): promise.fail(ProbeFailure.unreachable(error))
                case .success(let channel):
                    // Also where nobody waits any more.
                    promise.futureResult.whenComplete { _ in channel.close(promise: nil) }
                    do {
                        if let tls {
                            try channel.pipeline.syncOperations.addHandler(
                                environment.tls.handler(tls, host: host)
                            )
                        }
                        try handlers(channel, promise)
                    } catch {
                        promise.fail(error)
                    }
                }
            }
        }
        return try await withTaskCancellationHandler {
            try await promise.futureResult.get()
        } onCancel: {
            promise.fail(CancellationError())
        }
    }
}

/// What runs have in common.
struct ProbeEnvironment: Sendable {
    /// Where connections live.
    let eventLoop: any EventLoop
    /// The client of Docker checks.
    let clients: HTTPClients
    /// How TLS is spoken.
    let tls: CheckTLS
    /// Where the Docker engine listens (`DOCKER_HOST`).
    var dockerHost = DockerEndpoint.defaultHost
    /// Where names are looked up.
    var names = NameLookups()
}
