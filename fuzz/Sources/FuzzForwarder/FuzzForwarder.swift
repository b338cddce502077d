// SPDX-License-Identifier: Apache-2.0

internal import DNSWire
internal import Forwarding
internal import Property

/// Arbitrary replies of an upstream to real questions: none is taken that does not pair with its
/// question; nothing outside the asked name chain is ever kept; no client gets a reply that is not
/// its own, does not decode or is longer than it takes; the cache keeps to its bound.
@c(LLVMFuzzerTestOneInput)
public func fuzzForwarder(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let octets = unsafe Property.octets(start, count)
    var input = octets[...]
    guard let settings = input.popFirst() else { return 0 }
    var bench = Bench(settings)
    for _ in 0..<4 {
        guard let choice = input.popFirst(), let how = input.popFirst(),
            let high = input.popFirst(),
            let low = input.popFirst()
        else { break }
        let length = min(Int(high) << 8 | Int(low), input.count)
        bench.ask(
            Questions.all[Int(choice) % Questions.all.count],
            how,
            Array(input.prefix(length))
        )
        input = input.dropFirst(length)
    }
    bench.review()
    return 0
}

/// The questions that are asked: two in one zone, one below the other, one under another rule, one
/// about a name of our own.
private enum Questions {
    static let all: [ForwardedQuery] = [
        ("www.example.net.", 1), ("example.net.", 6), ("a.www.example.net.", 28),
        ("host.corp.example.", 1), ("web.service.consul.", 43), ("www.example.net.", 255),
    ].flatMap { name, type in
        [
            query(name, type, [0x01, 0x00], dnssecOK: nil),
            query(name, type, [0x01, 0x30], dnssecOK: 0x80),
        ]
    }.compactMap { $0 }

    /// Names that nobody asks for until the end.
    static let strangers: [ForwardedQuery] = [
        "net.", "sibling.example.net.", "bank.example.", "corp.example.", "x.consul.", ".",
    ].compactMap { query($0, 1, [0x01, 0x00], dnssecOK: nil) }

    private static func query(
        _ name: String,
        _ type: UInt8,
        _ flags: [UInt8],
        dnssecOK: UInt8?
    ) -> ForwardedQuery? {
        guard let name = try? DomainName(text: name) else { return nil }
        var octets: [UInt8] =
            [0x12, 0x34] + flags + [0, 1, 0, 0, 0, 0, 0, dnssecOK == nil ? 0 : 1]
        octets += name.wire + [0, type, 0, 1]
        if let dnssecOK { octets += [0, 0, 41, 0x04, 0xd0, 0, 0, dnssecOK, 0, 0, 0] }
        return ForwardedQuery(octets, overTCP: false)
    }
}

/// The forwarder under test with what was asked so far.
private struct Bench {
    private var state: ForwardingState<Int>
    private var generator = Fixed()
    private var now: UInt64 = 1_000_000
    private var asked: [ForwardedQuery] = []
    private static let own = CanonicalName(name("consul."))
    private static let corp = CanonicalName(name("corp.example."))
    private static let id: UInt16 = 0x4d4d

    init(_ choice: UInt8) {
        var settings = ForwardingSettings()
        settings.cacheSize = 16_384
        settings.staleLimit = choice & 1 == 0 ? 0 : 600
        settings.maximumTTL = choice & 2 == 0 ? 86_400 : 60
        state = ForwardingState(
            settings: settings,
            rules: ForwardRules(
                [.init(zone: .root, upstreams: [0]), .init(zone: Self.corp, upstreams: [1])],
                ownDomains: [Self.own]
            ),
            upstreams: [[192, 0, 2, 1], [192, 0, 2, 2]]
        )
    }

    private static func name(_ text: String) -> DomainName {
        (try? DomainName(text: text)) ?? .root
    }

    private mutating func arrive(_ query: ForwardedQuery) -> ForwardingState<Int>.Arrival {
        state.arrive(
            query,
            for: .overUDP,
            client: .init(address: [10, 0, 0, 1], waiter: 0),
            now: now,
            using: &generator
        )
    }

    /// Asks a question; where the cache has no reply, the upstream sends this one.
    mutating func ask(_ query: ForwardedQuery, _ how: UInt8, _ reply: [UInt8]) {
        now += UInt64(how >> 4) * 7_000
        asked.append(query)
        let plan: SearchPlan
        switch arrive(query) {
        case .joined: return
        case .reply(let octets, let refresh):
            check(octets, query)
            checkChain(octets, query)
            guard let refresh else { return }
            plan = refresh
        case .search(let search): plan = search
        }
        let reply = how & 1 == 0 ? fitted(reply, to: query) : reply
        let verdict = query.verdict(on: reply, id: Self.id)
        if verdict == .final || verdict == .truncated {
            Property.holds(reply.count >= 12 && reply[2] & 0x80 != 0, "took what is no reply")
        }
        let isTaken = verdict == .final || verdict == .truncated
        for delivery in state.finish(
            plan.number,
            with: isTaken ? .reply(reply) : .unreachable,
            now: now
        ) {
            guard let octets = delivery.reply else { continue }
            check(octets, query)
        }
        reviewNames()
    }

    /// The reply with the ID, the flags and the question that let it pass.
    private func fitted(_ reply: [UInt8], to query: ForwardedQuery) -> [UInt8] {
        let sent = query.upstream(id: Self.id)
        let question = Array(sent[12..<12 + query.name.wire.count + 4])
        var header = Array(reply.prefix(12))
        while header.count < 12 { header.append(0) }
        header[0] = UInt8(Self.id >> 8)
        header[1] = UInt8(Self.id & 0xff)
        header[2] = header[2] & 0x07 | 0x80
        header[4] = 0
        header[5] = 1
        return header + question + reply.dropFirst(12)
    }

    private func check(_ octets: [UInt8], _ query: ForwardedQuery) {
        guard let message = try? Message(decoding: octets) else {
            Property.holds(false, "does not decode: \(Property.hexadecimal(octets))")
            return
        }
        Property.holds(message.header.id == 0x1234, "another's ID")
        Property.holds(message.questions.map(\.name) == [query.name], "another's question")
        Property.holds(octets.count <= query.limit, "longer than the client takes")
    }

    /// Nothing is kept under a name that was not asked for, or that is ours, or beyond the bound.
    private func reviewNames() {
        let known = Set(asked.map { $0.name.folded })
        for name in state.cache.names {
            Property.holds(known.contains(name.folded), "\(name) was never asked for")
            Property.holds(!name.folded.isSubdomain(of: Self.own), "\(name) is ours")
        }
        Property.holds(state.cache.octets <= state.cache.limit, "over the bound")
    }

    /// A reply from the cache holds the chain of its question and the proof of its end only.
    private func checkChain(_ octets: [UInt8], _ query: ForwardedQuery) {
        guard let message = try? Message(decoding: octets) else { return }
        var names = [query.name.folded]
        var grown = true
        while grown {
            grown = false
            for record in message.answers where names.contains(record.name.folded) {
                guard case .cname(let target) = record.data, !names.contains(target.folded) else {
                    continue
                }
                names.append(target.folded)
                grown = true
            }
        }
        Property.holds(names.count <= NameChain.maximumLinks + 1, "a chain of \(names.count)")
        Property.holds(!names.contains { $0.isSubdomain(of: Self.own) }, "the chain is ours")
        for record in message.answers {
            Property.holds(names.contains(record.name.folded), "\(record.name) is beside the chain")
        }
        for record in message.authorities where record.type == .soa {
            Property.holds(
                names.contains { $0.name.isSubdomain(of: record.name) },
                "SOA of \(record.name)"
            )
        }
        Property.holds(message.additionals.isEmpty, "glue was kept")
    }

    /// At the end: what was not asked for is not known, and nothing of ours came from a cache.
    mutating func review() {
        for stranger in Questions.strangers {
            let name = stranger.name.folded
            let isDenied = asked.contains {
                name.isSubdomain(of: $0.name.folded) && $0.name.folded != name
            }
            guard !isDenied else { continue }
            if case .reply(let octets, _) = arrive(stranger) {
                // A name that is asked for twice here may be waiting, and fails; it is not answered.
                Property.holds(octets[3] & 15 == 2, "\(stranger.name) is known")
            }
        }
        for query in asked {
            guard case .reply(let octets, _) = arrive(query) else { continue }
            check(octets, query)
            checkChain(octets, query)
            Property.holds(
                !query.name.folded.isSubdomain(of: Self.own) || octets[3] & 15 == 2,
                "ours came from the cache"
            )
        }
    }
}

/// The same numbers each time: a finding can be seen again.
private struct Fixed: RandomNumberGenerator {
    private var state: UInt64 = 0x9e37_79b9_7f4a_7c15

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state
    }
}
