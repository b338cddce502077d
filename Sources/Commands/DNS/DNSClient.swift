// SPDX-License-Identifier: Apache-2.0
internal import DNSWire
internal import Definitions
internal import Glibc

/// Asks one server one question, over UDP and, when the reply was cut, over TCP.
struct DNSClient {
    /// Where the server is: an address or a name, and a port.
    var host: String
    var port: String
    /// How long to wait for each reply, in seconds.
    var timeout = 2

    /// Splits `host:port`; the port defaults to 8600.
    init(address: String) {
        let colon = address.lastIndex(of: ":")
        let isBareV6 = address.filter { $0 == ":" }.count > 1 && !address.hasPrefix("[")
        var name = Substring(address)
        port = "8600"
        if let colon, !isBareV6, !address.hasSuffix("]") {
            name = address[..<colon]
            port = String(address[address.index(after: colon)...])
        }
        if name.hasPrefix("["), name.hasSuffix("]") { name = name.dropFirst().dropLast() }
        host = String(name)
    }

    /// Sends the question and returns the reply.
    ///
    /// - Throws: ``DNSFailure`` when no usable reply came.
    func ask(_ question: Question, overTCP: Bool) throws(DNSFailure) -> Message {
        let id = UInt16.random(in: 0...UInt16.max)
        let query = Message(
            header: Header(id: id, recursionDesired: true),
            questions: [question],
            edns: EDNS(udpPayloadSize: 1232)
        )
        let octets: [UInt8]
        do { octets = try query.encoded() } catch {
            throw DNSFailure("the question cannot be written: \(error)")
        }
        if !overTCP {
            let reply = try exchange(octets, id: id, question, stream: false)
            if !reply.header.isTruncated { return reply }
        }
        return try exchange(octets, id: id, question, stream: true)
    }

    private func exchange(
        _ query: [UInt8],
        id: UInt16,
        _ question: Question,
        stream: Bool
    ) throws(DNSFailure) -> Message {
        let socket = try Socket(host: host, port: port, stream: stream, timeout: timeout)
        defer { socket.end() }
        // RFC 1035 §4.2.2: over TCP the length goes before.
        let length = [UInt8(query.count >> 8), UInt8(query.count & 0xff)]
        try socket.send(stream ? length + query : query)
        while true {
            let octets = stream ? try socket.receiveMessage() : try socket.receiveDatagram()
            guard let reply = try? Message(decoding: octets) else {
                throw DNSFailure("the reply cannot be read")
            }
            // A late reply to another question is passed over; the time limit ends the wait.
            if reply.header.id == id, reply.header.isResponse, reply.questions == [question] {
                return reply
            }
            if stream { throw DNSFailure("the reply is to another question") }
        }
    }
}

/// Why no reply came.
struct DNSFailure: Error, Hashable {
    var reason: String

    init(_ reason: String) { self.reason = reason }
}

/// A connected socket with a time limit; the only unsafe code of the DNS client.
private struct Socket {
    private let descriptor: Int32

    init(host: String, port: String, stream: Bool, timeout: Int) throws(DNSFailure) {
        // The system's lookup takes such a number modulo 65536.
        guard !URLPort.isNumber(port) || UInt16(port) != nil else {
            throw DNSFailure("address \(port): invalid port")
        }
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(stream ? SOCK_STREAM.rawValue : SOCK_DGRAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(host, port, &hints, &list) == 0, let first = unsafe list else {
            throw DNSFailure("lookup \(host): no such host")
        }
        defer { unsafe freeaddrinfo(list) }
        let info = unsafe first.pointee
        descriptor = unsafe socket(
            info.ai_family,
            info.ai_socktype | Int32(SOCK_CLOEXEC.rawValue),
            info.ai_protocol
        )
        guard descriptor >= 0 else { throw Self.failure() }
        var limit = timeval(tv_sec: timeout, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
        guard unsafe connect(descriptor, info.ai_addr, info.ai_addrlen) == 0 else {
            let failure = Self.failure()
            close(descriptor)
            throw failure
        }
    }

    func end() { close(descriptor) }

    func send(_ octets: [UInt8]) throws(DNSFailure) {
        let sent = unsafe octets.withUnsafeBytes { bytes in
            unsafe Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
        }
        guard sent == octets.count else { throw Self.failure() }
    }

    func receiveDatagram() throws(DNSFailure) -> [UInt8] {
        try receive(upTo: 65536)
    }

    func receiveMessage() throws(DNSFailure) -> [UInt8] {
        let length = try receive(exactly: 2)
        return try receive(exactly: Int(length[0]) << 8 | Int(length[1]))
    }

    private func receive(exactly count: Int) throws(DNSFailure) -> [UInt8] {
        var octets: [UInt8] = []
        while octets.count < count {
            let more = try receive(upTo: count - octets.count)
            if more.isEmpty { throw DNSFailure("the server closed the connection") }
            octets += more
        }
        return octets
    }

    private func receive(upTo count: Int) throws(DNSFailure) -> [UInt8] {
        var octets = [UInt8](repeating: 0, count: count)
        let received = unsafe octets.withUnsafeMutableBytes { bytes in
            unsafe recv(descriptor, bytes.baseAddress, bytes.count, 0)
        }
        guard received >= 0 else { throw Self.failure() }
        return Array(octets[..<received])
    }

    private static func failure() -> DNSFailure {
        switch errno {
        case EAGAIN: DNSFailure("i/o timeout")
        case ECONNREFUSED: DNSFailure("connection refused")
        case ENETUNREACH: DNSFailure("network is unreachable")
        case let code: DNSFailure("error \(code)")
        }
    }
}
