// SPDX-License-Identifier: Apache-2.0
internal import Definitions

/// The addresses of a host's interfaces, of which address templates choose; asked for by the shell.
public struct HostInterfaces: Hashable, Sendable {
    /// The addresses, interface by interface.
    public var addresses: [InterfaceAddress]
    /// The interface of the default route; `nil` without one.
    public var defaultName: String?

    /// Makes a list; the default is a host without interfaces.
    public init(addresses: [InterfaceAddress] = [], defaultName: String? = nil) {
        self.addresses = addresses
        self.defaultName = defaultName
    }

    /// The interface of the default route, by the kernel's tables.
    ///
    /// - Parameters:
    ///   - routes: the text of `/proc/net/route`; the IPv4 route with the lowest metric counts.
    ///   - routesV6: the text of `/proc/net/ipv6_route`, for a host without the other.
    /// - Returns: its name; `nil` without a default route.
    public static func defaultName(routes: String, routesV6: String) -> String? {
        // Destination and mask are zeros; the metric is decimal, the flags are hexadecimal.
        let v4 = routes.split(separator: "\n").compactMap { line -> (Int, String)? in
            let fields = line.split(whereSeparator: \.isWhitespace)
            guard fields.count > 7, fields[1] == "00000000", fields[7] == "00000000",
                let flags = Int(fields[3], radix: 16), isUp(flags), let metric = Int(fields[6])
            else { return nil }
            return (metric, String(fields[0]))
        }
        if let best = v4.min(by: { $0.0 < $1.0 }) { return best.1 }
        // Here the prefix's length, metric and flags are hexadecimal, and the name comes last.
        let v6 = routesV6.split(separator: "\n").compactMap { line -> (Int, String)? in
            let fields = line.split(whereSeparator: \.isWhitespace)
            guard fields.count > 9, fields[0].allSatisfy({ $0 == "0" }), fields[1] == "00",
                let flags = Int(fields[8], radix: 16), isUp(flags), fields[9] != "lo",
                let metric = Int(fields[5], radix: 16)
            else { return nil }
            return (metric, String(fields[9]))
        }
        return v6.min { $0.0 < $1.0 }?.1
    }

    /// `RTF_UP`, and not `RTF_REJECT`.
    private static func isUp(_ flags: Int) -> Bool { flags & 0x201 == 1 }
}

/// An address of an interface.
public struct InterfaceAddress: Hashable, Sendable {
    /// What the interface is and does.
    public struct Flags: OptionSet, Hashable, Sendable {
        /// The bits, as Linux has them.
        public var rawValue: UInt32

        /// Makes flags of the kernel's; those that no template asks for do no harm.
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// It is switched on.
        public static let up = Flags(rawValue: 0x1)
        /// It can reach all at once.
        public static let broadcast = Flags(rawValue: 0x2)
        /// It leads to this host alone.
        public static let loopback = Flags(rawValue: 0x8)
        /// It leads to one other host.
        public static let pointToPoint = Flags(rawValue: 0x10)
        /// It takes part in multicast.
        public static let multicast = Flags(rawValue: 0x1000)
    }

    /// The name of the interface.
    public var name: String
    /// What the interface is and does.
    public var flags: Flags
    /// The address with its network.
    var block: IPBlock

    /// Makes an address.
    ///
    /// - Parameters:
    ///   - name: the name of the interface.
    ///   - octets: four or sixteen octets.
    ///   - prefixLength: how many bits of it are the network's.
    ///   - flags: what the interface is and does.
    public init(name: String, octets: [UInt8], prefixLength: Int, flags: Flags) {
        self.name = name
        self.flags = flags
        block = IPBlock(octets: octets, prefixLength: prefixLength)
    }
}
