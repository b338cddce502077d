// SPDX-License-Identifier: Apache-2.0
public import DNSWire

/// What a kept reply is found by.
public struct ReplyKey: Hashable, Sendable {
    /// What is kept under a key.
    enum Role: UInt8, Sendable {
        /// The reply to one question.
        case reply
        /// That the name does not exist, whatever type is asked for.
        case denial
        /// That no upstream answered the question.
        case failure
        /// The same over TCP: a server that speaks UDP alone has not failed for everybody.
        case failureOverTCP
    }

    /// The name in wire form, folded.
    public internal(set) var name: [UInt8]
    /// The type asked for.
    public internal(set) var type: UInt16
    /// The rule that the question falls under: zones with other upstreams share nothing.
    var rule: UInt16
    /// DO of the query.
    public internal(set) var dnssecOK: Bool
    /// CD of the query.
    public internal(set) var checkingDisabled: Bool
    var role: Role

    /// The key of a query's reply.
    public init(_ query: ForwardedQuery, rule: Int) {
        name = query.name.folded.wire
        type = query.type.rawValue
        self.rule = UInt16(truncatingIfNeeded: rule)
        dnssecOK = query.dnssecOK
        checkingDisabled = query.checkingDisabled
        role = .reply
    }

    func with(_ role: Role, name: [UInt8]? = nil) -> ReplyKey {
        var key = self
        key.role = role
        if role == .denial { key.type = 0 }
        if let name { key.name = name }
        return key
    }
}

/// Kept replies under a bound of octets; what was not asked for lately goes first (CLOCK).
///
/// A new entry goes before one that was asked for again, so a flood of names that are asked for
/// once does not displace what is in use.
public struct ReplyCache: Sendable {
    /// What is kept.
    enum Content: Sendable {
        case reply(KeptReply)
        case failure(ExtendedDNSError?)
    }

    struct Entry: Sendable {
        var key: ReplyKey
        var content: Content
        /// When it was learnt and when its time ends, in milliseconds.
        var since: UInt64
        var until: UInt64
        var hits = 0
        /// How long the failure before this one was kept.
        var isRecent = false
        var cost: Int
        /// Whether the fast line has it too.
        var isLent = false
    }

    /// What became of what the fast line may repeat, in order.
    enum Lending: Sendable {
        case lent(ReplyKey, KeptReply, since: UInt64, until: UInt64)
        case withdrawn(ReplyKey)
        case allWithdrawn
    }

    /// The bound.
    public private(set) var limit: Int
    /// What is taken now.
    public private(set) var octets = 0
    /// How many entries made room for others before their time was over.
    public private(set) var evictions: UInt64 = 0
    private var slots: [Entry?] = []
    private var places: [ReplyKey: Int] = [:]
    private var free: [Int] = []
    private var hand = 0
    /// What happened to the fast line's copies since it was asked last.
    private(set) var lendings: [Lending] = []

    /// An empty cache; one of 0 octets keeps nothing.
    public init(limit: Int) { self.limit = max(0, limit) }

    /// Entries.
    public var count: Int { places.count }

    /// The names that something is kept under, for tests of what is kept.
    public var names: [DomainName] { places.keys.compactMap { try? DomainName(wire: $0.name) } }

    /// What an entry takes beside its own octets: slot, place, arrays.
    static let overhead = 320

    /// Looks an entry up, and marks it as asked for.
    mutating func find(_ key: ReplyKey) -> Entry? {
        guard let place = places[key], var entry = slots[place] else { return nil }
        entry.hits += 1
        entry.isRecent = true
        slots[place] = entry
        return entry
    }

    /// Looks an entry up without a trace.
    func peek(_ key: ReplyKey) -> Entry? { places[key].flatMap { slots[$0] } }

    /// Keeps something, in place of what was kept under the same key.
    mutating func store(_ content: Content, for key: ReplyKey, from: UInt64, until: UInt64) {
        remove(key)
        var cost = Self.overhead + 2 * key.name.count
        if case .reply(let reply) = content {
            cost += reply.octets.count + 2 * reply.ttlOffsets.count
        }
        // No one entry may displace much of the rest.
        guard cost <= limit / 8 else { return }
        while octets + cost > limit { evictOne(now: from) }
        let entry = Entry(key: key, content: content, since: from, until: until, cost: cost)
        let place: Int
        if let empty = free.popLast() {
            place = empty
            slots[place] = entry
        } else {
            place = slots.count
            slots.append(entry)
        }
        places[key] = place
        octets += cost
    }

    /// Forgets an entry.
    mutating func remove(_ key: ReplyKey) {
        guard let place = places.removeValue(forKey: key), let entry = slots[place] else { return }
        octets -= entry.cost
        if entry.isLent { lendings.append(.withdrawn(key)) }
        slots[place] = nil
        free.append(place)
    }

    /// Forgets everything and takes a new bound.
    mutating func reset(limit: Int) {
        self = ReplyCache(limit: limit)
        lendings = [.allWithdrawn]
    }

    /// Lends a reply to the fast line until it is removed, whatever its time; the copy is paid for.
    mutating func lend(_ key: ReplyKey, until: UInt64) {
        guard let place = places[key], var entry = slots[place], !entry.isLent,
            case .reply(let reply) = entry.content
        else { return }
        entry.isLent = true
        octets += entry.cost
        entry.cost *= 2
        slots[place] = entry
        lendings.append(.lent(key, reply, since: entry.since, until: until))
        while octets > limit { evictOne(now: entry.since) }
    }

    /// Takes back what the fast line has: it is lent anew, under new settings, when it is asked for.
    mutating func withdrawAll() {
        for (place, entry) in slots.enumerated() where entry?.isLent == true {
            octets -= (entry?.cost ?? 0) / 2
            slots[place]?.cost /= 2
            slots[place]?.isLent = false
        }
        lendings = [.allWithdrawn]
    }

    /// What became of the fast line's copies since the last call.
    mutating func takeLendings() -> [Lending] {
        guard !lendings.isEmpty else { return [] }
        defer { lendings = [] }
        return lendings
    }

    private mutating func evictOne(now: UInt64) {
        // Twice round clears every mark; octets > 0 means that there is an entry.
        while true {
            hand = hand + 1 < slots.count ? hand + 1 : 0
            guard var entry = slots[hand] else { continue }
            guard entry.isRecent, entry.until > now else {
                if entry.until > now { evictions += 1 }
                remove(entry.key)
                return
            }
            entry.isRecent = false
            slots[hand] = entry
        }
    }
}
