// SPDX-License-Identifier: Apache-2.0
import CSockets
import DNSWire
import Glibc

/// A bound UDP socket.
///
/// Its worker receives on it; slow line and forwarder send on it from their own threads. Closed
/// when the last of them lets go, so its number cannot be another's meanwhile.
final class DatagramSocket: Sendable {
    let descriptor: Int32
    let endpoint: DNSEndpoint
    /// The event that ends the waiting on a socket that systemd holds too, and that must
    /// therefore not be shut down; -1 for our own.
    let wake: Int32
    /// What the kernel granted for the receive buffer, in octets.
    let grantedReceiveBuffer: Int

    /// Binds one.
    ///
    /// `isShared` lets the workers of one address bind it together (SO_REUSEPORT).
    init(
        binding endpoint: DNSEndpoint,
        isShared: Bool,
        isDualStack: Bool,
        receiveBuffer: Int32
    ) throws(DNSServerError) {
        let octets = endpoint.address.octets
        let descriptor = unsafe csockets_udp_bind(
            octets,
            Int32(octets.count),
            endpoint.port,
            isShared ? 1 : 0,
            isDualStack ? 1 : 0,
            receiveBuffer
        )
        guard descriptor >= 0 else {
            throw .binding(endpoint, transport: "udp", errno: -descriptor)
        }
        self.descriptor = descriptor
        self.endpoint = Self.bound(descriptor) ?? endpoint
        wake = -1
        grantedReceiveBuffer = Int(csockets_granted_receive_buffer(descriptor))
    }

    /// Takes one that systemd bound.
    init(inherited descriptor: Int32, receiveBuffer: Int32) throws(DNSServerError) {
        guard csockets_kind(descriptor) == 2, let endpoint = Self.bound(descriptor) else {
            throw .inherited(descriptor, "not a UDP socket")
        }
        csockets_close_on_exec(descriptor)
        let result = csockets_udp_configure(
            descriptor,
            endpoint.isIPv6 ? AF_INET6 : AF_INET,
            endpoint.isWildcard ? 1 : 0,
            receiveBuffer
        )
        guard result == 0 else {
            throw .inherited(descriptor, DNSServerError.text(of: -result))
        }
        let wake = csockets_event_create()
        guard wake >= 0 else { throw .inherited(descriptor, DNSServerError.text(of: -wake)) }
        self.descriptor = descriptor
        self.endpoint = endpoint
        self.wake = wake
        grantedReceiveBuffer = Int(csockets_granted_receive_buffer(descriptor))
    }

    deinit {
        csockets_close(descriptor)
        if wake >= 0 { csockets_close(wake) }
    }

    /// Ends the waiting of its worker, now and later.
    func interrupt() {
        if wake >= 0 { csockets_event_signal(wake) } else { csockets_shutdown(descriptor) }
    }

    /// Sends one reply; false if the kernel refused it.
    @discardableResult
    func send(_ octets: [UInt8], to peer: csockets_peer) -> Bool {
        unsafe withUnsafePointer(to: peer) { peer in
            unsafe csockets_send(descriptor, octets, octets.count, peer) == 0
        }
    }

    /// The address and port of a bound socket of either kind.
    static func bound(_ descriptor: Int32) -> DNSEndpoint? {
        var octets = [UInt8](repeating: 0, count: 16)
        var port: UInt16 = 0
        let count = unsafe csockets_bound(descriptor, &octets, &port)
        guard count > 0, let address = IPAddress(octets: octets[..<Int(count)]) else { return nil }
        return DNSEndpoint(address: address, port: port)
    }
}

extension DNSServerError {
    static func inherited(_ descriptor: Int32, _ text: String) -> DNSServerError {
        DNSServerError(
            code: .activation,
            message: "socket \(descriptor) from systemd cannot be used for DNS: \(text). Use "
                + "ListenDatagram= and ListenStream= with the same address in the socket unit.",
            location: "descriptor \(descriptor)",
            cause: 0
        )
    }
}
