// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Testing

@testable import Forwarding

/// Queries for tests.
enum Queries {
    static func octets(
        _ name: String,
        _ type: RecordType = .a,
        id: UInt16 = 0x1234,
        edns: EDNS? = nil,
        checkingDisabled: Bool = false
    ) throws -> [UInt8] {
        try Message(
            header: Header(id: id, recursionDesired: true, checkingDisabled: checkingDisabled),
            questions: [Question(name: try DomainName(text: name), type: type)],
            edns: edns
        ).encoded()
    }
}

/// Replies of recursors for tests.
enum Replies {
    static func record(_ name: DomainName, _ data: RecordData, ttl: UInt32 = 300) -> ResourceRecord
    {
        ResourceRecord(name: name, ttl: ttl, data: data)
    }

    static func address(
        _ name: String,
        _ last: UInt8 = 1,
        ttl: UInt32 = 300
    ) throws
        -> ResourceRecord
    {
        record(try DomainName(text: name), .a(IPv4Address(192, 0, 2, last)), ttl: ttl)
    }

    static func alias(_ name: String, _ target: String, ttl: UInt32 = 300) throws -> ResourceRecord
    {
        record(
            try DomainName(text: name),
            .cname(try DomainName(text: target)),
            ttl: ttl
        )
    }

    static func soa(
        _ zone: String,
        minimum: UInt32 = 60,
        ttl: UInt32 = 3600
    ) throws
        -> ResourceRecord
    {
        record(
            try DomainName(text: zone),
            .soa(
                StartOfAuthority(
                    primary: try DomainName(text: "ns.\(zone == "." ? "" : zone)"),
                    mailbox: .root,
                    serial: 1,
                    refresh: 1,
                    retry: 1,
                    expire: 1,
                    minimum: minimum
                )
            ),
            ttl: ttl
        )
    }

    static func message(
        to query: ForwardedQuery,
        _ code: ResponseCode = .noError,
        answers: [ResourceRecord] = [],
        authorities: [ResourceRecord] = [],
        additionals: [ResourceRecord] = [],
        isAuthentic: Bool = false
    ) -> Message {
        Message(
            header: Header(
                id: 77,
                isResponse: true,
                recursionDesired: true,
                recursionAvailable: true,
                authenticatedData: isAuthentic,
                responseCode: code
            ),
            questions: [Question(name: query.name, type: query.type)],
            answers: answers,
            authorities: authorities,
            additionals: additionals
        )
    }
}

/// A forwarder without sockets: a clock that is set, and an upstream that is a closure.
struct Desk {
    typealias Upstream = (ForwardedQuery) throws -> SearchResult

    var state: ForwardingState<Int>
    var now: UInt64 = 1_000_000
    var generator = Xorshift(state: 0x1234_5678_9abc_def1)
    /// What was asked upstream.
    var asked: [DomainName] = []

    init(
        _ rules: [(zone: String, upstreams: [Int])] = [(".", [0, 1])],
        own: [String] = [],
        delegated: [String] = [],
        settings: ForwardingSettings = ForwardingSettings()
    ) throws {
        state = ForwardingState(
            settings: settings,
            rules: ForwardRules(
                try rules.map {
                    ForwardRules.Rule(
                        zone: try DomainName(text: $0.zone).folded,
                        upstreams: $0.upstreams
                    )
                },
                ownDomains: try own.map { try DomainName(text: $0).folded },
                delegated: try delegated.map { try DomainName(text: $0).folded }
            ),
            upstreams: (0..<5).map { [192, 0, 2, 100 + UInt8($0)] }
        )
    }

    mutating func arrive(
        _ octets: [UInt8],
        from address: [UInt8] = [10, 0, 0, 1],
        waiter: Int = 0,
        purpose: SearchPurpose = .overUDP
    ) throws -> ForwardingState<Int>.Arrival {
        let query = try #require(ForwardedQuery(octets, overTCP: purpose == .overTCP))
        return state.arrive(
            query,
            for: purpose,
            client: .init(address: address, waiter: waiter),
            now: now,
            using: &generator
        )
    }

    /// Asks, lets the upstream answer if it is asked, and decodes what the client gets.
    mutating func ask(
        _ name: String,
        _ type: RecordType = .a,
        edns: EDNS? = nil,
        checkingDisabled: Bool = false,
        by upstream: Upstream = { _ in .unreachable }
    ) throws -> Message {
        let octets = try Queries.octets(
            name,
            type,
            edns: edns,
            checkingDisabled: checkingDisabled
        )
        switch try arrive(octets) {
        case .reply(let reply, let refresh):
            if let refresh {
                asked.append(refresh.query.name)
                _ = state.finish(refresh.number, with: try upstream(refresh.query), now: now)
            }
            return try Message(decoding: reply)
        case .search(let plan):
            asked.append(plan.query.name)
            let deliveries = state.finish(
                plan.number,
                with: try upstream(plan.query),
                now: now
            )
            return try Message(decoding: #require(deliveries.first?.reply))
        case .joined:
            Issue.record("joined nothing that is open")
            throw CancellationError()
        }
    }

    mutating func advance(seconds: Double) { now += UInt64(seconds * 1000) }

    static func answer(_ message: Message) throws -> SearchResult { .reply(try message.encoded()) }

    /// An upstream that knows an address for every name.
    static func addresses(ttl: UInt32 = 300, last: UInt8 = 1) -> Upstream {
        { query in
            try answer(
                Replies.message(
                    to: query,
                    answers: [
                        Replies.record(query.name, .a(IPv4Address(192, 0, 2, last)), ttl: ttl)
                    ]
                )
            )
        }
    }

    /// An upstream for which no name exists.
    static func nothing(zone: String, minimum: UInt32 = 60) -> Upstream {
        { query in
            try answer(
                Replies.message(
                    to: query,
                    .nameError,
                    authorities: [Replies.soa(zone, minimum: minimum)]
                )
            )
        }
    }
}

/// A small generator with a seed, so that a failure can be seen again.
struct Xorshift: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
