// SPDX-License-Identifier: Apache-2.0
import CSockets
public import DNSAnswers
import DNSWire
public import Logging
public import NIOCore
public import Publication
import Locking
import Synchronization

/// DNS over UDP and TCP: binds the addresses and composes workers, slow lines, connections and the
/// forwarder.
///
/// It starts once and stops once.
public final class DNSServer: Sendable {
    let configuration: DNSServerConfiguration
    let makeReader: @Sendable () -> ViewReader
    let group: any EventLoopGroup
    let logger: Logger
    let answer: SlowLine.Answer
    /// Forwards queries for other zones; also for who needs recursion elsewhere.
    public let forwarder: Forwarder

    let running = Lock(DNSServerParts())
    /// Tells whoever listens of answered queries.
    public let tap: QueryTap
    let slowTally: SlowTally
    private let tapThread = Lock<DNSThread?>(nil)
    let streamTally = StreamTally()
    let limiter: ConnectionLimiter
    let rates: RateLimitBoard
    /// Queries that may be open upstream, for the sake of descriptors.
    private let forwardingLimit: Int

    /// Composes a server; nothing is bound yet.
    ///
    /// `makeReader` is called from ``start()``, once for each worker and each event loop.
    public convenience init(
        configuration: DNSServerConfiguration,
        snapshots: SnapshotCell<DNSSnapshot>,
        makeReader: @escaping @Sendable () -> ViewReader,
        eventLoopGroup: any EventLoopGroup,
        logger: Logger
    ) {
        let responder = ReferenceResponder()
        self.init(
            configuration: configuration,
            makeReader: makeReader,
            eventLoopGroup: eventLoopGroup,
            logger: logger
        ) { query, client, chased, generator in
            responder.respond(
                to: query,
                from: client,
                snapshot: snapshots.read(),
                chased: chased,
                now: csockets_realtime_seconds(),
                generator: &generator
            )
        }
    }

    init(
        configuration: DNSServerConfiguration,
        makeReader: @escaping @Sendable () -> ViewReader,
        eventLoopGroup: any EventLoopGroup,
        logger: Logger,
        answer: @escaping SlowLine.Answer
    ) {
        self.configuration = configuration
        self.makeReader = makeReader
        self.answer = answer
        self.logger = logger
        group = eventLoopGroup
        limiter = ConnectionLimiter(configuration.stream)
        rates = RateLimitBoard(configuration.rateLimit)
        tap = QueryTap(configuration.tap)
        slowTally = SlowTally(
            tap: tap,
            domains: configuration.catalogDomains.map(\.folded.wire)
        )
        var forwarding = configuration.forwarding
        // Each open query takes a descriptor; connections, files and HTTP need theirs.
        forwardingLimit = Int(clamping: csockets_descriptor_limit() / 2)
        forwarding.maximumInFlight = min(forwarding.maximumInFlight, forwardingLimit)
        forwarder = Forwarder(
            configuration: forwarding,
            eventLoopGroup: eventLoopGroup,
            logger: logger
        )
    }

    /// Where it listens, after ``start()``.
    public var boundAddresses: [DNSEndpoint] { running.withLock { $0.endpoints } }

    /// What happened so far.
    public var counters: DNSServerCounters {
        var report = DNSServerCounters()
        report.forwarder = forwarder.counters
        for tally in running.withLock({ $0.tallies }) { tally.add(to: &report) }
        report.sendFailures += slowTally.sendFailures.load(ordering: .relaxed)
        report.truncated += slowTally.truncated.load(ordering: .relaxed)
        report.slowAnswers = slowTally.answers.load(ordering: .relaxed)
        slowTally.replies.add(to: &report.replies)
        slowTally.datagramDurations.add(to: &report.datagramDurations)
        slowTally.streamDurations.add(to: &report.streamDurations)
        slowTally.datagramDurations.add(to: &report.slowDurations)
        slowTally.streamDurations.add(to: &report.slowDurations)
        streamTally.durations.add(to: &report.streamDurations)
        streamTally.questions.add(to: &report.streamQuestions)
        report.lostLogRecords = tap.lostLogRecords
        report.lostSampleRecords = tap.lostSampleRecords
        var streamed = ReplyCounts()
        streamTally.replies.add(to: &streamed)
        report.streamAnswers = streamed.total
        report.replies.add(streamed)
        report.expired = slowTally.expired.load(ordering: .relaxed)
        report.connections = streamTally.connections.load(ordering: .relaxed)
        report.refusedConnections = streamTally.refused.load(ordering: .relaxed)
        report.streamQueries = streamTally.queries.load(ordering: .relaxed)
        report.streamTimeouts = streamTally.timeouts.load(ordering: .relaxed)
        report.openConnections = limiter.count
        return report
    }

    /// Binds every address and begins to answer; on an error nothing stays open.
    public func start() async throws(DNSServerError) {
        var parts = DNSServerParts()
        do throws(DNSServerError) {
            try await assemble(&parts)
        } catch {
            await parts.stop()
            throw error
        }
        running.withLock { $0 = parts }
        let tap = tap
        let thread = try DNSThread(name: "dns-tap") { tap.run() }
        tapThread.withLock { $0 = thread }
        updateForwarding(configuration.forwarding)
        for socket in parts.sockets {
            logger.debug(
                "DNS listening",
                metadata: [
                    "address": "\(socket.endpoint)",
                    "receive_buffer": "\(socket.grantedReceiveBuffer)",
                ]
            )
        }
    }

    /// Stops listening, ends all threads and connections, fails what is forwarded, and returns
    /// when every descriptor is closed.
    public func stop() async {
        let parts = running.withLock { running in
            let parts = running
            // The counts stay readable.
            running = DNSServerParts()
            running.tallies = parts.tallies
            return parts
        }
        await parts.listener?.stop()
        await forwarder.stop()
        await parts.stop()
        let thread = tapThread.withLock { $0.take() }
        tap.stop()
        thread?.join()
        tap.removeRings()
    }

    /// Replaces what is forwarded and how, without a gap: open queries end as they began.
    ///
    /// Recursors that are addresses of this server are left out. `DNSSettings.hasRecursors` should
    /// say whether the result, what holds from now on, forwards anything.
    @discardableResult
    public func updateForwarding(_ wanted: Forwarder.Configuration) -> Forwarder.Configuration {
        let own = ownEndpoints()
        func foreign(_ recursors: [RecursorAddress]) -> [RecursorAddress] {
            for recursor in recursors where own.contains(recursor.endpoint) {
                logger.warning(
                    "recursor left out: it is this server itself",
                    metadata: ["recursor": "\(recursor)"]
                )
            }
            return recursors.filter { !own.contains($0.endpoint) }
        }
        var forwarding = wanted
        forwarding.recursors = foreign(wanted.recursors)
        for index in forwarding.zones.indices {
            forwarding.zones[index].recursors = foreign(wanted.zones[index].recursors)
        }
        // The descriptors of the process do not change.
        forwarding.maximumInFlight = min(wanted.maximumInFlight, forwardingLimit)
        forwarder.update(forwarding)
        forwarder.probeForLoops()
        return forwarding
    }

    /// Replaces the limit of replies over UDP; it holds from the next datagrams on.
    public func updateRateLimit(_ limit: RateLimit) {
        guard rates.update(limit) else { return }
        noteChange()
    }

    /// Replaces what is told of answered queries; it holds from the next datagrams on.
    public func updateTap(_ settings: QueryTapSettings) {
        if tap.update(settings) { noteChange() }
    }

    private func noteChange() {
        for tally in running.withLock({ $0.tallies }) { tally.noteChange() }
    }

    /// Every address and port under which a query to us would come back to us.
    private func ownEndpoints() -> Set<DNSEndpoint> {
        var own: Set<DNSEndpoint> = []
        for endpoint in boundAddresses {
            guard endpoint.isWildcard else {
                own.insert(endpoint)
                continue
            }
            // Without the list of devices only the loopback addresses are known.
            let devices = (try? System.enumerateDevices()) ?? []
            let addresses = devices.compactMap(\.address).compactMap(
                IPAddress.init(socketAddress:)
            )
            let loopback = [IPAddress(text: "127.0.0.1"), IPAddress(text: "::1")].compactMap { $0 }
            for address in addresses + loopback {
                own.insert(DNSEndpoint(address: address, port: endpoint.port))
            }
        }
        return own
    }
}
