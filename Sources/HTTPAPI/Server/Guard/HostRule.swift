// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Under which names the API may be asked for (SEC-01).
///
/// A page whose name its owner leads to this agent's address is to the browser one with it (DNS
/// rebinding), and could read and write everything. Names that anybody can own in the public DNS are
/// refused therefore, unless they are known to be ours.
public struct HostRule: Hashable, Sendable {
    private var names: Set<String> = []
    /// With their leading dot.
    private var domains: [String] = []
    private var allowsAll = false

    /// Makes a rule.
    ///
    /// - Parameters:
    ///   - nodeName: the node's name.
    ///   - domains: `domain` and `alt_domain`.
    ///   - allowed: `http_config.allowed_hosts`: names, `*.example.com` for all names below one, or
    ///     `*` for all.
    public init(nodeName: String = "", domains: [String] = [], allowed: [String] = []) {
        if !nodeName.isEmpty { names.insert(Self.folded(nodeName)) }
        self.domains = domains.map { "." + Self.folded($0) }.filter { $0 != "." }
        for entry in allowed {
            if entry == "*" { allowsAll = true }
            let name = Self.folded(entry)
            if name.hasPrefix("*.") {
                self.domains.append(String(name.dropFirst()))
            } else {
                names.insert(name)
            }
        }
    }

    /// Whether a value of `Host` is one that the API may be asked under.
    func allows(_ host: String) -> Bool {
        // Only HTTP/1.0 has none, and no browser speaks that.
        if allowsAll || host.isEmpty { return true }
        let name = Self.folded(Self.withoutPort(host))
        // A name without dots, such as localhost or a container's, does not exist in the public DNS.
        if !name.contains("."), !name.contains(":") { return !name.isEmpty }
        if Self.isAddress(name) || names.contains(name) { return true }
        return domains.contains { name.hasSuffix($0) }
    }

    /// The host of `host:port`, `[::1]:port` or a bare one, without brackets.
    static func withoutPort(_ host: String) -> String {
        if host.hasPrefix("[") {
            return String(host.dropFirst().prefix { $0 != "]" })
        }
        let parts = host.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count == 2 ? String(parts[0]) : host
    }

    /// Names are equal without regard to case and to the final dot.
    private static func folded(_ name: String) -> String {
        var name = name.lowercased()
        if name.hasSuffix(".") { name.removeLast() }
        return name
    }

    private static func isAddress(_ text: String) -> Bool {
        // RFC 6874: a zone may stand behind an address.
        let bare = String(text.prefix { $0 != "%" })
        var octets = [UInt8](repeating: 0, count: 16)
        let family = bare.contains(":") ? AF_INET6 : AF_INET
        return unsafe octets.withUnsafeMutableBytes { buffer in
            unsafe inet_pton(family, bare, buffer.baseAddress)
        } == 1
    }
}
