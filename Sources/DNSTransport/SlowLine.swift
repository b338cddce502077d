// SPDX-License-Identifier: Apache-2.0
import CSockets
import DNSAnswers
import DNSWire
import Forwarding
import Locking
import Synchronization

/// A query on the slow line, from a datagram or a stream.
struct SlowQuery: Sendable {
    /// Where the reply goes.
    enum Target: Sendable {
        /// Out of the worker's socket, to the peer.
        case datagram(DatagramSocket, csockets_peer)
        /// To the connection, which waits for exactly one call; nil means no reply.
        case stream(@Sendable ([UInt8]?) -> Void)
    }

    var octets: [UInt8]
    var client: ClientContext
    /// The client's port; 0 when it is not known.
    var port: UInt16 = 0
    var target: Target
    /// Monotonic milliseconds at the time it was received.
    var since: UInt64
    /// What recursors said about the targets of aliases.
    var chased: [ChaseQuestion: Resolution] = [:]
    /// How often targets were looked up for it.
    var chases = 0
    /// The generator as it was at the first answer, so that the same instances are chosen again.
    var generator: Generator?

    /// Ends the query; `source` is what the reply was made from, if that is known.
    func finish(_ reply: [UInt8]?, _ tally: SlowTally, from source: QuerySource? = nil) {
        if let reply {
            tally.answers.count()
            let now = csockets_monotonic_milliseconds()
            let source = source ?? QuerySource(reply: reply, domains: tally.domains)
            if reply.count > 3 { tally.replies.note(source, reply[3]) }
            tally.note(source, client.transport, milliseconds: now - min(since, now))
            tell(reply, tally, source, milliseconds: now - min(since, now))
        }
        switch target {
        case .datagram(let socket, let peer):
            guard let reply else { return }
            // TC (RFC 1035 §4.1.1), counted before whoever has the reply could look.
            if reply.count > 2, reply[2] & 2 != 0 { tally.truncated.count() }
            if !socket.send(reply, to: peer) { tally.sendFailures.count() }
        case .stream(let completion):
            completion(reply)
        }
    }
}

extension SlowQuery {
    /// Tells the tap.
    private func tell(
        _ reply: [UInt8],
        _ tally: SlowTally,
        _ source: QuerySource,
        milliseconds: UInt64
    ) {
        tally.tap?.noteShared(reply, milliseconds: milliseconds) { record in
            if let address = IPAddress(octets: client.address) {
                record.note(ClientAddress(address), port: port)
            }
            record.source = source.rawValue
            record.isStream = client.transport == .tcp
            record.querySize = UInt16(clamping: octets.count)
        }
    }
}

/// What the slow lines counted.
final class SlowTally: Sendable {
    /// Who is told of each reply.
    let tap: QueryTap?
    /// The catalog's domains, folded, as on the wire.
    let domains: [[UInt8]]
    let answers = Atomic<UInt64>(0)
    let expired = Atomic<UInt64>(0)
    let sendFailures = Atomic<UInt64>(0)
    let truncated = Atomic<UInt64>(0)
    let replies = ReplyTally()
    let datagramDurations = SourceDurations()
    let streamDurations = SourceDurations()

    init(tap: QueryTap? = nil, domains: [[UInt8]] = []) {
        self.tap = tap
        self.domains = domains
    }

    /// Counts how long a reply took: what took less than a millisecond as half of one.
    func note(_ source: QuerySource, _ transport: ClientContext.Transport, milliseconds: UInt64) {
        let nanoseconds = milliseconds > 0 ? milliseconds &* 1_000_000 : 500_000
        switch transport {
        case .udp: datagramDurations.note(source, nanoseconds: nanoseconds)
        case .tcp: streamDurations.note(source, nanoseconds: nanoseconds)
        }
    }
}

/// The thread that answers what the fast line hands over: it asks the reference responder, and the
/// forwarder where that says so, without waiting for it.
///
/// One serves two workers and the connections.
final class SlowLine: Sendable {
    /// Answers one query from what is published now.
    typealias Answer =
        @Sendable (
            _ query: [UInt8], _ client: ClientContext,
            _ chased: [ChaseQuestion: Resolution], _ generator: inout Generator
        ) -> ReferenceReply

    /// A worker's ring and the socket its replies leave from.
    struct Source: Sendable {
        var ring: HandoverRing
        var socket: DatagramSocket
    }

    /// A query that waited longer is dropped: its client has given up, and answering late and at
    /// once would make us a pulse amplifier (CVE-2024-33655).
    static let patience: UInt64 = 2000
    /// Queries of connections and looked-up targets that may wait.
    static let submittedLimit = 4096
    /// Rounds of looking up targets for one query; each adds all that the answer asked for.
    static let chaseLimit = 3

    private let sources: [Source]
    private let answer: Answer
    private let forwarder: Forwarder
    private let tally: SlowTally
    private let alarm: Alarm
    private let submitted = Lock<[SlowQuery]>([])
    private let isStopping = Atomic<Bool>(false)

    init(
        sources: [Source],
        alarm: Alarm,
        forwarder: Forwarder,
        tally: SlowTally,
        answer: @escaping Answer
    ) {
        self.sources = sources
        self.alarm = alarm
        self.forwarder = forwarder
        self.tally = tally
        self.answer = answer
    }

    /// Takes a query; false when too many wait.
    ///
    /// Any thread may call it.
    func submit(_ query: SlowQuery) -> Bool {
        let isTaken = submitted.withLock { submitted in
            guard submitted.count < Self.submittedLimit, !isStopping.load(ordering: .relaxed)
            else { return false }
            submitted.append(query)
            return true
        }
        if isTaken { alarm.wake() }
        return isTaken
    }

    /// Makes `run` return.
    func stop() {
        // Under the lock: nothing is taken after the last look of `run`.
        submitted.withLock { _ in isStopping.store(true, ordering: .relaxed) }
        alarm.wake()
    }

    /// The thread's body.
    func run() {
        var generator = Generator(seed: SystemRandomNumberGenerator.seed())
        while !isStopping.load(ordering: .relaxed) {
            var isIdle = true
            for source in sources {
                // A bounded share each, so that neither waits for the other's storm.
                for _ in 0..<64 {
                    guard let item = source.ring.pop() else { break }
                    isIdle = false
                    answer(item, from: source, &generator)
                }
            }
            for query in takeSubmitted() {
                isIdle = false
                process(query, &generator)
            }
            if isIdle { alarm.sleep(unless: hasWork) }
        }
        for query in takeSubmitted() { query.finish(nil, tally) }
    }

    private func hasWork() -> Bool {
        isStopping.load(ordering: .relaxed) || sources.contains { !$0.ring.isEmpty }
            || submitted.withLock { !$0.isEmpty }
    }

    private func takeSubmitted() -> [SlowQuery] {
        submitted.withLock { submitted in
            guard !submitted.isEmpty else { return [] }
            let taken = submitted
            submitted = []
            return taken
        }
    }

    private func answer(
        _ item: HandoverRing.Item,
        from source: Source,
        _ generator: inout Generator
    ) {
        let client = ClientContext(transport: .udp, address: item.peer.octets)
        process(
            SlowQuery(
                octets: item.octets,
                client: client,
                port: item.peer.port,
                target: .datagram(source.socket, item.peer),
                since: item.since
            ),
            &generator
        )
    }

    private func process(_ query: SlowQuery, _ generator: inout Generator) {
        // Looked-up targets took the recursors' time, not ours; a connection still waits, and
        // its client is who it says it is.
        if case .datagram = query.target, query.chases == 0,
            csockets_monotonic_milliseconds() &- query.since > Self.patience
        {
            tally.expired.count()
            query.finish(nil, tally)
            return
        }
        var query = query
        let first = query.generator ?? generator
        query.generator = first
        var own = first
        let reply = answer(query.octets, query.client, query.chased, &own)
        if query.chases == 0 { generator = own }
        let tally = tally
        switch reply {
        case .reply(let octets):
            query.finish(octets, tally)
        case .silence:
            query.finish(nil, tally)
        case .forward: forward(query)
        case .chase(let questions): chase(questions, for: query)
        }
    }

    /// Forwards a query; where its answer leads to a name of ours it is answered again with the
    /// way there.
    private func forward(_ query: SlowQuery) {
        let tally = tally
        forwarder.forward(
            query.octets,
            overTCP: query.client.transport == .tcp,
            client: query.client.address,
            port: query.port
        ) { [self, query] (outcome: Forwarder.Outcome) in
            guard let home = outcome.home, query.chases < Self.chaseLimit else {
                query.finish(outcome.reply, tally, from: outcome.source)
                return
            }
            var query = query
            query.chases += 1
            let question = ChaseQuestion(home.question.name, home.question.type)
            query.chased[question] = Resolution(records: home.aliases)
            if !submit(query) { query.finish(outcome.reply, tally, from: outcome.source) }
        }
    }

    /// Looks up the targets, all at once, and answers the query again with what came back.
    private func chase(_ questions: [ChaseQuestion], for query: SlowQuery) {
        guard query.chases < Self.chaseLimit, !questions.isEmpty else {
            query.finish(Self.failure(query), tally)
            return
        }
        var query = query
        query.chases += 1
        let collection = ChaseCollection(query, expecting: questions.count) { [self] query in
            if !submit(query) { query.finish(Self.failure(query), tally) }
        }
        for question in questions {
            forwarder.resolve(question.name, question.type) { collection.add($0, for: question) }
        }
    }

    private static func failure(_ query: SlowQuery) -> [UInt8]? {
        ForwardedQuery(query.octets, overTCP: query.client.transport == .tcp)?.failure()
            ?? ForwardedQuery.bareFailure(query.octets)
    }
}

/// Collects the looked-up targets of one query, then passes it on.
private final class ChaseCollection: Sendable {
    private struct State {
        var query: SlowQuery
        var missing: Int
    }

    private let state: Lock<State>
    private let completion: @Sendable (SlowQuery) -> Void

    init(
        _ query: SlowQuery,
        expecting count: Int,
        completion: @escaping @Sendable (SlowQuery) -> Void
    ) {
        state = Lock(State(query: query, missing: count))
        self.completion = completion
    }

    func add(_ resolution: Resolution, for question: ChaseQuestion) {
        let query = state.withLock { state -> SlowQuery? in
            state.query.chased[question] = resolution
            state.missing -= 1
            return state.missing == 0 ? state.query : nil
        }
        if let query { completion(query) }
    }
}

extension csockets_peer {
    /// The 4 or 16 octets of the address.
    var octets: [UInt8] {
        var octets = [UInt8](repeating: 0, count: 16)
        let count = unsafe withUnsafePointer(to: self) { peer in
            unsafe csockets_peer_address(peer, &octets)
        }
        return Array(octets.prefix(Int(count)))
    }

    /// The port.
    var port: UInt16 {
        unsafe withUnsafePointer(to: self) { unsafe csockets_peer_port($0) }
    }
}

extension SystemRandomNumberGenerator {
    /// A seed for a thread's own generator.
    static func seed() -> UInt64 {
        var system = SystemRandomNumberGenerator()
        return system.next()
    }
}
