// SPDX-License-Identifier: Apache-2.0
import NIOCore

/// Messages on a stream: two octets of length before each (RFC 1035 §4.2.2).
enum DNSFraming {
    /// The length of the next message if it is there whole; nil when more octets are needed.
    static func nextLength(_ buffer: ByteBuffer) -> Int? {
        guard let length = buffer.getInteger(at: buffer.readerIndex, as: UInt16.self),
            buffer.readableBytes >= 2 + Int(length)
        else { return nil }
        return Int(length)
    }

    /// Takes the next whole message; nil when more octets are needed.
    static func next(_ buffer: inout ByteBuffer) -> [UInt8]? {
        guard let length = nextLength(buffer) else { return nil }
        buffer.moveReaderIndex(forwardBy: 2)
        return buffer.readBytes(length: length)
    }
}
