// SPDX-License-Identifier: Apache-2.0
import DNSTransport
import DNSWire
import Glibc

/// A blocking client on one connected socket, for tests.
final class TestClient {
    private let descriptor: Int32
    private let isStream: Bool

    /// Connects; the address is a loopback one of either family.
    ///
    /// Reading waits `patience` at most.
    init(_ endpoint: DNSEndpoint, overTCP: Bool = false, patience: Int = 3) throws {
        isStream = overTCP
        let type = Int32((overTCP ? SOCK_STREAM : SOCK_DGRAM).rawValue)
        descriptor = socket(endpoint.isIPv6 ? AF_INET6 : AF_INET, type, 0)
        var limit = timeval(tv_sec: patience, tv_usec: 0)
        unsafe setsockopt(
            descriptor,
            SOL_SOCKET,
            SO_RCVTIMEO,
            &limit,
            socklen_t(MemoryLayout<timeval>.size)
        )
        let result: Int32
        if endpoint.isIPv6 {
            var name = sockaddr_in6()
            name.sin6_family = sa_family_t(AF_INET6)
            name.sin6_port = endpoint.port.bigEndian
            name.sin6_addr = in6addr_loopback
            result = Self.connect(descriptor, &name)
        } else {
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            name.sin_port = endpoint.port.bigEndian
            let octets = endpoint.isWildcard ? [127, 0, 0, 1] : endpoint.address.octets
            name.sin_addr.s_addr = octets.reversed().reduce(0) { $0 << 8 | UInt32($1) }
            result = Self.connect(descriptor, &name)
        }
        guard result == 0 else {
            Glibc.close(descriptor)
            throw CancellationError()
        }
    }

    deinit { Glibc.close(descriptor) }

    private static func connect<Name>(_ descriptor: Int32, _ name: inout Name) -> Int32 {
        let size = socklen_t(MemoryLayout<Name>.size)
        return unsafe withUnsafePointer(to: &name) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.connect(descriptor, $0, size)
            }
        }
    }

    /// Our own port.
    var port: UInt16 {
        var name = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = unsafe withUnsafeMutablePointer(to: &name) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getsockname(descriptor, $0, &size)
            }
        }
        return UInt16(bigEndian: name.sin_port)
    }

    /// Sends octets as they are.
    func write(_ octets: [UInt8]) {
        var rest = octets[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes {
                unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    /// Sends as much as the kernel takes at once; how much that was.
    @discardableResult
    func writeWithoutWaiting(_ octets: ArraySlice<UInt8>) -> Int {
        let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
        let count = unsafe octets.withUnsafeBytes {
            unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, flags)
        }
        return max(0, count)
    }

    /// Sends one message, with its length before it over TCP.
    func send(_ message: [UInt8]) {
        write(isStream ? Self.framed(message) : message)
    }

    static func framed(_ message: [UInt8]) -> [UInt8] {
        [UInt8(message.count >> 8), UInt8(message.count & 255)] + message
    }

    /// Closes our side only.
    func finishWriting() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Up to `limit` octets; empty at the end of the stream; nil after the patience or a reset.
    func read(_ limit: Int = 65536) -> [UInt8]? {
        var octets = [UInt8](repeating: 0, count: limit)
        let count = unsafe recv(descriptor, &octets, limit, 0)
        return count < 0 ? nil : Array(octets.prefix(count))
    }

    /// The next message; nil when none comes or the connection ends.
    func receive() -> [UInt8]? {
        guard isStream else { return read() }
        guard let head = readExactly(2) else { return nil }
        return readExactly(Int(head[0]) << 8 | Int(head[1]))
    }

    private func readExactly(_ count: Int) -> [UInt8]? {
        var octets: [UInt8] = []
        while octets.count < count {
            guard let more = read(count - octets.count), !more.isEmpty else { return nil }
            octets += more
        }
        return octets
    }

    /// Asks and waits for the reply.
    func ask(_ message: [UInt8]) -> [UInt8]? {
        send(message)
        return receive()
    }
}
