// SPDX-License-Identifier: Apache-2.0
public import CoreMetrics
import Hummingbird
import HummingbirdCore
import Listening
public import Logging
public import NIOCore
public import Publication
public import ServiceLifecycle
public import StateStore

/// The HTTP API as a service: it listens on all its addresses, ends blocking queries when it is
/// to stop, and then lets the requests that are under way finish.
public struct HTTPServer: Service {
    let configuration: HTTPServerConfiguration
    let api: API
    private let eventLoopGroup: any EventLoopGroup
    private let logger: Logger
    private let limit: ConnectionLimit
    private let report: ListenerReport
    let policy: RequestPolicy
    let timers: RequestTimers
    let clients: ClientCounters
    /// Told of the parameters that are looked at; only in tests.
    var parameterProbe: ParameterProbe?

    /// Makes a server; it listens once it runs.
    public init(
        configuration: HTTPServerConfiguration,
        control: any AgentControl,
        submitter: any CommandSubmitter & StateRestorer,
        snapshots: any SnapshotReader,
        watches: WatchRegistry<WatchTopic>,
        sessionTimers: any SessionTimers,
        eventLoopGroup: any EventLoopGroup,
        metrics: any MetricsFactory = NOOPMetricsHandler.instance,
        logger: Logger
    ) {
        self.configuration = configuration
        self.eventLoopGroup = eventLoopGroup
        self.logger = logger
        let meters = APIMeters(metrics)
        policy = RequestPolicy(configuration, meters: meters)
        api = API(
            control: control,
            submitter: submitter,
            restorer: submitter,
            snapshots: snapshots,
            watches: watches,
            waits: ActiveWaits(),
            sessionTimers: sessionTimers,
            meters: meters,
            configuration: configuration
        )
        timers = RequestTimers(.all, metrics)
        clients = ClientCounters(.all, node: control.identity.nodeName, metrics)
        limit = ConnectionLimit(maximum: configuration.maximumConnectionsPerClient)
        report = ListenerReport(expected: configuration.listeners.count)
    }

    /// The blocking queries that wait.
    var waits: ActiveWaits { api.waits }

    /// How many blocking queries wait now.
    public var waitingQueries: Int { api.waits.count }

    /// The addresses it listens on, with the ports that the kernel chose, in configured order.
    ///
    /// Suspends until all are bound; empty when binding failed.
    public var boundAddresses: [HTTPListenAddress] {
        get async { Array(await report.addresses().prefix(configuration.addresses.count)) }
    }

    /// As ``boundAddresses``, for HTTPS.
    public var boundSecureAddresses: [HTTPListenAddress] {
        get async { Array(await report.addresses().dropFirst(configuration.addresses.count)) }
    }

    /// Takes up what a reload may change: names, origins, limits.
    public func update(_ configuration: HTTPServerConfiguration) {
        policy.update(configuration)
        limit.update(maximum: configuration.maximumConnectionsPerClient)
    }

    /// Serves until the service is stopped.
    ///
    /// - Throws: ``HTTPServerError`` when an address cannot be bound.
    public func run() async throws {
        let waits = api.waits
        defer {
            waits.stop()
            report.finish()
        }
        try await withGracefulShutdownHandler {
            // With HTTP switched off there is nothing to do but to stay until the others stop.
            if configuration.listeners.isEmpty { return try await gracefulShutdown() }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (position, listener) in configuration.listeners.enumerated() {
                    group.addTask { try await serve(listener, at: position) }
                }
                do {
                    // The first listener that fails ends all others; `waitForAll` would wait for
                    // those that live.
                    while try await group.next() != nil {}
                } catch {
                    waits.stop()
                    throw error
                }
            }
        } onGracefulShutdown: {
            waits.stop()
        }
    }

    private func serve(_ listener: HTTPListener, at position: Int) async throws {
        do {
            try await application(for: listener, at: position).run()
        } catch  where !report.isListening(at: position) {
            throw HTTPServerError(listener.address, error, isSecure: listener.certificates != nil)
        }
    }

    /// The Hummingbird application of one address; tests drive it without a socket.
    func application(
        for listener: HTTPListener,
        at position: Int = 0
    ) -> Application<APIResponder> {
        let address = listener.address
        let bind: BindAddress =
            switch address {
            case .ip(let host, let port): .hostname(host, port: port)
            case .unix(let path): .unixDomainSocket(path: path)
            }
        let report = report
        let access = configuration.unixSockets
        var server = HTTP1Channel.Configuration(
            // Longer than clients keep idle connections (Go: 90 s), so that they close first.
            idleTimeout: .minutes(5)
        )
        let headerBytes =
            configuration.maximumHeaderBytes > 0 ? configuration.maximumHeaderBytes : 1 << 20
        server.httpDecoder.maxHeaderListSize = headerBytes
        server.httpDecoder.maxHeaderFieldSize = headerBytes
        let channel = server
        // The server's own "started" line says nothing that the agent's start screen does not.
        var quieter = logger
        if quieter.logLevel == .info { quieter.logLevel = .warning }
        let own = quieter
        let responder = responder
        let date = DateField()
        return Application(
            responder: responder,
            server: HTTPServerBuilder { [limit, timeouts = configuration.timeouts] task in
                WatchedHTTPChannel(
                    http: HTTP1Channel(responder: task, configuration: channel),
                    responder: responder,
                    date: date,
                    limit: limit,
                    timeouts: timeouts,
                    certificates: listener.certificates
                )
            },
            configuration: ApplicationConfiguration(address: bind, backlog: 1024),
            onServerRunning: { channel in
                // What fails to be added is closed already.
                try? await channel.eventLoop.submit {
                    try channel.pipeline.syncOperations.addHandler(AcceptPause(), position: .first)
                }.get()
                if case .unix(let path) = address, let problem = access.apply(to: path) {
                    own.error("\(problem)")
                }
                report.listening(
                    Self.bound(address, port: channel.localAddress?.port),
                    at: position
                )
            },
            eventLoopGroupProvider: .shared(eventLoopGroup),
            logger: quieter
        )
    }

    var responder: APIResponder {
        APIResponder(
            api: api,
            routes: .all,
            configuration: configuration,
            policy: policy,
            timers: timers,
            clients: clients,
            probe: parameterProbe
        )
    }

    private static func bound(_ address: HTTPListenAddress, port: Int?) -> HTTPListenAddress {
        switch address {
        case .ip(let host, let wanted): .ip(host, port: port ?? wanted)
        case .unix: address
        }
    }
}
