// SPDX-License-Identifier: Apache-2.0

internal import DNSWire
internal import Forwarding
internal import Property

/// The forwarder under test with what was asked so far.
///
/// Bits of the settings' octet: 0 data past their time, 1 short TTLs and no compression, 2 upstreams in any order, 3
/// tight limits, 4 a cache of few entries, 5 no prefetching, 4 and 5 no cache; 6 and 7 choose the
/// strangers of the end.
struct Bench {
    var state: ForwardingState<Int>
    var asked: [ForwardedQuery] = []
    /// Whether private addresses were forbidden for a question when it was asked.
    var forbids: [Bool] = []
    var now: UInt64 = 1_000_000
    var generator = Fixed()
    let choice: UInt8
    /// Searches that were begun and not ended, oldest first.
    var open: [OpenSearch] = []
    /// The rules that hold now.
    private(set) var ruleSet = RuleSet.all[0]
    /// The fast line, once something was lent to it.
    private var fast: FastSide?
    /// What an upstream said last.
    private var lastReply: [UInt8] = [0, 0, 0x81, 0x80, 0, 0, 0, 0, 0, 0, 0, 0]

    static let own = CanonicalName(name("consul."))
    static let deep = CanonicalName(name("a.www.example.net."))
    private static let upstreams: [[UInt8]] = [[192, 0, 2, 1], [192, 0, 2, 2], [127, 0, 0, 1]]
    private static let clients: [[UInt8]] = [
        [10, 0, 0, 1], [10, 0, 0, 2], [], [192, 0, 2, 2],
        [UInt8](repeating: 0, count: 15) + [1], [0x20, 1] + [UInt8](repeating: 0, count: 14),
    ]
    init(_ choice: UInt8) {
        self.choice = choice
        state = ForwardingState(
            settings: Self.settings(choice),
            rules: RuleSet.all[0].made,
            upstreams: Self.upstreams
        )
    }

    private static func settings(_ choice: UInt8) -> ForwardingSettings {
        var settings = ForwardingSettings()
        settings.cacheSize = choice & 0x10 == 0 ? 16_384 : choice & 0x20 == 0 ? 3328 : 0
        settings.staleLimit = choice & 1 == 0 ? 0 : 600
        settings.maximumTTL = choice & 2 == 0 ? 86_400 : 60
        settings.compresses = choice & 2 == 0
        settings.isRandomOrder = choice & 4 != 0
        settings.sendsCookies = choice & 4 != 0
        settings.prefetches = choice & 0x20 == 0
        settings.lends = true
        if choice & 8 != 0 {
            settings.maximumOpen = 3
            settings.maximumWaiting = 4
            settings.maximumPerClient = 2
            settings.maximumPerUpstream = 1
            settings.maximumPerParent = 1
        }
        return settings
    }

    static func name(_ text: String) -> DomainName {
        (try? DomainName(text: text)) ?? .root
    }

    /// Steps of time in milliseconds: within a TTL, beyond it, beyond data past their time.
    private static let pauses: [UInt64] =
        (0..<10).map { $0 * 7000 } + [400, 55_000, 590_000, 700_000, 4_000_000, 105_000]

    /// Does one step; the high bits of `how` let time pass.
    mutating func take(_ choice: UInt8, _ how: UInt8, _ octets: [UInt8]) {
        now += Self.pauses[Int(how >> 4)]
        switch choice {
        case 0..<0x60: ask(Questions.all[Int(choice) % Questions.all.count], how, octets)
        case 0x60..<0x70: act(choice & 15, how, octets)
        default:
            // Questions of another client, who may be an upstream.
            ask(Questions.all[Int(choice) % Questions.all.count], how, octets, Int(choice >> 5 & 3))
        }
        follow()
        reviewCache()
        Property.holds(state.openCount == open.count, "\(state.openCount) questions are open")
    }

    /// Notes a question that is about to be asked.
    mutating func note(_ query: ForwardedQuery) {
        asked.append(query)
        forbids.append(ruleSet.forbidsPrivate(query.name))
    }

    private mutating func follow() {
        let lendings = state.takeLendings()
        guard !lendings.isEmpty else { return }
        if fast == nil { fast = FastSide() }
        fast?.follow(lendings)
    }

    private mutating func act(_ action: UInt8, _ how: UInt8, _ octets: [UInt8]) {
        switch action {
        case 0: state.probes(now: now, using: &generator).forEach { probed($0, how, octets) }
        case 1:
            let first = octets.first ?? 0
            // Bits 2 and 3 of `how`: other rules, rebinding protection among them.
            ruleSet = RuleSet.all[Int(how & 0x0c) + Int(first >> 6)]
            state.update(
                settings: Self.settings(choice ^ (first & 0x3f)),
                rules: ruleSet.made,
                upstreams: Self.upstreams,
                keepsUpstreams: how & 2 != 0
            )
        case 2...5: goOn(action, octets)
        case 6...9:
            // A datagram of a client; upstream says again what it said last.
            let query = ForwardedQuery(
                octets,
                overTCP: action == 7,
                maximumUDPSize: action == 8 ? 1232 : 65_467,
                relaysClientSubnet: action == 9
            )
            guard let query else { return checkFailure(ForwardedQuery.bareFailure(octets)) }
            // The server answers a format error before anything is forwarded.
            guard Self.isReadable(octets) else { return }
            ask(query, how, lastReply)
        case 10:
            // A question of the other list, of any client.
            guard let first = octets.first else { return }
            let query = Questions.more[Int(first & 15) % Questions.more.count]
            ask(query, how, Array(octets.dropFirst()), Int(first >> 4) % Self.clients.count)
        case 11: flood(octets)
        case 12: comeBack(how, octets)
        case 13: state.firstProbes(now: now, using: &generator).forEach { probed($0, how, octets) }
        case 14: state.withdrawLent()
        default:
            guard let plan = open.first?.plan, let first = octets.first else { return }
            for turn in plan.turns {
                let event: AttemptEvent =
                    first & 1 == 0 ? .failed : .answered(UInt64(first) * 40)
                _ = state.report(event, at: turn.upstream, of: plan, now: now)
                _ = state.isDown(turn.upstream, of: plan)
            }
        }
    }

    mutating func arrive(
        _ query: ForwardedQuery,
        for purpose: SearchPurpose = .overUDP,
        from client: Int = 0,
        port: UInt16 = 0
    ) -> ForwardingState<Int>.Arrival {
        state.arrive(
            query,
            for: purpose,
            client: .init(address: Self.clients[client], port: port, waiter: asked.count - 1),
            now: now,
            using: &generator
        )
    }

    /// Asks a question; where the cache has no reply, the upstream sends this one.
    ///
    /// Bits of `how`: 0 the reply as it is, 1 over TCP, 1 and 2 over UDP with letters of random
    /// case, 3 the search stays open.
    private mutating func ask(
        _ query: ForwardedQuery,
        _ how: UInt8,
        _ reply: [UInt8],
        _ client: Int = 0
    ) {
        note(query)
        lastReply = reply
        let purpose: SearchPurpose = how >> 1 & 3 == 1 ? .overTCP : .overUDP
        // The limit of the query is UDP's.
        let repeated = fast?.answer(query, overTCP: query.limit == 65_535, now: now)
        let arrival = arrive(query, for: purpose, from: client)
        if let repeated {
            guard case .reply(let octets, _) = arrival else {
                return Property.holds(false, "repeats what the cache does not know")
            }
            Property.holds(octets == repeated, "repeats \(Property.hexadecimal(repeated))")
        }
        switch arrival {
        case .joined: return
        case .reply(let octets, let refresh):
            check(octets, query)
            checkChain(octets, query)
            checkPrivate(octets, forbids[asked.count - 1])
            if let refresh { search(refresh, how, reply) }
        case .search(let plan): search(plan, how, reply)
        }
    }
}

/// The same numbers each time: a finding can be seen again.
struct Fixed: RandomNumberGenerator {
    private var state: UInt64 = 0x9e37_79b9_7f4a_7c15

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state
    }
}
