// SPDX-License-Identifier: Apache-2.0

/// The data of an SOA record (RFC 1035 §3.3.13).
public struct StartOfAuthority: Hashable, Sendable {
    /// MNAME: the primary server of the zone.
    public var primary: DomainName
    /// RNAME: the mailbox of who is responsible.
    public var mailbox: DomainName
    /// SERIAL: the version of the zone.
    public var serial: UInt32
    /// REFRESH, in seconds.
    public var refresh: UInt32
    /// RETRY, in seconds.
    public var retry: UInt32
    /// EXPIRE, in seconds.
    public var expire: UInt32
    /// MINIMUM: the upper bound of negative caching, in seconds (RFC 2308 §4).
    public var minimum: UInt32

    /// Makes the data of an SOA record.
    public init(
        primary: DomainName,
        mailbox: DomainName,
        serial: UInt32,
        refresh: UInt32,
        retry: UInt32,
        expire: UInt32,
        minimum: UInt32
    ) {
        self.primary = primary
        self.mailbox = mailbox
        self.serial = serial
        self.refresh = refresh
        self.retry = retry
        self.expire = expire
        self.minimum = minimum
    }
}
