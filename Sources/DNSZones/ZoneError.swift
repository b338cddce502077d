// SPDX-License-Identifier: Apache-2.0

public import DNSWire

/// Why records, each right by itself, are no zone.
public struct ZoneError: Error, Hashable, Sendable {
    /// The rule that is broken.
    public enum Kind: Hashable, Sendable {
        /// The apex has no SOA record (RFC 1035 §5.2).
        case noSOA
        /// There is a second SOA record (RFC 1035 §5.2).
        case severalSOA
        /// An SOA record below the apex.
        case misplacedSOA
        /// The apex has no NS record (RFC 1034 §4.2.1).
        case noNameServer
        /// The owner is neither the apex nor below it (RFC 1035 §5.2).
        case outOfZone
        /// The class is not IN.
        case notInternetClass
        /// A type that questions or messages have, but zones do not (RFC 6895 §3.1).
        case metaType
        /// A type of a signed zone, or DNAME: not served from zone files.
        case unsupportedType
        /// The data are not of the record's type.
        case malformedData
        /// A CNAME beside other data (RFC 2181 §10.1).
        case aliasAndOtherData
        /// More than one CNAME at a name (RFC 2181 §10.1).
        case severalAliases
        /// The target of an NS record is an alias (RFC 2181 §10.3); the name is the target.
        case nameServerIsAlias
        /// The target of an NS record lies in the zone and has no address (RFC 1034 §4.2.1);
        /// the name is the target.
        case nameServerWithoutAddress
        /// Data below a zone cut that are no addresses (RFC 1034 §4.2.1); `cut` is the cut.
        case belowCut(DomainName)
        /// A delegation signer where there is no delegation (RFC 4034 §5).
        case signerWithoutDelegation
        /// NS records at a wildcard: their meaning is undefined (RFC 4592 §4.2).
        case wildcardDelegation
        /// A TTL above 2³¹ − 1 (RFC 2181 §8).
        case ttlTooLarge
    }

    /// The rule that is broken.
    public var kind: Kind
    /// The owner, or the name that the kind speaks of.
    public var name: DomainName
    /// The type of the record concerned.
    public var type: RecordType
    /// Which of the given records shows it, counted from 0; nil when one is missing.
    public var index: Int?

    /// Makes an error.
    public init(_ kind: Kind, name: DomainName, type: RecordType, index: Int?) {
        self.kind = kind
        self.name = name
        self.type = type
        self.index = index
    }
}
