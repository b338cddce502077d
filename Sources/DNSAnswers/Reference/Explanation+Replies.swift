// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// How much of the answer one reply carries, by the way that the question comes.
extension Explanation {
    /// What one reply carries over a transport.
    public struct Reply: Hashable, Sendable {
        /// How the question comes.
        public var transport: ClientContext.Transport
        /// The size that the client offers with EDNS; `nil` without EDNS.
        public var offeredSize: UInt16?
        /// The fewest records in the answer section of some replies that were made.
        public var fewest = Int.max
        /// The most of them.
        public var most = 0
        /// Whether TC is set in one of them: a client asks again over TCP.
        public var isTruncated = false
        /// What keeps the other candidates out; empty where nothing does.
        public var limit = ""

        /// Whether all of so many records are always there.
        func carries(all candidates: Int) -> Bool { fewest >= candidates && !isTruncated }
    }

    /// What most resolvers offer with EDNS (RFC 9715).
    private static let offeredSize: UInt16 = 1232
    /// How many replies are made where one is cut: sizes vary with who is in it.
    private static let samples: UInt64 = 8
    /// How many where so many records stand to choose from that it would take long.
    private static let fewSamples: UInt64 = 2
    private static let manyCandidates = 1_000
    /// How often the reference line may ask for names before it has all that it wants.
    private static let rounds = 64

    /// Asks the reference line itself, so that what is said of cuts is what clients get.
    ///
    /// What recursors would say is left out: their names are in the notes.
    mutating func countReplies(in snapshot: DNSSnapshot, now: UInt32) {
        let settings = snapshot.settings
        var replies: [Reply] = []
        let samples = candidates > Self.manyCandidates ? Self.fewSamples : Self.samples
        for (transport, size) in [(.udp, nil), (.udp, Self.offeredSize), (.tcp, nil)]
            as [(ClientContext.Transport, UInt16?)]
        {
            var reply = Reply(transport: transport, offeredSize: size)
            var chased: [ChaseQuestion: Resolution] = [:]
            for seed in 1...samples {
                guard let message = message(to: reply, snapshot, now, seed, &chased) else { return }
                reply.fewest = min(reply.fewest, message.answers.count)
                reply.most = max(reply.most, message.answers.count)
                reply.isTruncated = reply.isTruncated || message.header.isTruncated
                if reply.carries(all: candidates) { break }
            }
            replies.append(reply)
        }
        // Behind host names the length of the answer varies.
        candidates = max(candidates, replies.map(\.most).max() ?? 0)
        for index in replies.indices where !replies[index].carries(all: candidates) {
            replies[index].limit = limit(of: replies[index], settings)
        }
        self.replies = replies
    }

    /// Counts what the catalog would answer without `a_record_limit`.
    mutating func countCandidates(of target: Target, _ context: LookupContext) {
        guard context.settings.aRecordLimit > 0 else { return }
        var snapshot = context.snapshot
        snapshot.settings.aRecordLimit = 0
        var unlimited = LookupContext(
            snapshot: snapshot,
            chased: [:],
            now: context.now,
            name: name,
            type: type,
            hasEDNS: true,
            generator: Generator(seed: 1)
        )
        var outcome = unlimited.outcome(for: target)
        if snapshot.settings.isStrict { outcome = outcome.strict(for: type) }
        guard case .records(let sections) = outcome, sections.answers.count > answers.count else {
            return
        }
        candidates = sections.answers.count
        formLimit = "dns_config.a_record_limit"
    }

    /// Whether some candidates are not in every reply.
    var isCut: Bool { replies.contains { !$0.carries(all: candidates) } }

    private func message(
        to reply: Reply,
        _ snapshot: DNSSnapshot,
        _ now: UInt32,
        _ seed: UInt64,
        _ chased: inout [ChaseQuestion: Resolution]
    ) -> Message? {
        let query = Message(
            header: Header(id: 0, recursionDesired: true),
            questions: [Question(name: name, type: type)],
            edns: reply.offeredSize.map { EDNS(udpPayloadSize: $0) }
        )
        guard let octets = try? query.encoded() else { return nil }
        for _ in 0..<Self.rounds {
            var generator = Generator(seed: seed)
            let reply = ReferenceResponder().respond(
                to: octets,
                from: ClientContext(transport: reply.transport, address: []),
                snapshot: snapshot,
                chased: chased,
                now: now,
                generator: &generator
            )
            switch reply {
            case .reply(let octets): return try? Message(decoding: octets)
            case .chase(let questions):
                for question in questions { chased[question] = Resolution(records: []) }
            case .forward, .silence: return nil
            }
        }
        return nil
    }

    // In the order in which records go: spec/dns.md 3.3, 3.4, 3.6.
    private func limit(of reply: Reply, _ settings: DNSSettings) -> String {
        let count = reply.most
        let isAliased = answers.first?.type == .cname
        if count == answers.count, !formLimit.isEmpty, !reply.isTruncated { return formLimit }
        if isAliased, reply.offeredSize == nil, count == 1 + LookupContext.maximumChasedRecords {
            return "\(count - 1) records behind a host name without EDNS"
        }
        switch reply.transport {
        case .tcp:
            let most =
                type == .srv
                ? CatalogTruncation.maximumStreamLocations : CatalogTruncation.maximumStreamAnswers
            return count == most
                ? "\(count) records over TCP" : "\(CatalogTruncation.streamSize) octets"
        case .udp:
            let plain = CatalogTruncation.plainSize
            let size = min(
                max(plain, Int(reply.offeredSize ?? 0)),
                max(plain, settings.udpMaximumSize)
            )
            let most = settings.plainAnswerLimit
            guard size == plain, count == most, zone == nil else { return "\(size) octets" }
            return most == settings.udpAnswerLimit
                ? "dns_config.udp_answer_limit" : "\(most) records in \(plain) octets"
        }
    }
}
