// SPDX-License-Identifier: Apache-2.0

/// `host:port` as Go's `net.SplitHostPort` takes it apart: an IPv6 address stands in brackets.
public struct HostPort: Hashable, Sendable {
    /// The name or address, brackets removed; empty means this machine.
    public var host: String
    /// The port.
    public var port: Int

    /// Parses text; `nil` where a colon, a port or a bracket is missing.
    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ $0 &- 0x30 < 10 }),
            let port = UInt16(digits)
        else { return nil }
        var host = text[..<colon]
        if host.first == "[" {
            guard host.last == "]" else { return nil }
            host = host.dropFirst().dropLast()
            guard host.contains(":") else { return nil }
        } else if host.contains(":") || host.contains("]") {
            return nil
        }
        self.host = String(host)
        self.port = Int(port)
    }
}
