// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// What a lookup in the catalog found: the cases of spec/dns.md 1.7.
///
/// None is an error; the compiler sees to it that each has its reply.
enum Outcome: Hashable, Sendable {
    /// NOERROR with these records.
    ///
    /// Without answers the reply gets the SOA as for ``noData``.
    case records(Sections)
    /// Nothing but aliases, with the code of their end and its SOA in the authority section
    /// (RFC 6604 §3).
    case aliases(Sections, ResponseCode)
    /// NOERROR, the name exists without a record of the type: SOA in the authority section
    /// (RFC 2308 §2.2).
    case noData
    /// NXDOMAIN with SOA in the authority section (RFC 2308 §2.1).
    case noSuchName
    /// NOTIMP.
    case notImplemented
    /// SERVFAIL: a prepared query that cannot be executed.
    case serverFailure
}

/// The three record sections of a reply.
struct Sections: Hashable, Sendable {
    /// The answer section.
    var answers: [ResourceRecord] = []
    /// The authority section.
    var authorities: [ResourceRecord] = []
    /// The additional section, without OPT.
    var additionals: [ResourceRecord] = []
}

extension Outcome {
    /// What RFC 1034 §3.7 leaves of it: answers of the type that was asked for, and the aliases
    /// on the way to them.
    ///
    /// Consul answers TXT for a service with its addresses, AAAA with the A records of a host
    /// name, and puts what the addr form was not asked for into the additional section.
    func strict(for type: RecordType) -> Outcome {
        guard case .records(var sections) = self, type != .any else { return self }
        sections.answers.removeAll { $0.type != type && $0.type != .cname }
        return sections.answers.isEmpty ? .noData : .records(sections)
    }
}
