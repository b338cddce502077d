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
    /// Follows the first alias of a zone's answer that leads into the catalog.
    ///
    /// RFC 1034 §4.3.2 step 3a: the search goes on with the target of an alias, in whatever is
    /// served here: an alias in a zone may name a service of the catalog, whose domain may lie
    /// below the zone's apex.
    mutating func follow(_ answer: inout ZoneAnswer) {
        let router = QueryRouter(settings: settings, zones: snapshot.zones)
        for (index, record) in answer.answers.enumerated() {
            guard case .cname(let alias) = record.data, router.isInCatalog(alias) else { continue }
            answer.answers.removeSubrange((index + 1)...)
            (answer.outcome, answer.authorities, answer.additionals) = (.records, [], [])
            append(outcome(ofAlias: alias, type: type), alias, to: &answer)
            return
        }
    }

    private func append(_ outcome: Outcome?, _ alias: DomainName, to answer: inout ZoneAnswer) {
        let soa = StartOfAuthorityRecord(settings).record(for: alias, now: now)
        switch outcome {
        case .records(let sections):
            answer.answers += sections.answers
            answer.additionals += sections.additionals
        case .noData:
            (answer.outcome, answer.authorities) = (.noData, [soa])
        case .noSuchName:
            (answer.outcome, answer.authorities) = (.nameError, [soa])
        case .notImplemented, .serverFailure, nil:
            break
        }
    }
}
