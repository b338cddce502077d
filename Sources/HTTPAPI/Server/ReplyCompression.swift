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
    static func install(in channel: any Channel) throws {
        let operations = channel.pipeline.syncOperations
        let codec = try operations.handler(type: HTTP1ToHTTPServerCodec.self)
        let compressor = HTTPResponseCompressor { head, _ in
            // A reply without a length would be a stream; there is none yet.
            let length = head.headers.first(name: "Content-Length").flatMap { Int($0) } ?? 0
            return length >= smallestBody ? .compressIfPossible : .doNotCompress
        }
        try operations.addHandler(GzipPreference(), position: .before(codec))
        try operations.addHandler(compressor, position: .before(codec))
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
