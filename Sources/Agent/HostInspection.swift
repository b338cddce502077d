// SPDX-License-Identifier: Apache-2.0
public import AgentConfiguration
import Glibc

/// What this host says where the configuration is silent: its name and its addresses.
public enum HostInspection {
    /// The facts of this host.
    static func facts() -> HostFacts {
        let entries = rawAddresses()
        var facts = HostFacts(hostName: hostName(), interfaces: interfaces(of: entries))
        for octets in entries.map(\.octets) {
            if octets.count == 4, isPrivate(octets) { facts.privateIPv4.append(text(of: octets)) }
            // RFC 4291 §2.4: global unicast is 2000::/3 today.
            if octets.count == 16, octets[0] & 0xe0 == 0x20 {
                facts.publicIPv6.append(text(of: octets))
            }
        }
        return facts
    }

    /// The addresses of this host's interfaces, interface by interface in the kernel's order, and
    /// the interface of the default route.
    public static func interfaces() -> HostInterfaces { interfaces(of: rawAddresses()) }

    private static func interfaces(of entries: [RawAddress]) -> HostInterfaces {
        var order: [String: Int] = [:]
        for name in entries.map(\.name) where order[name] == nil { order[name] = order.count }
        let addresses = entries.filter { !$0.octets.isEmpty }.enumerated().sorted { a, b in
            let (first, second) = (order[a.element.name] ?? 0, order[b.element.name] ?? 0)
            return (first, a.offset) < (second, b.offset)
        }.map { _, entry in
            InterfaceAddress(
                name: entry.name,
                octets: entry.octets,
                prefixLength: entry.mask.reduce(0) { $0 + $1.nonzeroBitCount },
                flags: InterfaceAddress.Flags(rawValue: entry.flags)
            )
        }
        return HostInterfaces(
            addresses: addresses,
            defaultName: HostInterfaces.defaultName(
                routes: file("/proc/net/route"),
                routesV6: file("/proc/net/ipv6_route")
            )
        )
    }

    private static func file(_ path: String) -> String {
        String(decoding: SystemFiles.octets(of: path) ?? [], as: UTF8.self)
    }

    /// An interface's address; of one that is of neither family the name alone counts.
    private struct RawAddress {
        var name: String
        var flags: UInt32
        var octets: [UInt8]
        var mask: [UInt8]
    }

    private static func rawAddresses() -> [RawAddress] {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard unsafe getifaddrs(&list) == 0 else { return [] }
        defer { unsafe freeifaddrs(list) }
        var found: [RawAddress] = []
        var next = unsafe list
        while let entry = unsafe next {
            unsafe next = entry.pointee.ifa_next
            let octets = unsafe octets(of: entry.pointee.ifa_addr)
            found.append(
                unsafe RawAddress(
                    name: String(cString: entry.pointee.ifa_name),
                    flags: entry.pointee.ifa_flags,
                    octets: octets,
                    mask: octets.isEmpty ? [] : self.octets(of: entry.pointee.ifa_netmask)
                )
            )
        }
        return found
    }

    /// The octets of an address of IPv4 or IPv6; none of any other.
    private static func octets(of address: UnsafeMutablePointer<sockaddr>?) -> [UInt8] {
        guard let address = unsafe address else { return [] }
        switch unsafe Int32(address.pointee.sa_family) {
        case AF_INET:
            return unsafe address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                unsafe withUnsafeBytes(of: $0.pointee.sin_addr) { unsafe Array($0) }
            }
        case AF_INET6:
            return unsafe address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                unsafe withUnsafeBytes(of: $0.pointee.sin6_addr) { unsafe Array($0) }
            }
        default: return []
        }
    }

    private static func hostName() -> String {
        var buffer = [UInt8](repeating: 0, count: 256)
        let result = unsafe buffer.withUnsafeMutableBytes { octets in
            guard let base = octets.baseAddress else { return Int32(-1) }
            return unsafe gethostname(base.assumingMemoryBound(to: CChar.self), 255)
        }
        guard result == 0 else { return "" }
        return String(decoding: buffer.prefix { $0 != 0 }, as: UTF8.self)
    }

    /// RFC 1918 and RFC 6598.
    private static func isPrivate(_ octets: [UInt8]) -> Bool {
        switch (octets[0], octets[1]) {
        case (10, _), (192, 168), (172, 16...31), (100, 64...127): true
        default: false
        }
    }

    private static func text(of octets: [UInt8]) -> String {
        var buffer = [UInt8](repeating: 0, count: 64)
        let family = octets.count == 4 ? AF_INET : AF_INET6
        let written = unsafe octets.withUnsafeBytes { source in
            unsafe buffer.withUnsafeMutableBytes { target in
                guard let from = source.baseAddress, let to = target.baseAddress
                else { return false }
                return unsafe inet_ntop(
                    family,
                    from,
                    to.assumingMemoryBound(to: CChar.self),
                    64
                ) != nil
            }
        }
        return written ? String(decoding: buffer.prefix { $0 != 0 }, as: UTF8.self) : ""
    }
}
