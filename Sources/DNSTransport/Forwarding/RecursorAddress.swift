// SPDX-License-Identifier: Apache-2.0
public import DNSWire

/// A server that queries for other zones are forwarded to.
public struct RecursorAddress: Hashable, Sendable, CustomStringConvertible {
    /// Its address and port.
    public let endpoint: DNSEndpoint

    /// The port of a recursor that is written without one.
    public static let defaultPort: UInt16 = 53

    /// Takes an endpoint as it is.
    public init(endpoint: DNSEndpoint) throws(RecursorAddressError) {
        // Consul: 0.0.0.0 and :: are rejected (spec/dns.md 5.3).
        guard !endpoint.isWildcard else { throw .wildcard("\(endpoint.address)") }
        guard endpoint.port != 0 else { throw .invalidPort(endpoint.description) }
        self.endpoint = endpoint
    }

    /// Reads `ip`, `ip:port`, `[v6]` or `[v6]:port`.
    ///
    /// A bare IPv6 address has no port.
    public init(text: String) throws(RecursorAddressError) {
        let (host, portText) = try Self.split(text)
        guard var endpoint = DNSEndpoint(host: host, port: Self.defaultPort) else {
            throw .notAnAddress(text)
        }
        if let portText {
            guard
                portText.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
                let number = UInt16(portText), number != 0
            else { throw .invalidPort(text) }
            endpoint.port = number
        }
        try self.init(endpoint: endpoint)
    }

    /// Reads `name` or `name:port`, for a name that `resolve` finds addresses of; the first one
    /// counts, IPv4 before IPv6 (Consul: a host name is resolved once, spec/dns.md 4).
    public init(
        hostName text: String,
        resolve: (_ name: String) -> [IPAddress]
    ) throws(RecursorAddressError) {
        let (host, port) = try Self.split(text)
        let found = resolve(host)
        guard let address = found.first(where: { $0.octets.count == 4 }) ?? found.first else {
            throw .unknownHost(text)
        }
        let shown = address.octets.count == 4 ? "\(address)" : "[\(address)]"
        try self.init(text: shown + (port.map { ":" + $0 } ?? ""))
    }

    /// `192.0.2.1:53` or `[2001:db8::1]:53`.
    public var description: String { endpoint.description }

    private static func split(
        _ text: String
    ) throws(RecursorAddressError) -> (host: String, port: String?) {
        if text.hasPrefix("[") {
            guard let close = text.firstIndex(of: "]") else { throw .notAnAddress(text) }
            let host = String(text[text.index(after: text.startIndex)..<close])
            let rest = text[text.index(after: close)...]
            guard host.contains(":") else { throw .notAnAddress(text) }
            if rest.isEmpty { return (host, nil) }
            guard rest.hasPrefix(":") else { throw .notAnAddress(text) }
            return (host, String(rest.dropFirst()))
        }
        guard let colon = text.firstIndex(of: ":") else { return (text, nil) }
        let rest = text[text.index(after: colon)...]
        if rest.contains(":") { return (text, nil) }
        return (String(text[..<colon]), String(rest))
    }
}

/// Why a text is not the address of a recursor.
public enum RecursorAddressError: Error, Hashable, CustomStringConvertible {
    /// Neither `ip`, `ip:port` nor `[v6]:port`.
    case notAnAddress(String)
    /// A host name that has no address.
    case unknownHost(String)
    /// The port is not a number from 1 to 65535.
    case invalidPort(String)
    /// `0.0.0.0` or `::`, which names no machine.
    case wildcard(String)

    /// What is wrong and what to write.
    public var description: String {
        switch self {
        case .notAnAddress(let text):
            "recursor \"\(text)\" is not an address. Write 192.0.2.1, 192.0.2.1:53 or "
                + "[2001:db8::1]:53."
        case .unknownHost(let text):
            "recursor \"\(text)\" is neither an address nor a name that can be resolved. Write "
                + "192.0.2.1, 192.0.2.1:53 or [2001:db8::1]:53."
        case .invalidPort(let text):
            "recursor \"\(text)\" has no valid port. Write a number from 1 to 65535."
        case .wildcard(let text):
            "recursor \"\(text)\" stands for every address. Write the address of one server."
        }
    }
}

/// In which order recursors are asked.
public enum RecursorStrategy: String, Hashable, Sendable {
    /// In the order of the list.
    case sequential
    /// A new permutation for each query.
    case random
}
