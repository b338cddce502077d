// SPDX-License-Identifier: Apache-2.0

public import DNSWire

/// The records of one owner and type; their TTLs agree.
public struct RRset: Hashable, Sendable {
    /// The owner, in the spelling of its first record.
    public let owner: DomainName
    /// The type of all records.
    public let type: RecordType
    /// The time to live of all records.
    public private(set) var ttl: UInt32
    /// The data, without repetitions, in the order in which they were given.
    public private(set) var data: [RecordData]

    init(_ record: ResourceRecord) {
        owner = record.name
        type = record.type
        ttl = record.ttl
        data = [record.data]
    }

    /// Adds a record of the same owner and type.
    mutating func insert(_ record: ResourceRecord) {
        // RFC 2181 §5.2: the TTLs of one RRset must agree; the lowest wins.
        ttl = min(ttl, record.ttl)
        // RFC 2181 §5: a record that is there already is the same record.
        if !data.contains(where: { $0.denotesSame(as: record.data) }) { data.append(record.data) }
    }

    /// The records under another spelling of the owner, or under the name that a wildcard covers.
    public func records(owner: DomainName? = nil) -> [ResourceRecord] {
        let name = owner ?? self.owner
        return data.map { ResourceRecord(name: name, ttl: ttl, data: $0) }
    }
}

extension RecordData {
    /// Whether both are the same data, names in them compared without regard to case (RFC 4343).
    func denotesSame(as other: RecordData) -> Bool {
        switch (self, other) {
        case (.ns(let one), .ns(let two)), (.cname(let one), .cname(let two)),
            (.ptr(let one), .ptr(let two)):
            one.folded == two.folded
        case (.mx(let preference, let one), .mx(let otherPreference, let two)):
            preference == otherPreference && one.folded == two.folded
        case (.srv(let one), .srv(let two)):
            one.priority == two.priority && one.weight == two.weight && one.port == two.port
                && one.target.folded == two.target.folded
        default: self == other
        }
    }
}
