// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Forwarding
import Testing

@testable import DNSAnswers
@testable import DNSTransport

/// What recursors said before, repeated by the fast line: octet for octet as the forwarder says it
/// from its cache, and never when the forwarder would not.
@Suite("Kept answers on the fast line")
struct KeptAnswersTests {
    /// A forwarder's state without sockets, and the fast line over what it lends.
    @safe
    private final class Bench {
        var state: ForwardingState<Int>
        let kept = KeptAnswers(seed: 3)
        var now: UInt64 = 5_000_000
        private var generator = SystemRandomNumberGenerator()
        private let responder: KeptAnswerResponder
        private let memory = UnsafeMutableRawPointer.allocate(
            byteCount: 65_535 + KeptAnswerResponder.slack,
            alignment: 64
        )

        init(own: [String] = []) throws {
            var settings = ForwardingSettings()
            settings.lends = true
            state = ForwardingState(
                settings: settings,
                rules: ForwardRules(
                    [.init(zone: DomainName.root.folded, upstreams: [0])],
                    ownDomains: try own.map { try DomainName(text: $0).folded }
                ),
                upstreams: [[192, 0, 2, 1]]
            )
            responder = KeptAnswerResponder(reader: kept.makeReader())
        }

        deinit { unsafe memory.deallocate() }

        /// Asks the forwarder; an upstream answers `records` to whatever goes there.
        func ask(
            _ octets: [UInt8],
            overTCP: Bool = false,
            _ records: [ResourceRecord] = [],
            isAuthentic: Bool = false
        ) throws -> [UInt8]? {
            let query = try #require(ForwardedQuery(octets, overTCP: overTCP))
            defer { lend() }
            let arrival = state.arrive(
                query,
                for: overTCP ? .overTCP : .overUDP,
                client: .init(address: [127, 0, 0, 1], waiter: 0),
                now: now,
                using: &generator
            )
            switch arrival {
            case .reply(let reply, _): return reply
            case .joined: return nil
            case .search(let plan):
                let message = Message(
                    header: Header(
                        id: 1,
                        isResponse: true,
                        recursionDesired: true,
                        recursionAvailable: true,
                        authenticatedData: isAuthentic
                    ),
                    questions: [Question(name: query.name, type: query.type)],
                    answers: records
                )
                let result = SearchResult.reply(try message.encoded())
                return state.finish(plan.number, with: result, now: now).first?.reply
            }
        }

        func lend() {
            for lending in state.takeLendings() {
                switch lending {
                case .lent(let lent): kept.insert(KeptAnswer(lent, maximumUDPSize: 4000))
                case .withdrawn(let key): kept.remove(KeptAnswer.Key(key))
                case .allWithdrawn: kept.removeAll()
                }
            }
            kept.publish()
        }

        /// Asks the fast line; `nil` when it hands over, which leaves the query as it was.
        func repeated(_ octets: [UInt8], overTCP: Bool = false) -> [UInt8]? {
            for (index, octet) in octets.enumerated() {
                unsafe memory.storeBytes(of: octet, toByteOffset: index, as: UInt8.self)
            }
            let length = unsafe responder.answer(
                memory,
                length: octets.count,
                capacity: 4096,
                transport: overTCP ? .tcp : .udp,
                now: now
            )
            let count = length > 0 ? length : octets.count
            let result = unsafe Array(UnsafeRawBufferPointer(start: memory, count: count))
            if length == 0 { #expect(result == octets) }
            return length > 0 ? result : nil
        }
    }

    private static func query(
        _ name: String,
        _ type: RecordType = .a,
        id: UInt16 = 7,
        edns: EDNS? = nil,
        cd: Bool = false,
        ad: Bool = false
    ) throws -> [UInt8] {
        try Message(
            header: Header(
                id: id,
                recursionDesired: true,
                authenticatedData: ad,
                checkingDisabled: cd
            ),
            questions: [Question(name: try DomainName(text: name), type: type)],
            edns: edns
        ).encoded()
    }

    private static func records(_ name: String, _ count: Int) throws -> [ResourceRecord] {
        let alias = try DomainName(text: name)
        let target = try DomainName(text: "real.host-\(count).example.org")
        let link = ResourceRecord(name: alias, ttl: 700, data: .cname(target))
        return [link]
            + (0..<count).map {
                let address = IPv4Address(192, 0, 2, UInt8($0))
                return ResourceRecord(
                    name: target,
                    ttl: UInt32(300 + $0),
                    data: .a(address)
                )
            }
    }

    @Test("2,000 queries of any case, size and flag: the same octets as from the cache")
    func equality() throws {
        let bench = try Bench()
        var generator = Xorshift(state: 42)
        var repeated = 0
        for round in 0..<2000 {
            let count = [1, 3, 12, 40][Int.random(in: 0..<4, using: &generator)]
            let name = "www-\(count).example.org"
            let spelled = String(
                name.map { Bool.random(using: &generator) ? Character($0.uppercased()) : $0 }
            )
            var edns: EDNS?
            if Bool.random(using: &generator) {
                let size = [400, 512, 1232, 4096].randomElement(using: &generator) ?? 512
                edns = EDNS(udpPayloadSize: UInt16(size))
                edns?.dnssecOK = Bool.random(using: &generator)
                if Bool.random(using: &generator) {
                    edns?.options = [EDNSOption(code: 10, data: Array(0..<8))]
                }
            }
            let overTCP = Int.random(in: 0..<4, using: &generator) == 0
            let octets = try Self.query(
                spelled,
                id: UInt16(truncatingIfNeeded: round),
                edns: edns,
                cd: Bool.random(using: &generator),
                ad: Bool.random(using: &generator)
            )
            if let fast = bench.repeated(octets, overTCP: overTCP) {
                repeated += 1
                #expect(fast == (try bench.ask(octets, overTCP: overTCP)), "round \(round)")
            } else {
                let records = try Self.records(name, count)
                _ = try bench.ask(octets, overTCP: overTCP, records, isAuthentic: count == 3)
            }
            bench.now += UInt64.random(in: 0..<400, using: &generator)
        }
        #expect(repeated > 1000, "\(repeated)")
    }

    /// Asks until the answer is lent.
    private func warm(_ bench: Bench, _ octets: [UInt8], _ records: [ResourceRecord]) throws {
        for _ in 0..<5 { _ = try bench.ask(octets, records) }
    }

    @Test("an answer is repeated until it is time to fetch it anew, and never after its end")
    func ends() throws {
        let bench = try Bench()
        let query = try Self.query("www-1.example.org")
        #expect(bench.repeated(query) == nil)
        try warm(bench, query, Self.records("www-1.example.org", 1))
        let begin = bench.now
        #expect(bench.repeated(query) != nil)
        bench.now = begin + 269_000
        let late = try Message(decoding: #require(bench.repeated(query)))
        #expect(late.answers.map(\.ttl) == [431, 31])
        // RFC 8767 is the forwarder's business: the last tenth is for fetching anew.
        bench.now = begin + 270_000
        #expect(bench.repeated(query) == nil)
    }

    @Test("what an upstream says anew replaces what is repeated before the lock is left")
    func replaced() throws {
        let bench = try Bench()
        let query = try Self.query("www-1.example.org")
        try warm(bench, query, Self.records("www-1.example.org", 1))
        bench.now += 400_000
        _ = try bench.ask(
            query,
            [
                ResourceRecord(
                    name: try DomainName(text: "www-1.example.org"),
                    ttl: 60,
                    data: .a(IPv4Address(203, 0, 113, 9))
                )
            ]
        )
        #expect(bench.kept.count == 0)
        for _ in 0..<4 { _ = try bench.ask(query) }
        let reply = try Message(decoding: #require(bench.repeated(query)))
        #expect(reply.answers.map(\.data) == [.a(IPv4Address(203, 0, 113, 9))])
    }

    @Test("other rules take everything back")
    func reset() throws {
        let bench = try Bench()
        let query = try Self.query("www-1.example.org")
        try warm(bench, query, Self.records("www-1.example.org", 1))
        #expect(bench.kept.count == 1)
        bench.state.update(
            settings: bench.state.settings,
            rules: ForwardRules(
                [.init(zone: DomainName.root.folded, upstreams: [0])],
                ownDomains: [try DomainName(text: "example.org").folded]
            ),
            upstreams: [[192, 0, 2, 1]],
            keepsUpstreams: true
        )
        bench.lend()
        #expect(bench.kept.count == 0 && bench.repeated(query) == nil)
    }

    @Test("reverse names, names of ours and odd queries are never repeated")
    func never() throws {
        let bench = try Bench(own: ["consul"])
        for name in ["1.2.0.192.in-addr.arpa", "web.service.consul"] {
            let query = try Self.query(name)
            try warm(
                bench,
                query,
                [
                    ResourceRecord(
                        name: try DomainName(text: name),
                        ttl: 900,
                        data: .a(IPv4Address(192, 0, 2, 1))
                    )
                ]
            )
            #expect(bench.repeated(query) == nil, "\(name)")
        }
        let query = try Self.query("www-1.example.org")
        try warm(bench, query, Self.records("www-1.example.org", 1))
        #expect(bench.repeated(query) != nil)
        // QR, another opcode, RD unset, two questions, class CH, a record too many, trailing octets.
        let changes: [(Int, UInt8)] = [
            (2, 0x81), (2, 0x11), (2, 0x00), (5, 2), (query.count - 1, 3), (7, 1), (9, 1), (11, 1),
        ]
        for (place, octet) in changes {
            var odd = query
            odd[place] = octet
            #expect(bench.repeated(odd) == nil, "octet \(place)")
        }
        #expect(bench.repeated(query + [0]) == nil)
        for length in 0..<query.count { #expect(bench.repeated(Array(query[..<length])) == nil) }
        // An option that would go upstream, and a version that nobody speaks.
        var edns = EDNS(udpPayloadSize: 1232)
        edns.options = [EDNSOption(code: 3, data: [])]
        #expect(bench.repeated(try Self.query("www-1.example.org", edns: edns)) == nil)
        edns.options = []
        edns.version = 1
        #expect(bench.repeated(try Self.query("www-1.example.org", edns: edns)) == nil)
    }

    @Test("every sixty-fourth use goes to the forwarder, which learns what is in use")
    func sample() throws {
        let bench = try Bench()
        let query = try Self.query("www-1.example.org")
        try warm(bench, query, Self.records("www-1.example.org", 1))
        let uses = (0..<640).filter { _ in bench.repeated(query) != nil }.count
        #expect(uses == 630)
    }

    @Test("random octets never crash it")
    func garbage() throws {
        let bench = try Bench()
        var generator = Xorshift(state: 9)
        let query = try Self.query("www-1.example.org", edns: EDNS(udpPayloadSize: 1232))
        try warm(bench, query, Self.records("www-1.example.org", 1))
        for _ in 0..<20_000 {
            var octets = query
            for _ in 0..<Int.random(in: 1..<4, using: &generator) {
                octets[Int.random(in: 0..<octets.count, using: &generator)] = .random(
                    in: 0...255,
                    using: &generator
                )
            }
            octets.removeLast(Int.random(in: 0..<6, using: &generator))
            if let reply = bench.repeated(octets) {
                #expect(reply.prefix(2).elementsEqual(octets.prefix(2)))
                #expect((try? Message(decoding: reply)) != nil)
            }
        }
    }
}

/// A small generator with a seed, so that a failure can be seen again.
private struct Xorshift: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
