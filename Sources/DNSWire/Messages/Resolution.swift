// SPDX-License-Identifier: Apache-2.0

/// What came of looking up a name for a type elsewhere: the chain of aliases from the name, the
/// records at its end, and how it ends.
public struct Resolution: Hashable, Sendable {
    /// The aliases in their order, then the records of the type.
    public var records: [ResourceRecord]
    /// How the look-up ended for the last name of the chain (RFC 6604 §3): NOERROR, NXDOMAIN,
    /// SERVFAIL where nobody could tell, or REFUSED where nobody is asked for the name.
    public var code: ResponseCode
    /// The SOA of the zone that has no such name or no such type (RFC 2308 §2); mostly empty.
    public var authorities: [ResourceRecord]

    /// Makes a resolution.
    public init(
        records: [ResourceRecord],
        code: ResponseCode = .noError,
        authorities: [ResourceRecord] = []
    ) {
        self.records = records
        self.code = code
        self.authorities = authorities
    }

    /// Nobody could tell.
    public static let failure = Resolution(records: [], code: .serverFailure)

    /// The target of the last alias, where the chain ends with one.
    public var lastTarget: DomainName? {
        if case .cname(let target)? = records.last?.data { target } else { nil }
    }
}
