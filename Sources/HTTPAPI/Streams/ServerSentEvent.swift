// SPDX-License-Identifier: Apache-2.0
import NIOCore

/// Writes what goes over a `text/event-stream` (HTML, "Server-sent events").
///
/// What is written here has no line breaks of its own: types are ours, data is compact JSON.
enum ServerSentEvent {
    /// The reply's `Content-Type`.
    static let contentType = "text/event-stream"

    /// How long a client is to wait before it comes again when the stream ended.
    static let retry = ByteBuffer(string: "retry: 1000\n\n")

    /// A comment, which clients skip: it shows both ends, and proxies between them, that the other is there.
    static let heartbeat = ByteBuffer(string: ":\n\n")

    /// An event.
    ///
    /// - Parameters:
    ///   - id: what the client gives back as `Last-Event-ID` when it comes again.
    ///   - type: what listeners are chosen by.
    ///   - data: JSON without line breaks.
    /// - Returns: its lines, with the empty one that ends it.
    static func event(id: UInt64, type: String, data: ByteBuffer) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(data.readableBytes + type.utf8.count + 48)
        buffer.writeString("id: \(id)\nevent: \(type)\ndata: ")
        buffer.writeImmutableBuffer(data)
        buffer.writeStaticString("\n\n")
        return buffer
    }
}
