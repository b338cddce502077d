// SPDX-License-Identifier: Apache-2.0
public import DNSWire

/// A client's address in two words; IPv4 lies in `::ffff:0:0/96` (RFC 4291 §2.5.5.2), so that a
/// client of a dual-stack socket is the same as one of an IPv4 socket.
public struct ClientAddress: Sendable, Hashable {
    /// The first 64 bits.
    public let high: UInt64
    /// The last 64 bits.
    public let low: UInt64

    /// An IPv6 address, IPv4-mapped ones included.
    @inlinable
    @inline(__always)
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// An IPv4 address.
    @inlinable
    @inline(__always)
    public init(v4 address: UInt32) {
        self.init(high: 0, low: 0xffff_0000_0000 | UInt64(address))
    }

    /// The same address in words.
    public init(_ address: IPAddress) {
        let octets = address.octets
        func word(_ octets: some Sequence<UInt8>) -> UInt64 {
            octets.reduce(0) { $0 << 8 | UInt64($1) }
        }
        if octets.count == 4 {
            self.init(v4: UInt32(truncatingIfNeeded: word(octets)))
        } else {
            self.init(high: word(octets.prefix(8)), low: word(octets.dropFirst(8)))
        }
    }

    /// Whether it is an IPv4 address.
    @inline(__always)
    public var isV4: Bool { high == 0 && low &>> 32 == 0xffff }

    /// Whether it is in `127.0.0.0/8` or is `::1`.
    @inline(__always)
    var isLoopback: Bool { high == 0 && (low &>> 24 == 0xffff_7f || low == 1) }

    /// The network that is counted as one client: the /24 of an IPv4 address, the /56 of an IPv6
    /// address (the defaults of BIND), as a number that is another for each.
    @inline(__always)
    var network: UInt64 { isV4 ? low & ~0xff | 1 : high & ~0xff }
}
