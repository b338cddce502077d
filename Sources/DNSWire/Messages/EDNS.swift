// SPDX-License-Identifier: Apache-2.0

/// What the OPT pseudo record of a message says (RFC 6891 §6.1).
public struct EDNS: Hashable, Sendable {
    /// The largest UDP payload that the sender takes.
    public var udpPayloadSize: UInt16
    /// The upper eight bits of the result code.
    public var extendedRCode: UInt8
    /// The version; only 0 is defined.
    public var version: UInt8
    /// DO: whether the client wants DNSSEC records (RFC 3225).
    public var dnssecOK: Bool
    /// The flag bits other than DO, 0…0x7fff; senders set them to 0.
    public var reservedFlags: UInt16
    /// The options, in their order.
    public var options: [EDNSOption]

    /// Makes EDNS settings.
    public init(
        udpPayloadSize: UInt16,
        extendedRCode: UInt8 = 0,
        version: UInt8 = 0,
        dnssecOK: Bool = false,
        reservedFlags: UInt16 = 0,
        options: [EDNSOption] = []
    ) {
        self.udpPayloadSize = udpPayloadSize
        self.extendedRCode = extendedRCode
        self.version = version
        self.dnssecOK = dnssecOK
        self.reservedFlags = reservedFlags
        self.options = options
    }

    /// Makes EDNS settings from an OPT record; `nil` for a record of another type.
    public init?(_ record: ResourceRecord) {
        guard case .opt(let options) = record.data else { return nil }
        self.init(
            udpPayloadSize: record.class.rawValue,
            extendedRCode: UInt8(record.ttl >> 24),
            version: UInt8(record.ttl >> 16 & 0xff),
            dnssecOK: record.ttl & 0x8000 != 0,
            reservedFlags: UInt16(record.ttl & 0x7fff),
            options: options
        )
    }

    /// The OPT record that says this.
    public var record: ResourceRecord {
        ResourceRecord(
            name: .root,
            class: RecordClass(rawValue: udpPayloadSize),
            ttl: UInt32(extendedRCode) << 24 | UInt32(version) << 16
                | (dnssecOK ? 0x8000 : 0) | UInt32(reservedFlags & 0x7fff),
            data: .opt(options)
        )
    }

    /// The client subnet, if there is a well-formed one (RFC 7871); the last counts.
    public var clientSubnet: ClientSubnet? {
        options.last { $0.code == EDNSOption.clientSubnetCode }.flatMap { ClientSubnet($0) }
    }
}
