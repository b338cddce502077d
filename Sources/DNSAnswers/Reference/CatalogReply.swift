// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// Replies of the zone handler and the PTR handler: header, sections, OPT (spec/dns.md 2.1, 3.5).
struct CatalogReply: Sendable {
    private let query: Query
    private let settings: DNSSettings
    private let now: UInt32
    /// Why the answer is as it is.
    var reasons: [ExtendedDNSError] = []

    /// Makes a reply's maker.
    init(to query: Query, settings: DNSSettings, now: UInt32) {
        self.query = query
        self.settings = settings
        self.now = now
    }

    /// The reply to a name in the domain, cut to size.
    func message(_ outcome: Outcome, target: Target) -> Message {
        var message =
            switch outcome {
            case .records(let sections):
                self.message(.noError, target == .nameservers ? sections : withAuthority(sections))
            case .aliases(let sections, let code): self.message(code, sections)
            case .noData: self.message(.noError, Sections(authorities: [negativeSOA]))
            case .noSuchName: self.message(.nameError, Sections(authorities: [negativeSOA]))
            case .notImplemented: self.message(.notImplemented, Sections())
            case .serverFailure: self.message(.serverFailure, Sections())
            }
        if case .preparedQuery = target, message.header.responseCode == .noError {
            message.edns = edns(scopeIsSource: true)
        }
        return CatalogTruncation.fit(message, to: query, settings: settings)
    }

    /// The reply with PTR records, cut to size.
    func message(pointers sections: Sections) -> Message {
        CatalogTruncation.fit(message(.noError, sections), to: query, settings: settings)
    }

    /// The reply to a reverse name that nobody knows (pinned by DNS-110; DNS-114 has SOA twice),
    /// or that only has names below it.
    func messageWithoutPointer(exists: Bool) -> Message {
        let count = query.question.type == .soa ? 2 : 1
        let authorities = [ResourceRecord](repeating: negativeSOA, count: count)
        return message(exists ? .noError : .nameError, Sections(authorities: authorities))
    }

    /// The reply to a name of a reverse zone that is answered here.
    func message(in zone: DomainName) -> Message {
        let (code, sections) = LocalReverseZones.answer(
            to: query.question.name,
            query.question.type,
            in: zone,
            soa: StartOfAuthorityRecord(settings).record(at: zone, now: now)
        )
        return message(code, sections)
    }

    /// REFUSED for a name that is not ours: neither AA nor RA, no OPT (spec/dns.md 1.2).
    func refusal() -> Message {
        Message(
            header: query.replyHeader(.refused, authoritative: false, recursion: false),
            questions: [query.question]
        )
    }

    // RFC 2308 §2.2: NOERROR without an answer has the SOA, else nobody can keep it. Consul leaves
    // it out in the node, addr and virtual forms.
    private func withAuthority(_ sections: Sections) -> Sections {
        guard sections.answers.isEmpty, sections.authorities.isEmpty else { return sections }
        var sections = sections
        sections.authorities = [negativeSOA]
        return sections
    }

    private func message(_ code: ResponseCode, _ sections: Sections) -> Message {
        Message(
            header: query.replyHeader(
                code,
                authoritative: true,
                recursion: settings.hasRecursors
            ),
            questions: [query.question],
            answers: sections.answers,
            authorities: sections.authorities,
            additionals: sections.additionals,
            edns: edns(scopeIsSource: false)
        )
    }

    private var negativeSOA: ResourceRecord {
        StartOfAuthorityRecord(settings).record(for: query.question.name, now: now)
    }

    // Of all options only the client subnet comes back. Its scope is 0, "for everybody", but in
    // prepared queries (spec/dns.md 3.5).
    private func edns(scopeIsSource: Bool) -> EDNS? {
        guard let asked = query.edns else { return nil }
        var options: [EDNSOption] = []
        if var subnet = asked.clientSubnet {
            subnet.scopeLength = scopeIsSource ? subnet.sourceLength : 0
            options.append(subnet.option)
        }
        if settings.explainsErrors { options += reasons.map(\.option) }
        return query.replyEDNS(options: options)
    }
}
