// SPDX-License-Identifier: Apache-2.0
import AgentConfiguration
import Glibc

/// What this host says where the configuration is silent: its name and its addresses.
enum HostInspection {
    /// The facts of this host.
    static func facts() -> HostFacts {
        var facts = HostFacts(hostName: hostName())
        var list: UnsafeMutablePointer<ifaddrs>?
        guard unsafe getifaddrs(&list) == 0 else { return facts }
        defer { unsafe freeifaddrs(list) }
        var next = unsafe list
        while let entry = unsafe next {
            unsafe next = entry.pointee.ifa_next
            guard let address = unsafe entry.pointee.ifa_addr else { continue }
            switch unsafe Int32(address.pointee.sa_family) {
            case AF_INET:
                let octets = unsafe address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                    unsafe withUnsafeBytes(of: $0.pointee.sin_addr) { unsafe Array($0) }
                }
                if isPrivate(octets) {
                    facts.privateIPv4.append(octets.map(String.init).joined(separator: "."))
                }
            case AF_INET6:
                let octets = unsafe address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                    unsafe withUnsafeBytes(of: $0.pointee.sin6_addr) { unsafe Array($0) }
                }
                // RFC 4291 §2.4: global unicast is 2000::/3 today.
                if octets[0] & 0xe0 == 0x20 { facts.publicIPv6.append(text(of: octets)) }
            default: break
            }
        }
        return facts
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
        let written = unsafe octets.withUnsafeBytes { source in
            unsafe buffer.withUnsafeMutableBytes { target in
                guard let from = source.baseAddress, let to = target.baseAddress
                else { return false }
                return unsafe inet_ntop(
                    AF_INET6,
                    from,
                    to.assumingMemoryBound(to: CChar.self),
                    64
                ) != nil
            }
        }
        return written ? String(decoding: buffer.prefix { $0 != 0 }, as: UTF8.self) : ""
    }
}
