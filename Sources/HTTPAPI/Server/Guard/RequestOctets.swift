// SPDX-License-Identifier: Apache-2.0
import NIOCore

/// Follows how much of what was read is told by the requests that the parser found in it, so that the beginning of a
/// next request is seen, of which the parser says nothing.
///
/// The parser has refused what is no HTTP, or could be read in two ways (``RequestRefusal``), before it tells of a head.
struct RequestOctets {
    /// What is being read; nothing of it while it ends with an empty line, behind which no head has begun.
    private var view = ByteBufferView()
    /// What is told for, as an index of ``view``.
    private var place = 0
    /// The last octets of the reads before, of a head that goes on: the empty line at its end may have begun there.
    private var carried: [UInt8] = []
    private var isInHead = true
    private var isChunked = false

    /// A read begins.
    mutating func take(_ buffer: ByteBuffer) {
        view = buffer.readableBytesView
        if endsWithEmptyLine { view = ByteBufferView() }
        place = view.startIndex
    }

    /// A read has ended: the parser has seen all of it.
    mutating func release() {
        if isInHead {
            carried = Array((carried + view[place...].suffix(3)).suffix(3))
        }
        view = ByteBufferView()
        place = 0
    }

    /// The parser found the end of a head.
    mutating func headEnded(isChunked: Bool) {
        place = endOfHead() ?? view.endIndex
        carried = []
        isInHead = false
        self.isChunked = isChunked
    }

    /// The parser found octets of a body.
    mutating func bodyTook(_ count: Int) {
        if !isChunked { place = min(place + count, view.endIndex) }
    }

    /// The parser found the end of a request.
    ///
    /// - Returns: Whether octets of another one follow; empty lines are none (RFC 9112 §2.2).
    mutating func requestEnded() -> Bool {
        isInHead = true
        // Chunks and trailers end with an empty line, and what ends with one is not looked at.
        return isChunked ? !view.isEmpty : view[place...].contains { !Self.isLineEnd($0) }
    }

    private var endsWithEmptyLine: Bool {
        let end = view.suffix(2)
        return end.elementsEqual("\r\n".utf8)
            && (view.count < 4 || view.suffix(4).elementsEqual("\r\n\r\n".utf8))
    }

    /// Where the first empty line behind ``place`` ends that ends a head.
    private func endOfHead() -> Int? {
        // `\r\n\r\n`: how much of it was seen.
        var seen = 0
        var hasBegun = !carried.isEmpty
        func next(_ octet: UInt8) {
            switch (octet, seen) {
            case (0x0d, 0), (0x0d, 2), (0x0a, 1), (0x0a, 3): seen += 1
            case (0x0d, _): seen = 1
            default: seen = 0
            }
        }
        for octet in carried { next(octet) }
        if seen == 4 { return place }
        for index in place..<view.endIndex {
            let octet = view[index]
            // Empty lines before a request are passed over.
            if !hasBegun, Self.isLineEnd(octet) { continue }
            hasBegun = true
            next(octet)
            if seen == 4 { return index + 1 }
        }
        return nil
    }

    private static func isLineEnd(_ octet: UInt8) -> Bool { octet == 0x0d || octet == 0x0a }
}
