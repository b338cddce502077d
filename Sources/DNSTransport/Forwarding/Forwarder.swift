// SPDX-License-Identifier: Apache-2.0
import CSockets
import DNSAnswers
import DNSWire
import Forwarding
public import Logging
public import NIOCore
import Locking

/// Sends queries for other zones to recursors and hands back the replies; answers from its cache
/// at once.
///
/// Any thread may call it; it never blocks the caller for longer than a look into the cache, and
/// everything it has open is bounded. What it decides is decided by `ForwardingState`; here are the
/// lock, the clock, the randomness and the sockets.
public final class Forwarder: Sendable {
    /// What becomes of a client's query.
    struct Outcome: Sendable {
        /// The client's reply; nil if it deserves none.
        var reply: [UInt8]?
        /// Set when the reply's aliases lead to a name of ours, whose answer is to follow them.
        var home: HomeLead?
        /// What the reply was made from.
        var source = QuerySource.none
    }

    /// Gets what becomes of a client's query, once.
    typealias Completion = @Sendable (Outcome) -> Void

    struct State {
        var configuration: Configuration
        var upstreams: [RecursorAddress]
        var forwarding: ForwardingState<Completion>
        /// What the fast line repeats.
        let kept: KeptAnswers
        var open: [UInt64: @Sendable () -> Void] = [:]
        var nextNumber: UInt64 = 0
        var isStopped = false
        var drained: [CheckedContinuation<Void, Never>] = []
    }

    let state: Lock<State>
    private let group: any EventLoopGroup
    private let logger: Logger
    let tally = ForwarderTally()

    /// Makes a forwarder that opens its sockets on the group's event loops.
    public init(
        configuration: Configuration,
        eventLoopGroup: any EventLoopGroup,
        logger: Logger
    ) {
        let upstreams = configuration.upstreams
        state = Lock(
            State(
                configuration: configuration,
                upstreams: upstreams,
                forwarding: ForwardingState(
                    settings: configuration.effectiveSettings,
                    rules: configuration.rules,
                    upstreams: upstreams.map(\.endpoint.address.octets)
                ),
                kept: KeptAnswers(seed: SystemRandomNumberGenerator.seed())
            )
        )
        group = eventLoopGroup
        self.logger = logger
    }

    /// The effective configuration.
    public var configuration: Configuration { state.withLock { $0.configuration } }

    /// Replaces the configuration; queries that are open end under the old one.
    ///
    /// Other upstreams, zones or own domains forget the cache.
    public func update(_ configuration: Configuration) {
        state.withLock { state in
            let upstreams = configuration.upstreams
            state.forwarding.update(
                settings: configuration.effectiveSettings,
                rules: configuration.rules,
                upstreams: upstreams.map(\.endpoint.address.octets),
                keepsUpstreams: upstreams == state.upstreams
            )
            if state.configuration.maximumUDPSize != configuration.maximumUDPSize {
                state.forwarding.withdrawLent()
            }
            state.upstreams = upstreams
            state.configuration = configuration
            state.publishLent()
        }
    }

    /// Which names are forwarded where, and which are ours.
    var rules: ForwardRules { state.withLock { $0.forwarding.rules } }

    /// What happened so far.
    public var counters: ForwarderCounters {
        state.withLock { state in
            var counters = tally.read(inFlight: state.open.count, state.forwarding.counts)
            counters.cacheEntries = state.forwarding.cache.count
            counters.cacheOctets = state.forwarding.cache.octets
            counters.cacheEvictions = state.forwarding.cache.evictions
            counters.upstreams = state.upstreams.enumerated().map { place, address in
                let counts = state.forwarding.counts(of: place)
                return .init(
                    address: address.description,
                    isHealthy: !state.forwarding.isDown(place),
                    requests: counts.asked,
                    failures: counts.failed
                )
            }
            return counters
        }
    }

    /// Forwards a client's query; `completion` gets the client's reply once, on an event loop or
    /// at once on the caller's thread, or nil if the octets deserve none.
    ///
    /// `client` are the octets of its address; empty for ourselves.
    public func forward(
        _ octets: [UInt8],
        overTCP: Bool,
        client: [UInt8] = [],
        completion: @escaping @Sendable ([UInt8]?) -> Void
    ) {
        forward(octets, overTCP: overTCP, client: client) { (outcome: Outcome) in
            completion(outcome.reply)
        }
    }

    /// The same, telling also where the reply leads.
    func forward(
        _ octets: [UInt8],
        overTCP: Bool,
        client: [UInt8],
        port: UInt16 = 0,
        _ completion: @escaping Completion
    ) {
        let (udpSize, relaysSubnet) = state.withLock {
            ($0.configuration.maximumUDPSize, $0.configuration.relaysClientSubnet)
        }
        guard
            let query = ForwardedQuery(
                octets,
                overTCP: overTCP,
                maximumUDPSize: udpSize,
                relaysClientSubnet: relaysSubnet
            )
        else {
            completion(Outcome(reply: ForwardedQuery.bareFailure(octets)))
            return
        }
        tally.queries.count()
        arrive(query, for: overTCP ? .overTCP : .overUDP, client: client, port: port, completion)
    }

    /// Forwards a client's query and waits for its reply.
    public func forward(_ octets: [UInt8], overTCP: Bool, client: [UInt8] = []) async -> [UInt8]? {
        await withCheckedContinuation { continuation in
            forward(octets, overTCP: overTCP, client: client) { continuation.resume(returning: $0) }
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
}

extension Forwarder {
    /// What is to be done outside the lock.
    private struct Work {
        var reply: [UInt8]?
        var isDone = false
        var searches: [UpstreamSearch.Plan] = []
    }

    func arrive(
        _ query: ForwardedQuery,
        for purpose: SearchPurpose,
        client: [UInt8],
        port: UInt16 = 0,
        _ completion: @escaping Completion
    ) {
        let now = csockets_monotonic_milliseconds()
        let work = state.withLock { state -> Work in
            guard !state.isStopped else { return Work(reply: query.failure(), isDone: true) }
            var system = SystemRandomNumberGenerator()
            let arrival = state.forwarding.arrive(
                query,
                for: purpose,
                client: .init(address: client, port: port, waiter: completion),
                now: now,
                using: &system
            )
            var work = Work()
            var plans: [SearchPlan] = []
            switch arrival {
            case .reply(let reply, let refresh):
                work.reply = reply
                work.isDone = true
                plans = refresh.map { [$0] } ?? []
            case .joined: break
            case .search(let plan):
                plans = [plan] + state.forwarding.probes(now: now, using: &system)
            }
            work.searches = plans.map { prepare($0, &state) }
            state.publishLent()
            return work
        }
        for search in work.searches { start(search) }
        if work.isDone {
            // Refusals and failures come at once too.
            let code = work.reply.map { $0.count > 3 ? $0[3] & 15 : 2 } ?? 2
            let source: QuerySource = code == 0 || code == 3 ? .cache : .none
            completion(Outcome(reply: work.reply, source: source))
        }
    }

    /// Asks each upstream that has not been asked anything yet for a name that nobody else asks for:
    /// whether it asks us back is known before a client's question goes round.
    func probeForLoops() {
        let now = csockets_monotonic_milliseconds()
        let searches = state.withLock { state -> [UpstreamSearch.Plan] in
            guard !state.isStopped else { return [] }
            var system = SystemRandomNumberGenerator()
            return state.forwarding.firstProbes(now: now, using: &system).map {
                prepare($0, &state)
            }
        }
        for search in searches { start(search) }
    }

    /// Gives a search its number among all that must be closed at the end.
    private func prepare(_ plan: SearchPlan, _ state: inout State) -> UpstreamSearch.Plan {
        state.nextNumber += 1
        state.open[state.nextNumber] = {}
        return UpstreamSearch.Plan(
            search: plan,
            number: state.nextNumber,
            upstreams: state.upstreams,
            randomizesCase: state.configuration.randomizesCase
        )
    }

    private func start(_ plan: UpstreamSearch.Plan) {
        let loop = group.next()
        let number = plan.number
        loop.execute { [self] in
            let search = UpstreamSearch(
                plan,
                on: loop,
                tally: tally,
                handlers: .init(
                    report: { [self] event, upstream in report(event, at: upstream, of: plan) },
                    expire: { [self] result in expire(plan, result) },
                    finish: { [self] result in finish(plan, result) }
                )
            )
            let bound = NIOLoopBound(search, eventLoop: loop)
            let isStopped = state.withLock { state in
                state.open[number] = { loop.execute { bound.value.cancel() } }
                return state.isStopped
            }
            if isStopped { search.cancel() } else { search.begin() }
        }
    }

    private func report(
        _ event: AttemptEvent,
        at upstream: Int,
        of plan: UpstreamSearch.Plan
    ) -> Bool {
        if case .answered(let milliseconds) = event {
            tally.note(plan.upstreams[upstream], milliseconds: milliseconds)
        }
        let now = csockets_monotonic_milliseconds()
        let (isTaken, before, after) = state.withLock { state in
            let before = state.forwarding.isDown(upstream, of: plan.search)
            let isTaken = state.forwarding.report(event, at: upstream, of: plan.search, now: now)
            return (isTaken, before, state.forwarding.isDown(upstream, of: plan.search))
        }
        guard before != after else { return isTaken }
        let metadata: Logger.Metadata = ["recursor": "\(plan.upstreams[upstream])"]
        if after {
            logger.warning(
                "recursor does not answer: others are asked first until it does",
                metadata: metadata
            )
        } else {
            logger.info("recursor answers again", metadata: metadata)
        }
        return isTaken
    }

    private func expire(_ plan: UpstreamSearch.Plan, _ result: SearchResult) {
        let now = csockets_monotonic_milliseconds()
        deliver(
            state.withLock { state in
                state.forwarding.expire(plan.search.number, with: result, now: now)
            }
        )
    }

    private func deliver(_ deliveries: [ForwardingState<Completion>.Delivery]) {
        for delivery in deliveries {
            delivery.waiter(
                Outcome(reply: delivery.reply, home: delivery.home, source: .upstream)
            )
        }
    }

    private func finish(_ plan: UpstreamSearch.Plan, _ result: SearchResult) {
        let now = csockets_monotonic_milliseconds()
        deliver(
            state.withLock { state in
                defer { state.publishLent() }
                return state.forwarding.finish(plan.search.number, with: result, now: now)
            }
        )
        let drained = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            state.open[plan.number] = nil
            guard state.isStopped, state.open.isEmpty else { return [] }
            defer { state.drained = [] }
            return state.drained
        }
        for continuation in drained { continuation.resume() }
    }
}
