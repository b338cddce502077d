// SPDX-License-Identifier: Apache-2.0
public import DNSWire
import DNSZones

/// The slow and specifying line: query octets in, reply octets out, by the rules of spec/dns.md
/// one after another, over the published state.
///
/// `QueryReading` → `QueryRouter` → a look-up → `Outcome` → `CatalogReply` → `MessageWriter`.
/// It answers what the fast line hands over, and says what the fast line has to answer: from the
/// same instances and the same generator both make the same octets.
public struct ReferenceResponder: Sendable {
    /// Makes a responder; it has no state.
    public init() {}

    /// Answers a query.
    ///
    /// - Parameters:
    ///   - query: The octets that came.
    ///   - client: Who asks, and how.
    ///   - snapshot: The published state.
    ///   - chased: Chains of recursors that an earlier ``ReferenceReply/chase(_:)`` asked for, or
    ///     that an answer to the query itself begins with and that lead to a name of ours; empty
    ///     at first.
    ///   - now: The time in seconds since 1970, for SOA serials.
    ///   - generator: The numbers of the shuffles.
    /// - Returns: What to do with the query.
    public func respond(
        to query: [UInt8],
        from client: ClientContext,
        snapshot: DNSSnapshot,
        chased: [ChaseQuestion: Resolution],
        now: UInt32,
        generator: inout Generator
    ) -> ReferenceReply {
        let reading = QueryReading(query, from: client)
        guard case .query(let query) = reading else {
            return reading.refusal.map { encoded($0, snapshot.settings) } ?? .silence
        }
        var context = LookupContext(
            snapshot: snapshot,
            chased: chased,
            now: now,
            name: query.question.name,
            type: query.question.type,
            client: query.nearAddress,
            hasEDNS: query.edns != nil,
            generator: generator
        )
        defer { generator = context.generator }
        return reply(to: query, in: &context)
    }

    private func reply(to query: Query, in context: inout LookupContext) -> ReferenceReply {
        let settings = context.settings
        if let code = query.refusalCode {
            return encoded(query.refusal(code, recursion: settings.hasRecursors), settings)
        }
        var reply = CatalogReply(to: query, settings: settings, now: context.now)
        let target = QueryRouter(settings: settings, zones: context.snapshot.zones)
            .target(of: query.question)
        switch target {
        case .outside:
            return settings.hasRecursors
                ? forwarded(query, in: &context) : encoded(reply.refusal(), settings)
        case .zone:
            return zoneReply(to: query, in: &context) ?? encoded(reply.refusal(), settings)
        case .reverse(let address):
            // DS is a zone's; of other types the catalog knows best.
            if query.question.type != .ds || !context.isInZone,
                let pointers = ReverseLookup(address: address).sections(in: context)
            {
                return encoded(reply.message(pointers: pointers), settings)
            }
            // The catalog knows nothing: a static zone, the recursors, a name error.
            if let zoneReply = zoneReply(to: query, in: &context) { return zoneReply }
            let name = query.question.name
            let local = LocalReverseZones(settings).zone(answering: name, query.question.type)
            if let local { return encoded(reply.message(in: local), settings) }
            if settings.forwards(name) { return forwarded(query, in: &context) }
            let exists = context.snapshot.zones.hasZone(atOrBelow: name)
            return encoded(reply.messageWithoutPointer(exists: exists), settings)
        default:
            var outcome = context.outcome(for: target)
            // The catalog first; what it does not know may stand in a zone beside it.
            if target.leavesRoom(outcome), context.isInZone,
                let zoneReply = zoneReply(to: query, in: &context)
            {
                return zoneReply
            }
            outcome = context.existing(outcome, at: query.question.name)
            if settings.isStrict {
                outcome = context.ended(outcome.strict(for: query.question.type))
            }
            guard context.pending.isEmpty else { return .chase(context.pending) }
            reply.reasons = context.reasons(for: outcome)
            return encoded(reply.message(outcome, target: target), settings)
        }
    }

    private func zoneReply(to query: Query, in context: inout LookupContext) -> ReferenceReply? {
        let settings = context.settings
        // RFC 1034 §4.3.1: the referral is for who does not want recursion.
        if query.header.recursionDesired, context.isForOthers(context.name) {
            return forwarded(query, in: &context)
        }
        let reply = ZoneReply(to: query, settings: settings)
        guard let message = reply.message(in: &context) else { return nil }
        return context.pending.isEmpty
            ? encoded(message, settings) : .chase(context.pending)
    }

    /// The forwarder's query; or, where its answer has been found to lead to a name of ours, that
    /// answer with our own end.
    private func forwarded(_ query: Query, in context: inout LookupContext) -> ReferenceReply {
        let question = ChaseQuestion(query.question.name, query.question.type)
        guard let aliases = context.chased[question]?.records, !aliases.isEmpty else {
            return .forward
        }
        let reply = ZoneReply(to: query, settings: context.settings)
        let message = reply.message(following: aliases, in: &context)
        return context.pending.isEmpty
            ? encoded(message, context.settings) : .chase(context.pending)
    }

    // What cannot be written is not sent; whatever a catalog holds can be written. Replies to what
    // is no query are written without compression all the same: they have nothing to compress.
    private func encoded(_ message: Message, _ settings: DNSSettings) -> ReferenceReply {
        guard let octets = try? message.encoded(compress: !settings.disableCompression) else {
            return .silence
        }
        return .reply(octets)
    }
}

extension Target {
    /// Whether a static zone may answer what the catalog answers so.
    func leavesRoom(_ outcome: Outcome) -> Bool { outcome == .noSuchName || self == .emptyName }
}
