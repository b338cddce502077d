// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// An instance as its record in a block says it, apart from any block.
struct InstanceImage: Equatable {
    /// The first half of the record: IPv4 address, weight and port *wire*.
    var first: UInt64
    /// The second half, node number and flags, without the distance of the IPv6 address.
    var second: UInt64
    /// The IPv6 address *wire*; zeros where there is none.
    var wireV6: SIMD16<UInt8>

    /// The image of what is known about an instance.
    init(_ instance: InstanceFacts) {
        let addresses = instance.addresses
        var flags: InstanceRecord.Flags = []
        if instance.targetIsAddress { flags.insert(.targetIsAddress) }
        if addresses.anyIsV6 { flags.insert(.anyIsV6) }
        if addresses.v4 != nil { flags.insert(.hasV4) }
        wireV6 = SIMD16(repeating: 0)
        if let address = addresses.v6 {
            flags.insert(.hasV6)
            wireV6 = unsafe unsafeBitCast(
                SIMD2(address.high.bigEndian, address.low.bigEndian),
                to: SIMD16<UInt8>.self
            )
        }
        first =
            UInt64((addresses.v4?.bits ?? 0).bigEndian)
            | UInt64(instance.weight.bigEndian) << 32 | UInt64(instance.port.bigEndian) << 48
        second = UInt64(instance.node) | UInt64(flags.rawValue) << 32
    }

    /// The image of an instance at the addresses of its node; `nil` where the node's entry cannot
    /// tell these.
    init?(on node: NodeEntry, _ number: UInt32, port: UInt16, weight: UInt16) {
        let known = node.flags
        guard known.contains(.lendsAddresses) else { return nil }
        var flags: InstanceRecord.Flags = []
        if known.contains(.lendsTagged) { flags.insert(.targetIsAddress) }
        if known.contains(.anyIsV6) { flags.insert(.anyIsV6) }
        if known.contains(.hasV4) { flags.insert(.hasV4) }
        wireV6 = SIMD16(repeating: 0)
        if known.contains(.hasV6) {
            flags.insert(.hasV6)
            wireV6 = node.wireV6
        }
        first =
            UInt64(known.contains(.hasV4) ? node.wireV4 : 0)
            | UInt64(weight.bigEndian) << 32 | UInt64(port.bigEndian) << 48
        second = UInt64(number) | UInt64(flags.rawValue) << 32
    }

    /// The image of an instance at an address of its own.
    init(at address: IPAddress, _ number: UInt32, port: UInt16, weight: UInt16) {
        var flags: InstanceRecord.Flags = .targetIsAddress
        wireV6 = SIMD16(repeating: 0)
        first = UInt64(weight.bigEndian) << 32 | UInt64(port.bigEndian) << 48
        switch address {
        case .v4(let address):
            flags.insert(.hasV4)
            first |= UInt64(address.bits.bigEndian)
        case .v6(let address):
            flags.insert([.hasV6, .anyIsV6])
            wireV6 = unsafe unsafeBitCast(
                SIMD2(address.high.bigEndian, address.low.bigEndian),
                to: SIMD16<UInt8>.self
            )
        }
        second = UInt64(number) | UInt64(flags.rawValue) << 32
    }

    /// The image of a record.
    init(_ record: InstanceRecord) {
        first = record.first
        second = record.second & 0x0000_ffff_ffff_ffff
        wireV6 = record.flags.contains(.hasV6) ? record.wireV6 : SIMD16(repeating: 0)
    }

    /// The IPv4 address *wire*.
    var wireV4: UInt32 { UInt32(truncatingIfNeeded: first) }

    /// Weight *wire*.
    var wireWeight: UInt16 { UInt16(truncatingIfNeeded: first >> 32) }

    /// Node and port as one number.
    var nodeAndPort: UInt64 { UInt64(node) | (first >> 48) << 32 }

    /// The number of the node.
    var node: UInt32 { UInt32(truncatingIfNeeded: second) }

    /// The flags of the record.
    var flags: InstanceRecord.Flags {
        InstanceRecord.Flags(rawValue: UInt16(truncatingIfNeeded: second >> 32))
    }
}
