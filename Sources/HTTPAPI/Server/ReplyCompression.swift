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
        try operations.addHandler(compressor, position: .before(codec))
    }
}
