// SPDX-License-Identifier: Apache-2.0
import DNSWire
import DNSZones

/// Replies from static zones: what the standards ask for, not what Consul does.
struct ZoneReply: Sendable {
    private let query: Query
    private let settings: DNSSettings

    /// Makes a reply's maker.
    init(to query: Query, settings: DNSSettings) {
        self.query = query
        self.settings = settings
    }

    /// The reply; `nil` where no zone encloses the name.
    func message(in context: inout LookupContext) -> Message? {
        let question = query.question
        let zones = context.snapshot.zones
        guard var answer = zones.search(question.name, question.type) else { return nil }
        // Zone transfer is not offered (RFC 5936, RFC 1995).
        guard question.type != .axfr, question.type != .ixfr else {
            return query.refusal(.notImplemented, recursion: settings.hasRecursors)
        }
        context.follow(&answer)
        return finished(&answer, in: &context)
    }

    /// The reply to a question that recursors answered with aliases whose last one leads to a name
    /// of ours: theirs so far, then our own answer to that name.
    ///
    /// What they say about our names is not known here: nobody but us speaks for them.
    func message(following aliases: [ResourceRecord], in context: inout LookupContext) -> Message {
        var answer = ZoneAnswer(.records)
        answer.isAuthoritative = false
        answer.answers = aliases
        guard case .cname(let target)? = aliases.last?.data else { return message(answer) }
        context.proceed(&answer, at: target)
        return finished(&answer, in: &context)
    }

    // RFC 1034 §4.3.1: recursion for who asks for it; the others get the alias alone.
    private func finished(
        _ answer: inout ZoneAnswer,
        in context: inout LookupContext
    ) -> Message {
        if query.header.recursionDesired, !context.followAbroad(&answer) {
            var message = query.refusal(.serverFailure, recursion: settings.hasRecursors)
            if settings.explainsErrors {
                message.edns = query.replyEDNS(options: context.reasons.map(\.option))
            }
            return message
        }
        context.replaceApexRecords(of: &answer)
        return message(answer)
    }

    private func message(_ answer: ZoneAnswer) -> Message {
        let question = query.question
        var message = Message(
            header: query.replyHeader(
                answer.responseCode,
                authoritative: answer.isAuthoritative,
                recursion: settings.hasRecursors
            ),
            questions: [question]
        )
        message.answers = answer.answers
        message.authorities = answer.authorities
        message.additionals = answer.additionals
        message.edns = query.replyEDNS()
        return ZoneTruncation(limit: sizeLimit, compress: !settings.disableCompression)
            .fit(message, isDelegation: answer.outcome == .delegation)
    }

    // RFC 6891 §6.2.3: sizes below 512 count as 512.
    private var sizeLimit: Int {
        switch query.client.transport {
        case .tcp: MessageWriter.maximumMessageSize
        case .udp:
            min(
                max(CatalogTruncation.plainSize, Int(query.edns?.udpPayloadSize ?? 0)),
                max(CatalogTruncation.plainSize, settings.udpMaximumSize)
            )
        }
    }
}

extension LookupContext {
    /// Gives a zone whose apex is a domain's the domain's SOA and NS, which are the catalog's: else
    /// a domain would have two of each.
    mutating func replaceApexRecords(of answer: inout ZoneAnswer) {
        let maker = StartOfAuthorityRecord(settings)
        func adopt(_ records: [ResourceRecord]) -> [ResourceRecord] {
            records.map { record in
                record.type == .soa && settings.isDomain(record.name)
                    ? maker.record(for: record.name, now: now) : record
            }
        }
        answer.authorities = adopt(answer.authorities)
        answer.answers = adopt(answer.answers)
        // QTYPE ANY: a question for NS is the catalog's from the beginning.
        guard answer.answers.contains(where: { $0.type == .ns && settings.isDomain($0.name) })
        else { return }
        answer.answers.removeAll { $0.type == .ns && settings.isDomain($0.name) }
        guard case .records(let sections) = outcome(for: .nameservers) else { return }
        answer.answers += sections.answers
        answer.additionals = sections.additionals
    }
}

extension DNSSettings {
    /// Whether a name is one of the two domains itself.
    func isDomain(_ name: DomainName) -> Bool {
        name.folded == domain.folded || name.folded == alternateDomain?.folded
    }
}
