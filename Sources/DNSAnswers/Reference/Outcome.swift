// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// What a lookup in the catalog found: the cases of spec/dns.md 1.7.
///
/// None is an error; the compiler sees to it that each has its reply.
enum Outcome: Hashable, Sendable {
    /// NOERROR with these records. Without any it is an empty reply that has no SOA: what the
    /// node, addr and virtual forms answer where there is nothing of the type.
    case records(Sections)
    /// NOERROR, the name exists without a record of the type: SOA in the authority section
    /// (RFC 2308 §2.2).
    case noData
    /// NXDOMAIN with SOA in the authority section (RFC 2308 §2.1).
    case noSuchName
    /// NOTIMP.
    case notImplemented
    /// SERVFAIL: a prepared query that cannot be executed.
    case serverFailure

    /// NOERROR without any record.
    static let empty = Outcome.records(Sections())
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
