// SPDX-License-Identifier: Apache-2.0
import NIOCore

/// Follows how much of what was read is told by the requests that the parser found in it, so that the beginning of a
/// next request is seen, of which the parser says nothing.
///
/// The parser has refused what is no HTTP, or could be read in two ways (``RequestRefusal``), before it tells of a head.
struct RequestOctets {
    /// What the next octet is a part of.
    private enum Part {
        /// Nothing yet: empty lines before a request are passed over (RFC 9112 §2.2).
        case between
        /// A head, with how much of `\r\n\r\n` was seen.
        case head(Int)
        /// A body of a known length; the parser tells how much of it came.
        case body
        /// A body in chunks.
        case chunks(ChunkOctets)
    }

    private var part = Part.between
    /// What is being read.
    private var view = ByteBufferView()
    /// What is told for, as an index of ``view``.
    private var place = 0
    /// The first request of this read while it was not looked for, since the read ends with an empty line and the usual
    /// read is one whole request: what its head began with, and how much of its body came.
    private var unseen: (head: Part, body: Int)?
    private var endsWithEmptyLine = false

    /// A read begins.
    ///
    /// - Returns: Whether a request is being read: empty lines between two of them are none.
    mutating func take(_ buffer: ByteBuffer) -> Bool {
        view = buffer.readableBytesView
        place = view.startIndex
        unseen = nil
        endsWithEmptyLine = view.suffix(4).elementsEqual("\r\n\r\n".utf8)
        if case .between = part { return hasMore }
        return true
    }

    /// A read has ended: the parser has seen all of it.
    mutating func release() {
        if unseen == nil { pass() }
        unseen = nil
        view = ByteBufferView()
        place = 0
    }

    /// The parser found the end of a head.
    mutating func headEnded(isChunked: Bool) {
        if endsWithEmptyLine, !isChunked, unseen == nil, place == view.startIndex {
            unseen = (part, 0)
        } else {
            see()
            pass()
        }
        part = isChunked ? .chunks(ChunkOctets()) : .body
    }

    /// The parser found octets of a body.
    mutating func bodyTook(_ count: Int) {
        if unseen != nil {
            unseen?.body += count
        } else if case .body = part {
            place = min(place + count, view.endIndex)
        }
    }

    /// The parser found the end of a request.
    ///
    /// - Returns: Whether octets of another one follow; empty lines are none.
    mutating func requestEnded() -> Bool {
        if case .chunks = part { pass() }
        part = .between
        // A head that has begun does not end with an empty line.
        return !endsWithEmptyLine && hasMore
    }

    /// Finds the place behind the first request of this read, if it was not looked for.
    private mutating func see() {
        guard let (head, count) = unseen else { return }
        unseen = nil
        part = head
        pass()
        place = min(place + count, view.endIndex)
        part = .between
    }

    /// Goes on to the end of the head or of the chunks, or of what was read.
    private mutating func pass() {
        while place < view.endIndex {
            switch part {
            case .body: return
            case .between:
                if !Self.isLineEnd(view[place]) { part = .head(0) } else { place += 1 }
            case .head(let seen):
                let now = Self.seen(seen, and: view[place])
                place += 1
                part = .head(now)
                if now == 4 { return }
            case .chunks(var chunks):
                place += chunks.take(view[place...])
                part = .chunks(chunks)
                if chunks.isAtEnd { return }
            }
        }
    }

    private var hasMore: Bool { view[place...].contains { !Self.isLineEnd($0) } }

    /// How much of `\r\n\r\n` is seen with one more octet.
    private static func seen(_ seen: Int, and octet: UInt8) -> Int {
        switch (octet, seen) {
        case (0x0d, 0), (0x0d, 2), (0x0a, 1), (0x0a, 3): seen + 1
        case (0x0d, _): 1
        default: 0
        }
    }

    private static func isLineEnd(_ octet: UInt8) -> Bool { octet == 0x0d || octet == 0x0a }
}
