// SPDX-License-Identifier: Apache-2.0
import NIOCore
import NIOHTTP1
import NIOHTTPCompression
import NIOHTTPTypesHTTP1

/// Compresses what is worth it for clients that accept it (HTTP API 1.5).
enum ReplyCompression {
    /// Replies below this many octets go as they are (Consul: 1,400, about one packet).
    static let smallestBody = 1400

    /// Puts the compressor where HTTP/1 parts pass, between the codec and the server's own types.
    static func install(in channel: any Channel, behind guarding: RequestGuard) throws {
        let operations = channel.pipeline.syncOperations
        let codec = try operations.handler(type: HTTP1ToHTTPServerCodec.self)
        // Grows when something is compressed; most connections never see that.
        let compressor = HTTPResponseCompressor(initialByteBufferCapacity: 64) { head, _ in
            // A reply without a length would be a stream; there is none yet.
            let length = head.headers.first(name: "Content-Length").flatMap { Int($0) } ?? 0
            return length >= smallestBody ? .compressIfPossible : .doNotCompress
        }
        try operations.addHandler(guarding, position: .before(codec))
        try operations.addHandler(GzipPreference(), position: .before(codec))
        try operations.addHandler(compressor, position: .before(codec))
        try operations.addHandler(UnaskedReplyHandler(guarding), position: .after(compressor))
    }
}

/// Leads a reply that answers no request past the compressor, says in it why the request was refused,
/// and closes the connection.
///
/// A request that breaks off or cannot be read is answered with 400 although its head never came.
/// The compressor keeps a note for each head and stops the process when it finds none for a reply.
private final class UnaskedReplyHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// Heads of requests that no reply has answered.
    private var unanswered = 0
    private var isUnasked = false
    private let guarding: RequestGuard

    init(_ guarding: RequestGuard) { self.guarding = guarding }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head = unwrapInboundIn(data) { unanswered += 1 }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .head = unwrapOutboundIn(data) {
            isUnasked = unanswered == 0
            if !isUnasked { unanswered -= 1 }
        }
        // Writing from the compressor's own place goes to what stands behind it.
        guard isUnasked else { return context.write(data, promise: promise) }
        refuse(unwrapOutboundIn(data), at: compressorPlace(context) ?? context, promise)
    }

    private func refuse(
        _ part: HTTPServerResponsePart,
        at place: ChannelHandlerContext,
        _ promise: EventLoopPromise<Void>?
    ) {
        let refusal = guarding.refusal ?? .malformed
        switch part {
        case .head(var head):
            head.status = refusal.status
            head.headers.replaceOrAdd(name: "Content-Type", value: "text/plain; charset=utf-8")
            head.headers.replaceOrAdd(
                name: "Content-Length",
                value: String(refusal.text.utf8.count)
            )
            head.headers.replaceOrAdd(name: "Connection", value: "close")
            place.write(wrapOutboundOut(.head(head)), promise: promise)
            let text = ByteBuffer(string: refusal.text)
            place.write(wrapOutboundOut(.body(.byteBuffer(text))), promise: nil)
        case .body:
            // The server itself sends none with such a reply.
            promise?.succeed()
        case .end:
            place.writeAndFlush(wrapOutboundOut(part), promise: promise)
            // At once, what the client still sends would destroy the reply on its way (as Go does it).
            let channel = place.channel
            place.eventLoop.scheduleTask(in: .milliseconds(500)) { channel.close(promise: nil) }
        }
    }

    private func compressorPlace(_ context: ChannelHandlerContext) -> ChannelHandlerContext? {
        try? context.pipeline.syncOperations.context(handlerType: HTTPResponseCompressor.self)
    }
}

/// Leaves only gzip among the encodings that a client accepts.
///
/// Consul compresses with gzip alone; the compressor would take deflate from a client that names
/// both (curl does).
private final class GzipPreference: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    private static let header = "Accept-Encoding"

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = unwrapInboundIn(data), head.headers.contains(name: Self.header)
        else { return context.fireChannelRead(data) }
        let gzip = head.headers[canonicalForm: Self.header].first { element in
            // RFC 9110 §12.5.3: a coding, and perhaps a weight behind it.
            element.prefix { $0 != ";" && $0 != " " }.lowercased() == "gzip"
        }
        head.headers.remove(name: Self.header)
        if let gzip { head.headers.add(name: Self.header, value: String(gzip)) }
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }
}
