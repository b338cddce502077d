// SPDX-License-Identifier: Apache-2.0

/// An address of either family.
public enum IPAddress: Hashable, Sendable {
    /// An IPv4 address.
    case v4(IPv4Address)
    /// An IPv6 address that is not IPv4-mapped.
    case v6(IPv6Address)

    /// Parses text as Go's `net.ParseIP` does; an IPv4-mapped address counts as IPv4, as there.
    public init?(text: some StringProtocol) {
        if let address = IPv4Address(text: text) {
            self = .v4(address)
        } else if let address = IPv6Address(text: text) {
            self = address.ipv4Mapped.map(IPAddress.v4) ?? .v6(address)
        } else {
            return nil
        }
    }

    /// The same of a whole text, which is not copied when it is an IPv4 address.
    public init?(text: String) {
        if let address = IPv4Address(scanning: text.utf8) {
            self = .v4(address)
        } else if let address = IPv6Address(text: text) {
            self = address.ipv4Mapped.map(IPAddress.v4) ?? .v6(address)
        } else {
            return nil
        }
    }

    /// Makes an address from its 4 or 16 octets; `nil` for any other number.
    public init?(octets: some Collection<UInt8>) {
        if let address = IPv4Address(octets: octets) {
            self = .v4(address)
        } else if let address = IPv6Address(octets: octets) {
            self = address.ipv4Mapped.map(IPAddress.v4) ?? .v6(address)
        } else {
            return nil
        }
    }

    /// The 4 or 16 octets.
    public var octets: [UInt8] {
        switch self {
        case .v4(let address): address.octets
        case .v6(let address): address.octets
        }
    }

    /// The record data with this address: A or AAAA.
    public var recordData: RecordData {
        switch self {
        case .v4(let address): .a(address)
        case .v6(let address): .aaaa(address)
        }
    }
}

extension IPAddress: CustomStringConvertible {
    /// The canonical text, as Go's `net.IP.String` prints it.
    public var description: String {
        switch self {
        case .v4(let address): address.description
        case .v6(let address): address.description
        }
    }
}
