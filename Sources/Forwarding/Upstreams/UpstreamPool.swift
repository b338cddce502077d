// SPDX-License-Identifier: Apache-2.0
public import DNSWire

/// How the upstreams do: who is asked first, how long one is waited for, who is probed.
///
/// An upstream that let one question run out of time is *suspect*: it goes behind the healthy ones
/// at once, and is asked by probes of ours until it answers. So a dead upstream costs each client
/// that asked before this was known one short timeout, and no later client anything.
public struct UpstreamPool: Sendable {
    /// One upstream.
    private struct Upstream: Sendable {
        var address: [UInt8]
        /// Smoothed round trip and its variation, in milliseconds (RFC 6298 §2).
        var roundTrip: (smoothed: UInt64, variation: UInt64)?
        /// Timeouts in a row; 0 is healthy.
        var failures = 0
        var nextProbe: UInt64 = 0
        var probe: [UInt8]?
        /// Whether it has been probed at all.
        var isProbed = false
        var cookie: UpstreamCookie?
        /// It sent our own question back; until then no answer makes it healthy.
        var loopUntil: UInt64 = 0
        var open = 0
        var counts = Counts()
    }

    /// What happened at an upstream since it was named.
    public struct Counts: Hashable, Sendable {
        /// How often it was asked, probes included.
        public var asked: UInt64 = 0
        /// How often it did not reply in time, or was not there.
        public var failed: UInt64 = 0
    }

    /// Bounds of the time before the next try, and the one before any reply.
    public static let shortTimeout = (least: UInt64(300), first: UInt64(500), most: UInt64(800))
    /// From one probe to the next: doubled from the first to the last.
    static let probeInterval = (first: UInt64(500), last: UInt64(10_000))
    /// How long an upstream that sent our question back is set aside.
    static let loopPenalty: UInt64 = 30_000

    /// A question of ours that is open at an upstream.
    private struct Sent: Sendable {
        var upstream: Int
        var name: [UInt8]
        var type: RecordType
    }

    private var upstreams: [Upstream]
    private var sent: [SentQuestion: Sent] = [:]
    /// Questions that are open at all of them together.
    private(set) var totalOpen = 0

    /// Upstreams by their addresses' octets; all are healthy at first.
    public init(addresses: [[UInt8]]) { upstreams = addresses.map { Upstream(address: $0) } }

    /// What happened at an upstream.
    public func counts(of index: Int) -> Counts { upstreams[index].counts }

    /// Whether an upstream is asked before suspect ones.
    public func isHealthy(_ index: Int) -> Bool { upstreams[index].failures == 0 }

    /// Whether it was silent so often in a row that it is no matter of a single name.
    func isDown(_ index: Int) -> Bool { upstreams[index].failures >= 3 }

    /// Whether any of them may be asked: all of them but those that have just asked us back.
    func mayAsk(_ candidates: [Int], now: UInt64) -> Bool {
        candidates.isEmpty || candidates.contains { upstreams[$0].loopUntil <= now }
    }

    /// The order of asking: healthy ones first; suspect ones behind them, if all else fails; never
    /// one that has just asked us back.
    public func order(
        _ candidates: [Int],
        isRandom: Bool,
        now: UInt64 = 0,
        using generator: inout some RandomNumberGenerator
    ) -> [Int] {
        let candidates = candidates.filter { upstreams[$0].loopUntil <= now }
        let ordered = isRandom ? candidates.shuffled(using: &generator) : candidates
        return ordered.filter(isHealthy) + ordered.filter { !isHealthy($0) }
    }

    /// How long to wait for an upstream before another is asked, or the question is sent again.
    public func shortTimeout(_ index: Int) -> UInt64 {
        guard let trip = upstreams[index].roundTrip else { return Self.shortTimeout.first }
        let estimate = trip.smoothed + 4 * trip.variation
        return min(max(estimate, Self.shortTimeout.least), Self.shortTimeout.most)
    }

    /// Counts a question that goes to an upstream; false when it has too many.
    public mutating func open(_ index: Int, limit: Int) -> Bool {
        guard upstreams[index].open < limit else { return false }
        upstreams[index].open += 1
        upstreams[index].counts.asked += 1
        totalOpen += 1
        return true
    }

    /// A question at an upstream ended.
    public mutating func close(_ index: Int) {
        upstreams[index].open -= 1
        totalOpen -= 1
    }

    /// An upstream replied, whatever it said.
    public mutating func answered(_ index: Int, after elapsed: UInt64, now: UInt64) {
        let trip = upstreams[index].roundTrip
        let elapsed = min(elapsed, 60_000)
        if let trip {
            let difference = max(trip.smoothed, elapsed) - min(trip.smoothed, elapsed)
            upstreams[index].roundTrip = (
                (7 * trip.smoothed + elapsed) / 8, (3 * trip.variation + difference) / 4
            )
        } else {
            upstreams[index].roundTrip = (elapsed, elapsed / 2)
        }
        guard upstreams[index].loopUntil <= now else { return }
        upstreams[index].failures = 0
        upstreams[index].probe = nil
    }

    /// An upstream did not reply in time, or is not there.
    public mutating func failed(_ index: Int, now: UInt64) {
        upstreams[index].counts.failed += 1
        if upstreams[index].failures == 0 { upstreams[index].nextProbe = now }
        upstreams[index].failures = min(upstreams[index].failures + 1, 32)
    }

    /// Our cookie for an upstream; made when it is first wanted.
    mutating func cookie(
        _ index: Int,
        using generator: inout some RandomNumberGenerator
    ) -> UpstreamCookie {
        if let cookie = upstreams[index].cookie { return cookie }
        let cookie = UpstreamCookie(using: &generator)
        upstreams[index].cookie = cookie
        return cookie
    }

    /// An upstream gave us its cookie.
    mutating func learn(_ server: [UInt8], from index: Int) {
        upstreams[index].cookie?.server = server
    }

    /// A question left for an upstream.
    mutating func sent(_ question: SentQuestion, of query: ForwardedQuery, to index: Int) {
        sent[question] = Sent(upstream: index, name: query.name.folded.wire, type: query.type)
    }

    /// Nobody waits for a question any longer.
    mutating func forget(_ question: SentQuestion) { sent[question] = nil }

    /// The upstreams among these that have never been probed; each is marked as probed.
    mutating func firstProbes(
        _ candidates: [Int],
        now: UInt64,
        using generator: inout some RandomNumberGenerator
    ) -> [(upstream: Int, name: DomainName)] {
        candidates.filter { !upstreams[$0].isProbed }.compactMap { index in
            probe(index, using: &generator).map { (index, $0) }
        }
    }

    private mutating func probe(
        _ index: Int,
        using generator: inout some RandomNumberGenerator
    ) -> DomainName? {
        guard let probe = LoopProbe.name(using: &generator) else { return nil }
        upstreams[index].probe = probe.folded.wire
        upstreams[index].isProbed = true
        return probe
    }

    /// The suspects among these whose probe is due; each is marked as probed.
    public mutating func dueProbes(
        _ candidates: [Int],
        now: UInt64,
        using generator: inout some RandomNumberGenerator
    ) -> [(upstream: Int, name: DomainName)] {
        var due: [(upstream: Int, name: DomainName)] = []
        for index in candidates where !isHealthy(index) && upstreams[index].nextProbe <= now {
            let doublings = UInt64(min(upstreams[index].failures - 1, 8))
            let interval = Self.probeInterval.first << doublings
            upstreams[index].nextProbe = now + min(interval, Self.probeInterval.last)
            guard let probe = probe(index, using: &generator) else { continue }
            due.append((index, probe))
        }
        return due
    }

    /// The upstream that sent a question of ours back to us: the name of its probe, which takes 128
    /// bits to guess (CVE-2026-26018), or port, ID, name and type of a question that is open there.
    ///
    /// It is set aside for a while.
    public mutating func returned(
        _ query: ForwardedQuery,
        from port: UInt16,
        now: UInt64
    ) -> Int? {
        let name = query.name.folded.wire
        var index: Int?
        if LoopProbe.isProbe(query.name) {
            index = upstreams.firstIndex { $0.probe == name }
        } else if port != 0,
            let mine = sent[SentQuestion(port: port, id: MessageLayout.word(query.octets, 0))],
            mine.name == name, mine.type == query.type
        {
            index = mine.upstream
        }
        guard let index else { return nil }
        upstreams[index].probe = nil
        upstreams[index].failures = max(1, upstreams[index].failures)
        upstreams[index].loopUntil = now + Self.loopPenalty
        upstreams[index].nextProbe = now + Self.loopPenalty
        return index
    }

    /// Whether an address is an upstream's own and of another machine.
    ///
    /// On loopback every program of the machine has the same address, which says nothing.
    public func isUpstream(_ address: [UInt8], among candidates: [Int]) -> Bool {
        let isLoopback =
            address.count == 4
            ? address[0] == 127 : address.last == 1 && address.dropLast().allSatisfy { $0 == 0 }
        return !isLoopback && candidates.contains { upstreams[$0].address == address }
    }
}

/// The question of a probe: a name of 128 random bits that nobody else asks for.
///
/// When it arrives here, the upstream it was sent to forwards to us: a loop.
enum LoopProbe {
    private static let zone: [UInt8] = [13] + Array("waypost-probe".utf8) + [0]

    static func name(using generator: inout some RandomNumberGenerator) -> DomainName? {
        var label: [UInt8] = []
        for _ in 0..<2 {
            let bits: UInt64 = generator.next()
            for shift in stride(from: UInt64(60), through: 0, by: -4) {
                let digit = UInt8(bits >> shift & 15)
                label.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
            }
        }
        return try? DomainName(wire: [UInt8(label.count)] + label + zone)
    }

    static func isProbe(_ name: DomainName) -> Bool {
        name.wire.count == 33 + zone.count && name.wire[0] == 32
            && name.wire[33...].map(foldedOctet) == zone
    }
}
