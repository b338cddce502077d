// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// Everything the forwarder knows: rules, cache, open questions, and how its upstreams do.
///
/// Pure: told the time and what happened, it says what to send. `Waiter` is whatever the shell
/// needs to reach a client again. Times are milliseconds of a clock that never goes back.
public struct ForwardingState<Waiter: Sendable>: Sendable {
    /// A client as the forwarder sees it.
    public struct Client: Sendable {
        /// The octets of its address; empty for ourselves, which no limit per client holds for.
        public var address: [UInt8]
        /// Its port; 0 when it does not matter.
        public var port: UInt16
        /// How to reach it.
        public var waiter: Waiter

        /// Makes a client.
        public init(address: [UInt8], port: UInt16 = 0, waiter: Waiter) {
            self.address = address
            self.port = port
            self.waiter = waiter
        }
    }

    /// What becomes of a question.
    public enum Arrival: Sendable {
        /// The client's reply, at once; and a search that keeps its data fresh.
        case reply([UInt8], refresh: SearchPlan?)
        /// It is to be asked upstream.
        case search(SearchPlan)
        /// It waits for an equal question that is open.
        case joined
    }

    /// A client and what it gets; nil after it waited too long.
    public struct Delivery: Sendable {
        /// How to reach it.
        public var waiter: Waiter
        /// Its reply.
        public var reply: [UInt8]?
        /// Set when the reply's aliases lead to a name of ours, whose answer is to follow them.
        public var home: HomeLead?
    }

    /// The settings.
    public internal(set) var settings: ForwardingSettings
    /// The rules.
    public internal(set) var rules: ForwardRules
    /// What is kept.
    public internal(set) var cache: ReplyCache
    /// How the upstreams do.
    public internal(set) var pool: UpstreamPool
    /// What happened so far.
    public internal(set) var counts = ForwardingCounts()
    var open = OpenQuestions<Waiter>()
    /// Counts the lists of upstreams, so that a report about an older one is told apart.
    private var generation: UInt64 = 0

    /// A forwarder that has seen nothing.
    ///
    /// `upstreams` are the addresses of the upstreams that the rules name by their places.
    public init(settings: ForwardingSettings, rules: ForwardRules, upstreams: [[UInt8]]) {
        self.settings = settings
        self.rules = rules
        cache = ReplyCache(limit: settings.cacheSize)
        pool = UpstreamPool(addresses: upstreams)
    }

    /// Takes new rules and settings; what is open ends as it began.
    ///
    /// Other rules forget the cache: the same question may have another answer now. So do limits
    /// that are lower than before, and names written in another way.
    public mutating func update(
        settings: ForwardingSettings,
        rules: ForwardRules,
        upstreams: [[UInt8]],
        keepsUpstreams: Bool
    ) {
        let isSame = keepsUpstreams && rules == self.rules
        if !isSame || !settings.keepsWhat(self.settings) {
            cache.reset(limit: settings.cacheSize)
        }
        if !isSame { open.detach() }
        if !keepsUpstreams {
            pool = UpstreamPool(addresses: upstreams)
            generation += 1
        }
        self.settings = settings
        self.rules = rules
    }

    /// Whether an upstream, by its place, does not answer.
    public func isDown(_ upstream: Int) -> Bool { pool.isDown(upstream) }

    /// What happened at an upstream, by its place.
    public func counts(of upstream: Int) -> UpstreamPool.Counts { pool.counts(of: upstream) }

    /// Questions open now.
    public var openCount: Int { open.questions.count }

    /// Takes a question.
    public mutating func arrive(
        _ query: ForwardedQuery,
        for purpose: SearchPurpose,
        client: Client,
        now: UInt64,
        using generator: inout some RandomNumberGenerator
    ) -> Arrival {
        // Unbound refuses them too: a transfer is no single reply to pass on (RFC 5936 §2.2).
        guard query.type != .axfr, query.type != .ixfr else {
            return .reply(query.refusal(Self.transferError), refresh: nil)
        }
        if pool.returned(query, from: client.port, now: now) != nil {
            counts.loops += 1
            return .reply(query.failure(Self.loopError), refresh: nil)
        }
        let name = query.name.folded
        guard let rule = rules.rule(for: name) else {
            return .reply(rules.rules.isEmpty ? query.failure() : query.refusal(), refresh: nil)
        }
        let isShared = query.isPlain && !rules.isOwn(name)
        let identity = OpenQuestions<Waiter>.Identity(
            key: ReplyKey(query, rule: rule),
            purpose: purpose
        )
        var staleAtHand = false
        if isShared, settings.cacheSize > 0 {
            switch look(for: query, identity, now: now, using: &generator) {
            case .answered(let arrival): return arrival
            case .stale: staleAtHand = true
            case .nothing: break
            }
        }
        let waiting = OpenQuestions<Waiter>.Waiting(
            query: query,
            client: client.address,
            since: now,
            waiter: client.waiter
        )
        if isShared, open.isOpen(identity) {
            // Our upstream asks us what we just asked it: waiting would be for ourselves.
            guard !pool.isUpstream(client.address, among: rules.rules[rule].upstreams) else {
                counts.loops += 1
                return .reply(query.failure(Self.loopError), refresh: nil)
            }
            guard open.mayWait(client.address, settings) else { return refuse(query) }
            counts.coalesced += 1
            _ = open.join(identity, waiting)
            return .joined
        }
        let parent = name.parent?.wire ?? [0]
        guard open.mayOpen(parent, settings), open.mayWait(client.address, settings) else {
            return refuse(query)
        }
        guard pool.mayAsk(rules.rules[rule].upstreams, now: now) else {
            counts.loops += 1
            let stale = staleAtHand ? staleReply(to: query, identity.key, now: now) : nil
            return .reply(stale ?? query.failure(Self.loopError), refresh: nil)
        }
        let number = open.open(
            OpenQuestions.Question(
                identity: isShared ? identity : nil,
                rule: rule,
                query: query,
                parent: parent,
                dropsPrivate: rules.dropsPrivate(name, rule: rule),
                waiting: [waiting]
            )
        )
        let budget =
            staleAtHand
            ? min(settings.budget, ForwardingSettings.stalePatience) : settings.budget
        return .search(
            plan(number, query, purpose, rule: rule, budget: budget, now: now, using: &generator)
        )
    }

    private static var transferError: ExtendedDNSError {
        // RFC 8914 §4.22.
        ExtendedDNSError(.init(rawValue: 21), text: "zone transfers are not forwarded")
    }

    private static var loopError: ExtendedDNSError {
        ExtendedDNSError(.other, text: "forwarding loop")
    }

    private mutating func refuse(_ query: ForwardedQuery) -> Arrival {
        counts.refusals += 1
        return .reply(query.failure(), refresh: nil)
    }

    mutating func plan(
        _ number: UInt64,
        _ query: ForwardedQuery,
        _ purpose: SearchPurpose,
        rule: Int,
        budget: UInt64,
        now: UInt64,
        using generator: inout some RandomNumberGenerator
    ) -> SearchPlan {
        let order = pool.order(
            rules.rules[rule].upstreams,
            isRandom: settings.isRandomOrder,
            now: now,
            using: &generator
        )
        let turns = order.map { upstream in
            SearchPlan.Turn(
                upstream: upstream,
                timeout: min(pool.shortTimeout(upstream), settings.attemptTimeout, budget),
                limit: settings.attemptTimeout,
                cookie: settings.sendsCookies
                    ? pool.cookie(upstream, using: &generator) : nil
            )
        }
        return SearchPlan(
            number: number,
            query: query,
            purpose: purpose,
            turns: turns,
            budget: budget,
            hearsLate: open.isKept(number) && settings.cacheSize > 0,
            generation: generation
        )
    }

    /// Whether an upstream of a plan has been silent so often that people should know.
    public func isDown(_ upstream: Int, of plan: SearchPlan) -> Bool {
        plan.generation == generation && pool.isDown(upstream)
    }

    /// Takes what happened at an upstream; false when it may not be asked, or listened to any
    /// longer, for too much is open.
    public mutating func report(
        _ event: AttemptEvent,
        at upstream: Int,
        of plan: SearchPlan,
        now: UInt64
    ) -> Bool {
        guard plan.generation == generation else { return true }
        switch event {
        case .begun: return pool.open(upstream, limit: settings.maximumPerUpstream)
        // All that are asked go first: at most half as many sockets again listen.
        case .overtaken: return pool.totalOpen < settings.maximumOpen / 2
        case .ended: pool.close(upstream)
        case .sent(let question): pool.sent(question, of: plan.query, to: upstream)
        case .forgotten(let question): pool.forget(question)
        case .cookie(let server): pool.learn(server, from: upstream)
        case .answered(let elapsed): pool.answered(upstream, after: elapsed, now: now)
        case .failed: pool.failed(upstream, now: now)
        }
        return true
    }

    /// The probes of suspect upstreams that are due, off any client's path.
    public mutating func probes(
        now: UInt64,
        using generator: inout some RandomNumberGenerator
    ) -> [SearchPlan] {
        let upstreams = Set(rules.rules.flatMap(\.upstreams)).sorted()
        return probes(pool.dueProbes(upstreams, now: now, using: &generator))
    }

    /// Probes of upstreams that have not been asked anything yet: whether one of them asks us back
    /// is known before a client's question goes round.
    public mutating func firstProbes(
        now: UInt64,
        using generator: inout some RandomNumberGenerator
    ) -> [SearchPlan] {
        let upstreams = Set(rules.rules.flatMap(\.upstreams)).sorted()
        return probes(pool.firstProbes(upstreams, now: now, using: &generator))
    }

    private mutating func probes(_ due: [(upstream: Int, name: DomainName)]) -> [SearchPlan] {
        counts.probes += UInt64(due.count)
        return due.compactMap { upstream, name in
            // Type A, class IN, RD.
            let octets: [UInt8] =
                [0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0] + name.wire + [0, 1, 0, 1]
            guard let query = ForwardedQuery(octets, overTCP: false) else { return nil }
            let turn = SearchPlan.Turn(
                upstream: upstream,
                timeout: settings.attemptTimeout,
                limit: settings.attemptTimeout
            )
            return SearchPlan(
                number: 0,
                query: query,
                purpose: .probe,
                turns: [turn],
                budget: settings.budget,
                hearsLate: false,
                generation: generation
            )
        }
    }
}
