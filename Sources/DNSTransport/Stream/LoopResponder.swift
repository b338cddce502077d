// SPDX-License-Identifier: Apache-2.0
import CSockets
import DNSAnswers
import DNSWire
import NIOCore
import Publication

/// The fast line of one event loop, shared by its connections: a responder, a reader of the view
/// and the memory that one answer grows in.
///
/// Touched on that loop only.
@safe
final class LoopResponder {
    /// The longest message over TCP.
    static let octetLimit = 65535

    private let reader: ViewReader
    private var responder: Responder
    private let kept: KeptAnswerResponder
    private let memory: UnsafeMutableRawPointer
    private var tap: TapProducer
    private let tally: StreamTally
    /// Looks at what came in so far; one in 64 is timed.
    private var turns = 0

    /// Who is at the other end of a connection.
    struct Peer: Sendable {
        let address: ClientAddress
        let isV6: Bool

        init(_ client: IPAddress?) {
            address = client.map(ClientAddress.init) ?? ClientAddress(high: 0, low: 0)
            if case .v6? = client { isV6 = true } else { isV6 = false }
        }
    }

    init(
        reader: ViewReader,
        kept: ViewReader,
        seed: UInt64,
        tap: QueryTap,
        tally: StreamTally
    ) {
        self.tap = TapProducer(tap)
        self.tally = tally
        self.reader = reader
        self.kept = KeptAnswerResponder(reader: kept)
        reader.enter()
        responder = unsafe Responder(root: reader.root, seed: seed, batch: 1)
        reader.leave()
        let octets = Self.octetLimit + Responder.slack + 1
        unsafe memory = .allocate(byteCount: octets, alignment: 64)
        unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: octets)
    }

    deinit { unsafe memory.deallocate() }

    /// Why ``answer(from:of:into:budget:unsentLimit:)`` stopped.
    enum Stop {
        /// No whole message is left.
        case drained
        /// This message needs the slow line.
        case slow([UInt8])
        /// As many answers as were allowed, or enough octets to send first.
        case full
    }

    /// Answers whole messages in order, in one look at the view, until one needs the slow line.
    ///
    /// `budget` is how many more the connection may ask; it is lowered by each message.
    func answer(
        from received: inout ByteBuffer,
        of peer: Peer,
        into replies: inout ByteBuffer,
        budget: inout Int,
        unsentLimit: Int
    ) -> Stop {
        let now = csockets_realtime_seconds()
        tap.refresh()
        turns &+= 1
        let everyIsTimed = tap.wantsDurations
        let isTimed = everyIsTimed || turns & 63 == 0
        let start = isTimed ? csockets_monotonic_nanoseconds() : 0
        reader.enter()
        defer { reader.leave() }
        responder.beginBatch(now: now)
        while budget > 0, replies.readableBytes < unsentLimit {
            guard let length = DNSFraming.nextLength(received) else { return .drained }
            budget -= 1
            received.moveReaderIndex(forwardBy: 2)
            unsafe received.withUnsafeReadableBytes { octets in
                guard let start = octets.baseAddress else { return }
                unsafe memory.copyMemory(from: start, byteCount: length)
            }
            tally.questions.note(
                unsafe TapRecord.questionType(.init(start: memory, count: length)),
                isV6: peer.isV6
            )
            let kind = unsafe responder.route(memory, length: length, slot: 0)
            if kind == .silent {
                received.moveReaderIndex(forwardBy: length)
                continue
            }
            var replyLength = 0
            var source = QuerySource.cache
            if kind == .fast {
                source = responder.isZone(0) ? .zone : .catalog
                responder.locate(0)
                replyLength = unsafe responder.answer(
                    memory,
                    slot: 0,
                    capacity: Self.octetLimit,
                    transport: .tcp
                )
            }
            if kind == .slow {
                replyLength = unsafe kept.answer(
                    memory,
                    length: length,
                    capacity: Self.octetLimit,
                    transport: .tcp,
                    now: csockets_monotonic_milliseconds()
                )
            }
            guard replyLength > 0 else {
                return .slow(received.readBytes(length: length) ?? [])
            }
            received.moveReaderIndex(forwardBy: length)
            unsafe tally.replies.note(source, memory.load(fromByteOffset: 3, as: UInt8.self))
            if isTimed {
                let took = csockets_monotonic_nanoseconds() &- start
                tally.durations.note(source, nanoseconds: took, times: everyIsTimed ? 1 : 64)
            }
            tell(
                replyLength,
                of: peer,
                source,
                querySize: length,
                since: everyIsTimed ? start : 0
            )
            replies.writeInteger(UInt16(truncatingIfNeeded: replyLength))
            unsafe replies.writeBytes(UnsafeRawBufferPointer(start: memory, count: replyLength))
        }
        return .full
    }

    /// Tells the tap of the reply in memory, if it is its turn.
    private func tell(
        _ length: Int,
        of peer: Peer,
        _ source: QuerySource,
        querySize: Int,
        since start: UInt64
    ) {
        guard tap.left == 0 else {
            tap.skip(1)
            return
        }
        let took = start > 0 ? csockets_monotonic_nanoseconds() &- start : 0
        unsafe tap.note(.init(start: memory, count: length), nanoseconds: took) { record in
            record.note(peer.address, port: 0)
            record.source = source.rawValue
            record.isStream = true
            record.querySize = UInt16(clamping: querySize)
        }
    }
}
