// SPDX-License-Identifier: Apache-2.0
public import DNSWire
public import Logging
public import NIOCore
import Synchronization

/// Sends queries for other zones to recursors and hands back the replies.
///
/// Any thread may call it; it never blocks the caller, and everything it has open is bounded.
public final class Forwarder: Sendable {
    /// What the configuration says about forwarding.
    public struct Configuration: Sendable, Hashable {
        /// Whom to ask, in the order of the configuration.
        public var recursors: [RecursorAddress]
        /// In which order they are asked.
        public var strategy: RecursorStrategy
        /// How long each connect and each exchange may take (`recursor_timeout`).
        public var timeout: Duration
        /// The largest reply to a client over UDP, whatever it offers.
        public var maximumUDPSize: Int
        /// Queries open at a time; over it SERVFAIL.
        ///
        /// Each takes one descriptor.
        public var maximumInFlight: Int

        /// Consul's defaults.
        public init(
            recursors: [RecursorAddress] = [],
            strategy: RecursorStrategy = .sequential,
            timeout: Duration = .seconds(2),
            maximumUDPSize: Int = 65467,
            maximumInFlight: Int = 4096
        ) {
            self.recursors = recursors
            self.strategy = strategy
            self.timeout = timeout
            self.maximumUDPSize = maximumUDPSize
            self.maximumInFlight = maximumInFlight
        }
    }

    private struct State {
        var configuration: Configuration
        var open: [UInt64: @Sendable () -> Void] = [:]
        var nextNumber: UInt64 = 0
        var isStopped = false
        var drained: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>
    private let group: any EventLoopGroup
    private let logger: Logger
    let tally = ForwarderTally()

    /// Makes a forwarder that opens its sockets on the group's event loops.
    public init(
        configuration: Configuration,
        eventLoopGroup: any EventLoopGroup,
        logger: Logger
    ) {
        state = Mutex(State(configuration: configuration))
        group = eventLoopGroup
        self.logger = logger
    }

    /// The effective configuration.
    public var configuration: Configuration { state.withLock { $0.configuration } }

    /// Replaces the configuration; queries that are open end under the old one.
    public func update(_ configuration: Configuration) {
        state.withLock { $0.configuration = configuration }
    }

    /// What happened so far.
    public var counters: ForwarderCounters {
        tally.read(inFlight: state.withLock { $0.open.count })
    }

    /// Forwards a client's query; `completion` gets the client's reply once, on an event loop or
    /// at once on the caller's thread, or nil if the octets deserve none.
    public func forward(
        _ octets: [UInt8],
        overTCP: Bool,
        completion: @escaping @Sendable ([UInt8]?) -> Void
    ) {
        let configuration = self.configuration
        guard
            let query = ForwardedQuery(
                octets,
                overTCP: overTCP,
                maximumUDPSize: configuration.maximumUDPSize
            )
        else {
            completion(ForwardedQuery.bareFailure(octets))
            return
        }
        tally.queries.count()
        let tally = tally
        let plan = UpstreamSearch.Plan(
            query: query,
            recursors: ordered(configuration),
            timeout: configuration.timeout,
            purpose: overTCP ? .overTCP : .overUDP
        )
        let isStarted = start(plan) { reply in
            if reply == nil { tally.failures.count() }
            completion(reply.map(query.reply(from:)) ?? query.failure())
        }
        if !isStarted { completion(query.failure()) }
    }

    /// Forwards a client's query and waits for its reply.
    public func forward(_ octets: [UInt8], overTCP: Bool) async -> [UInt8]? {
        await withCheckedContinuation { continuation in
            forward(octets, overTCP: overTCP) { continuation.resume(returning: $0) }
        }
    }

    /// Resolves the target of a CNAME: one A query to each recursor in turn, over UDP, RD=1, no
    /// EDNS; the first reply of any RCODE ends the search (spec/dns.md 2.11, DNS-293).
    ///
    /// The answer section of that reply, or nothing.
    public func resolve(
        _ name: DomainName,
        completion: @escaping @Sendable ([ResourceRecord]) -> Void
    ) {
        let configuration = self.configuration
        let octets: [UInt8] = [0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0] + name.wire + [0, 1, 0, 1]
        guard let query = ForwardedQuery(octets, overTCP: false) else {
            completion([])
            return
        }
        tally.chases.count()
        let plan = UpstreamSearch.Plan(
            query: query,
            recursors: ordered(configuration),
            timeout: configuration.timeout,
            purpose: .chase
        )
        let isStarted = start(plan) { reply in
            // An undecodable reply resolves to nothing: the CNAME is then answered alone.
            completion(reply.flatMap { try? Message(decoding: $0).answers } ?? [])
        }
        if !isStarted { completion([]) }
    }

    /// The same, waiting.
    public func resolve(_ name: DomainName) async -> [ResourceRecord] {
        await withCheckedContinuation { continuation in
            resolve(name) { continuation.resume(returning: $0) }
        }
    }

    /// Fails whatever is open and returns when all of its sockets are closed.
    ///
    /// Later queries fail at once.
    public func stop() async {
        let open = state.withLock { state in
            state.isStopped = true
            return Array(state.open.values)
        }
        for cancel in open { cancel() }
        await withCheckedContinuation { continuation in
            let isDrained = state.withLock { state in
                if state.open.isEmpty { return true }
                state.drained.append(continuation)
                return false
            }
            if isDrained { continuation.resume() }
        }
    }

    private func ordered(_ configuration: Configuration) -> [RecursorAddress] {
        switch configuration.strategy {
        case .sequential: configuration.recursors
        case .random: configuration.recursors.shuffled()
        }
    }

    /// False when nothing may be opened: stopped, or too much is open.
    private func start(
        _ plan: UpstreamSearch.Plan,
        _ completion: @escaping @Sendable ([UInt8]?) -> Void
    ) -> Bool {
        let loop = group.next()
        let number = state.withLock { state -> UInt64? in
            guard !state.isStopped, state.open.count < state.configuration.maximumInFlight else {
                return nil
            }
            state.nextNumber += 1
            state.open[state.nextNumber] = {}
            return state.nextNumber
        }
        guard let number else {
            tally.refusals.count()
            return false
        }
        let tally = tally
        loop.execute { [self] in
            let search = UpstreamSearch(plan, on: loop, tally: tally) { [self] reply in
                completion(reply)
                finish(number)
            }
            let bound = NIOLoopBound(search, eventLoop: loop)
            let isStopped = state.withLock { state in
                state.open[number] = { loop.execute { bound.value.cancel() } }
                return state.isStopped
            }
            if isStopped { search.cancel() } else { search.begin() }
        }
        return true
    }

    private func finish(_ number: UInt64) {
        let waiting = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            state.open[number] = nil
            guard state.isStopped, state.open.isEmpty else { return [] }
            defer { state.drained = [] }
            return state.drained
        }
        for continuation in waiting { continuation.resume() }
    }
}
