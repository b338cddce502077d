// SPDX-License-Identifier: Apache-2.0
import DNSWire
import NIOCore
import NIOPosix
import Synchronization

@testable import DNSTransport

/// A recursor for tests: UDP and TCP on one loopback port, with replies that a function makes.
final class TestUpstream: Sendable {
    /// A query as it arrived.
    struct Seen: Sendable {
        var octets: [UInt8]
        var port: Int
        var overTCP: Bool

        var message: Message? { try? Message(decoding: octets) }
        var isProbe: Bool {
            message?.questions.first?.name.description.hasSuffix(".waypost-probe.") ?? false
        }
        var id: UInt16 { UInt16(octets[0]) << 8 | UInt16(octets[1]) }
    }

    /// Replies to one query, in order; none is silence.
    typealias Behaviour = @Sendable (Seen) -> [[UInt8]]

    let address: RecursorAddress
    private let udp: any Channel
    private let tcp: any Channel
    private let log: Log

    final class Log: Sendable {
        private let seen = Mutex<[Seen]>([])
        func add(_ query: Seen) { seen.withLock { $0.append(query) } }
        var all: [Seen] { seen.withLock { $0 } }
    }

    /// The queries but for the forwarder's own probes.
    var seen: [Seen] { log.all.filter { !$0.isProbe } }
    /// The forwarder's own probes.
    var probes: [Seen] { log.all.filter(\.isProbe) }

    init(_ behaviour: @escaping Behaviour) async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let log = Log()
        self.log = log
        var bound: (any Channel, any Channel)?
        for _ in 0..<16 where bound == nil {
            let udp = try await DatagramBootstrap(group: group)
                .channelOption(
                    .recvAllocator,
                    value: FixedSizeRecvByteBufferAllocator(capacity: 4096)
                )
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(
                            DatagramReplier(log: log, behaviour: behaviour)
                        )
                    }
                }
                .bind(host: "127.0.0.1", port: 0).get()
            let port = udp.localAddress?.port ?? 0
            do {
                let tcp = try await ServerBootstrap(group: group)
                    .childChannelInitializer { channel in
                        channel.eventLoop.makeCompletedFuture {
                            try channel.pipeline.syncOperations.addHandler(
                                StreamReplier(log: log, behaviour: behaviour)
                            )
                        }
                    }
                    .bind(host: "127.0.0.1", port: port).get()
                bound = (udp, tcp)
            } catch {
                try await udp.close()
            }
        }
        guard let bound else { throw CancellationError() }
        (udp, tcp) = bound
        address = try RecursorAddress(text: "127.0.0.1:\(udp.localAddress?.port ?? 0)")
    }

    func stop() async {
        try? await udp.close()
        try? await tcp.close()
    }

    /// Sends a datagram from the recursor's own address.
    func send(_ octets: [UInt8], to port: Int) throws {
        udp.writeAndFlush(
            AddressedEnvelope(
                remoteAddress: try SocketAddress(ipAddress: "127.0.0.1", port: port),
                data: ByteBuffer(bytes: octets)
            ),
            promise: nil
        )
    }
}

private final class DatagramReplier: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>
    let log: TestUpstream.Log
    let behaviour: TestUpstream.Behaviour

    init(log: TestUpstream.Log, behaviour: @escaping TestUpstream.Behaviour) {
        self.log = log
        self.behaviour = behaviour
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        let seen = TestUpstream.Seen(
            octets: Array(envelope.data.readableBytesView),
            port: envelope.remoteAddress.port ?? 0,
            overTCP: false
        )
        log.add(seen)
        for reply in behaviour(seen) {
            context.writeAndFlush(
                wrapOutboundOut(
                    AddressedEnvelope(
                        remoteAddress: envelope.remoteAddress,
                        data: ByteBuffer(bytes: reply)
                    )
                ),
                promise: nil
            )
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {}
}

private final class StreamReplier: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    let log: TestUpstream.Log
    let behaviour: TestUpstream.Behaviour
    private var received = ByteBuffer()

    init(log: TestUpstream.Log, behaviour: @escaping TestUpstream.Behaviour) {
        self.log = log
        self.behaviour = behaviour
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var octets = unwrapInboundIn(data)
        received.writeBuffer(&octets)
        while let message = DNSFraming.next(&received) {
            let seen = TestUpstream.Seen(
                octets: message,
                port: context.remoteAddress?.port ?? 0,
                overTCP: true
            )
            log.add(seen)
            for reply in behaviour(seen) {
                var buffer = ByteBuffer()
                buffer.writeInteger(UInt16(reply.count))
                buffer.writeBytes(reply)
                context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
            }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}

/// What the recursors R1 and R2 of spec/dns.md 7.1 answer.
enum Recursors {
    static let ttl: UInt32 = 300

    static func standard(_ seen: TestUpstream.Seen) -> [[UInt8]] {
        guard let query = seen.message, let question = query.questions.first else { return [] }
        let name = question.name
        var reply = Message(
            header: Header(
                id: query.header.id,
                isResponse: true,
                opcode: query.header.opcode,
                recursionDesired: query.header.recursionDesired,
                recursionAvailable: true
            ),
            questions: [question]
        )
        switch String(name.description.split(separator: ".").first ?? "") {
        case "www":
            let target = try? DomainName(text: "real.example.net")
            reply.answers = [
                record(name, .cname(target ?? .root)),
                record(target ?? .root, .a(IPv4Address(192, 0, 2, 10))),
            ]
        case "ten":
            reply.answers = (100..<110).map { record(name, .a(IPv4Address(192, 0, 2, $0))) }
        case "nx":
            reply.header.responseCode = .nameError
            reply.authorities = [record(.root, soa)]
        case "sf":
            reply.header.responseCode = .serverFailure
        case "tc" where !seen.overTCP:
            reply.header.isTruncated = true
        case "big":
            reply.answers = (1...60).map { record(name, .a(IPv4Address(192, 0, 2, $0))) }
        default:
            reply.answers = [record(name, .a(IPv4Address(192, 0, 2, 1)))]
        }
        if query.edns != nil { reply.edns = EDNS(udpPayloadSize: 4096) }
        return (try? reply.encoded()).map { [$0] } ?? []
    }

    /// The standard reply with another code and no records.
    static func code(_ code: ResponseCode) -> TestUpstream.Behaviour {
        { seen in
            guard let query = seen.message else { return [] }
            let reply = Message(
                header: Header(
                    id: query.header.id,
                    isResponse: true,
                    recursionDesired: true,
                    recursionAvailable: true,
                    responseCode: code
                ),
                questions: query.questions,
                edns: query.edns
            )
            return (try? reply.encoded()).map { [$0] } ?? []
        }
    }

    static let silent: TestUpstream.Behaviour = { _ in [] }

    static func record(_ name: DomainName, _ data: RecordData) -> ResourceRecord {
        ResourceRecord(name: name, ttl: ttl, data: data)
    }

    private static let soa = RecordData.soa(
        StartOfAuthority(
            primary: .root,
            mailbox: .root,
            serial: 1,
            refresh: 1,
            retry: 1,
            expire: 1,
            minimum: 1
        )
    )
}

/// Queries for tests.
enum Queries {
    static func octets(
        _ name: String,
        _ type: RecordType = .a,
        id: UInt16 = 0x1234,
        edns: EDNS? = nil,
        recursionDesired: Bool = true
    ) throws -> [UInt8] {
        try Message(
            header: Header(id: id, recursionDesired: recursionDesired),
            questions: [Question(name: try DomainName(text: name), type: type)],
            edns: edns
        ).encoded()
    }
}
