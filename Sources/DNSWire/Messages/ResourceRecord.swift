// SPDX-License-Identifier: Apache-2.0

/// A resource record (RFC 1035 §4.1.3).
public struct ResourceRecord: Hashable, Sendable {
    /// The owner, in its spelling.
    public var name: DomainName
    /// CLASS; in an OPT record the sender's payload size (RFC 6891 §6.1.2).
    public var `class`: RecordClass
    /// TTL in seconds; in an OPT record the extended flags (RFC 6891 §6.1.3).
    public var ttl: UInt32
    /// TYPE and RDATA.
    public var data: RecordData

    /// Makes a record.
    public init(name: DomainName, class: RecordClass = .in, ttl: UInt32, data: RecordData) {
        self.name = name
        self.class = `class`
        self.ttl = ttl
        self.data = data
    }

    /// TYPE.
    public var type: RecordType { data.type }
}
