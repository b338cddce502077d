// SPDX-License-Identifier: Apache-2.0

internal import DNSWire
internal import Forwarding
internal import Property

/// A search with the tries whose sockets are open.
struct OpenSearch {
    let plan: SearchPlan
    var search: Search
    var tries: [Search.Try] = []
    /// Datagrams to each upstream.
    var sends: [Int: Int] = [:]
    var isOver = false
}

extension Bench {
    /// Begins a search, and lets upstreams answer all of its tries unless bit 3 of `how` is set.
    mutating func search(_ plan: SearchPlan, _ how: UInt8, _ reply: [UInt8]) {
        let isSpelled = how >> 1 & 3 == 3
        var begun = OpenSearch(plan: plan, search: Search(plan, randomizesCase: isSpelled))
        drive(&begun, .begun)
        guard how & 8 == 0 else { return begun.isOver ? () : open.append(begun) }
        if how & 1 != 0, let first = begun.tries.first {
            drive(&begun, .received(reply, in: first.number))
        } else {
            answer(&begun, reply)
        }
        finish(&begun)
    }

    /// Goes on with the oldest search that is open: a reply, time, an end, our own will.
    mutating func goOn(_ action: UInt8, _ reply: [UInt8]) {
        guard !open.isEmpty else { return }
        var oldest = open.removeFirst()
        switch action {
        case 2: answer(&oldest, reply)
        case 3:
            now = max(now, oldest.search.nextWake ?? now)
            drive(&oldest, .woken)
        case 4: if let first = oldest.tries.first { drive(&oldest, .ended(first.number)) }
        default: drive(&oldest, .cancelled)
        }
        if !oldest.isOver { open.insert(oldest, at: 0) }
    }

    /// Nobody answers the rest.
    mutating func endAll() {
        while !open.isEmpty {
            var oldest = open.removeFirst()
            finish(&oldest)
        }
    }

    /// The upstreams answer each try with the same, until the search is over or wants no more.
    private mutating func answer(_ begun: inout OpenSearch, _ reply: [UInt8]) {
        for _ in 0..<16 {
            guard let first = begun.tries.last else { return }
            drive(&begun, .received(Self.fitted(reply, to: first.octets), in: first.number))
        }
        // RFC 7873 §5.3: a reply with another cookie than ours is nobody's; time ends the search.
        Property.holds(begun.isOver || state.settings.sendsCookies, "a search without end")
    }

    /// Time passes until it is over.
    private mutating func finish(_ begun: inout OpenSearch) {
        for _ in 0..<32 where !begun.isOver {
            now = max(now, begun.search.nextWake ?? now)
            drive(&begun, .woken)
        }
        Property.holds(begun.isOver, "a search without end")
    }

    mutating func drive(_ begun: inout OpenSearch, _ event: Search.Event) {
        var numbers = generator
        let plan = begun.plan
        let effects = begun.search.handle(event, now: now, using: &numbers) { event, upstream in
            state.report(event, at: upstream, of: plan, now: now)
        }
        generator = numbers
        var opened: [Int] = []
        for effect in effects {
            Property.holds(!begun.isOver, "something comes behind the end")
            switch effect {
            case .open(let one):
                Property.holds((try? Message(decoding: one.octets)) != nil, "asks what is no query")
                begun.sends[one.upstream, default: 0] += one.overTCP ? 0 : 1
                begun.tries.append(one)
                opened.append(one.number)
            case .close(let number): begun.tries.removeAll { $0.number == number }
            case .count: break
            case .expire(let result): deliver(state.expire(plan.number, with: result, now: now))
            case .finish(let result):
                begun.isOver = true
                // Whatever answers a probe, a bare header too, lives; nobody gets it.
                if case .reply(let reply) = result, plan.purpose != .probe {
                    checkTaken(reply, plan.query)
                }
                deliver(state.finish(plan.number, with: result, now: now))
            }
        }
        Property.holds(begun.tries.count <= Search.maximumTries, "too many sockets")
        // Each of them anew without EDNS, and once more with a new cookie.
        let most = Search.maximumSends + 2
        Property.holds(begun.sends.values.allSatisfy { $0 <= most }, "too many datagrams")
        Property.holds(begun.isOver == (begun.search.nextWake == nil), "nobody will wake it")
        Property.holds(!begun.isOver || begun.tries.isEmpty, "a socket stays open")
        for number in opened where !begun.isOver {
            drive(&begun, .sent(number, port: Self.port(of: number)))
        }
    }

    private func deliver(_ deliveries: [ForwardingState<Int>.Delivery]) {
        for delivery in deliveries {
            guard let octets = delivery.reply else { continue }
            let query = asked[delivery.waiter]
            check(octets, query)
            checkOwn(octets, query)
            checkPrivate(octets, forbids[delivery.waiter])
            guard let home = delivery.home else { continue }
            guard case .cname(let target)? = home.aliases.last?.data else {
                return Property.holds(false, "no alias leads home")
            }
            Property.holds(target.folded.isSubdomain(of: Self.own), "\(target) is not home")
        }
    }

    /// A probe that upstreams answer, ignore or send back to us.
    mutating func probed(_ plan: SearchPlan, _ how: UInt8, _ reply: [UInt8]) {
        Property.holds(plan.purpose == .probe, "no probe")
        guard how & 2 == 0 else {
            note(plan.query)
            if case .reply(let octets, _) = arrive(plan.query) {
                Property.holds(octets[3] & 15 == 2, "its own probe is answered")
            }
            return
        }
        search(plan, how & ~8, reply)
    }

    /// Whether a query's records can be read, as the server wants of what it forwards.
    static func isReadable(_ octets: [UInt8]) -> Bool {
        var reader = MessageReader(octets.span)
        guard let (_, counts) = try? reader.readHeader(), (try? reader.readName()) != nil else {
            return false
        }
        guard reader.remaining >= 4 else { return true }
        guard (try? reader.readUInt16()) != nil, (try? reader.readUInt16()) != nil else {
            return false
        }
        let records = Int(counts.answers) + Int(counts.authorities) + Int(counts.additionals)
        for _ in 0..<records where !reader.isAtEnd {
            guard (try? reader.readRecord()) != nil else { return false }
        }
        return true
    }

    /// The reply with the ID, the flags and the question that let it pass.
    private static func fitted(_ reply: [UInt8], to sent: [UInt8]) -> [UInt8] {
        var end = 12
        while end < sent.count, sent[end] != 0 { end += Int(sent[end]) + 1 }
        let question = sent[12..<min(end + 5, sent.count)]
        var header = Array(reply.prefix(12))
        while header.count < 12 { header.append(0) }
        header[0] = sent[0]
        header[1] = sent[1]
        header[2] = header[2] & 0x07 | 0x80 | sent[2] & 0x78
        header[4] = 0
        header[5] = 1
        return header + question + echoed(Array(reply.dropFirst(12)), sent)
    }

    /// Eight octets of 0xcc stand for our cookie (RFC 7873 §4).
    private static func echoed(_ records: [UInt8], _ sent: [UInt8]) -> [UInt8] {
        let mark = [UInt8](repeating: 0xcc, count: 8)
        // The option is the last, or one with a cookie of the upstream behind ours.
        let lengths = [8] + (16...40)
        let places = stride(from: sent.count - 12, to: 12, by: -1)
        let option = places.first { place in
            sent[place] == 0 && sent[place + 1] == 10 && sent[place + 2] == 0
                && lengths.contains(Int(sent[place + 3]))
                && place + 4 + Int(sent[place + 3]) == sent.count
        }
        guard let option, records.count >= 8,
            let at = (0...records.count - 8).first(where: { records[$0..<$0 + 8] == mark[...] })
        else { return records }
        var records = records
        records.replaceSubrange(at..<at + 8, with: sent[option + 4..<option + 12])
        return records
    }
}
