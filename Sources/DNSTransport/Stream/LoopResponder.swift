// SPDX-License-Identifier: Apache-2.0
import CSockets
import DNSAnswers
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

    init(reader: ViewReader, kept: ViewReader, seed: UInt64) {
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

    /// Why ``answer(from:into:limits:)`` stopped.
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
        into replies: inout ByteBuffer,
        budget: inout Int,
        unsentLimit: Int
    ) -> Stop {
        let now = csockets_realtime_seconds()
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
            let kind = unsafe responder.route(memory, length: length, slot: 0)
            if kind == .silent {
                received.moveReaderIndex(forwardBy: length)
                continue
            }
            var replyLength = 0
            if kind == .fast {
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
            replies.writeInteger(UInt16(truncatingIfNeeded: replyLength))
            unsafe replies.writeBytes(UnsafeRawBufferPointer(start: memory, count: replyLength))
        }
        return .full
    }
}
