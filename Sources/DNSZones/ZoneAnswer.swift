// SPDX-License-Identifier: Apache-2.0

public import DNSWire

/// What a zone says to a question: everything that fills the three sections of a reply.
public struct ZoneAnswer: Hashable, Sendable {
    /// How the search ended.
    public enum Outcome: Hashable, Sendable {
        /// The answer section holds what was asked, or aliases that lead out of the zone.
        case records
        /// The name exists, the type does not (RFC 2308 §2.2).
        case noData
        /// The name does not exist (RFC 2308 §2.1).
        case nameError
        /// The name lies at or below a zone cut (RFC 1034 §4.3.2 step 3b).
        case delegation
    }

    /// How the search ended; after aliases, how it ended for the last of them (RFC 6604 §3).
    public var outcome: Outcome
    /// AA of the reply.
    ///
    /// RFC 1035 §4.1.1: it speaks of the first owner in the answer section, so a referral behind
    /// an alias is authoritative, a plain one is not.
    public var isAuthoritative = true
    /// The answer section: aliases in the order of the chain, then the RRset.
    public var answers: [ResourceRecord] = []
    /// The authority section: the SOA of a negative answer, or the NS records of a delegation.
    public var authorities: [ResourceRecord] = []
    /// The additional section: addresses of the hosts named in the other two.
    public var additionals: [ResourceRecord] = []
    /// Where the chain of aliases left the zone: to be looked up elsewhere.
    public var continuation: DomainName?
    /// The wildcard that the last records were synthesised from, for explanations.
    public var wildcard: DomainName?

    /// RCODE.
    public var responseCode: ResponseCode { outcome == .nameError ? .nameError : .noError }

    /// Makes an answer without records.
    public init(_ outcome: Outcome) { self.outcome = outcome }
}
