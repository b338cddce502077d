// SPDX-License-Identifier: Apache-2.0
public import DNSWire
import NIOCore

/// An IP address and a port: where the server listens, or where a recursor does.
public struct DNSEndpoint: Hashable, Sendable, CustomStringConvertible {
    /// The address.
    public var address: IPAddress
    /// The port; 0 lets the kernel choose when listening.
    public var port: UInt16

    /// Makes an endpoint.
    public init(address: IPAddress, port: UInt16) {
        self.address = address
        self.port = port
    }

    /// Reads an address in text form; nil if it is none.
    ///
    /// Host names are not resolved.
    public init?(host: String, port: UInt16) {
        guard let address = IPAddress(text: host) else { return nil }
        self.init(address: address, port: port)
    }

    /// Whether it stands for all addresses of the machine: `0.0.0.0` or `::`.
    public var isWildcard: Bool { address.octets.allSatisfy { $0 == 0 } }

    /// Whether it is IPv6.
    public var isIPv6: Bool {
        if case .v6 = address { true } else { false }
    }

    /// `127.0.0.1:53` or `[::1]:53`.
    public var description: String { isIPv6 ? "[\(address)]:\(port)" : "\(address):\(port)" }

    /// The form that NIO binds and connects to.
    var socketAddress: SocketAddress? {
        // NIO refuses other lengths than 4 and 16, which an IPAddress does not have.
        try? SocketAddress(
            packedIPAddress: ByteBuffer(bytes: address.octets),
            port: Int(port)
        )
    }
}
