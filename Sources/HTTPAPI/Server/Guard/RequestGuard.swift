// SPDX-License-Identifier: Apache-2.0
import NIOCore
import NIOHTTP1

/// Refuses requests whose framing or host is in doubt, before anything else sees them, and tells
/// the deadline how far each request is.
///
/// Stands directly behind the parser. A refusal goes on as the parser's errors do, so that it is
/// answered after the requests before it.
final class RequestGuard: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let deadline: RequestDeadline
    /// Why the connection's last request was refused; no more requests are taken from it then.
    private(set) var refusal: RequestRefusal?

    init(deadline: RequestDeadline) { self.deadline = deadline }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard refusal == nil else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            deadline.headArrived(isChunked: head.headers.contains(name: "Transfer-Encoding"))
            if let refusal = RequestRefusal.of(head) {
                self.refusal = refusal
                return context.fireErrorCaught(HTTPParserError.unknown)
            }
            var passed = Self.inOriginForm(head)
            // RFC 9112 §9.3: in one spelling, whatever the version, the case and the other options.
            if !head.isKeepAlive {
                passed.headers.replaceOrAdd(name: "Connection", value: "close")
            }
            if Self.awaitsContinue(head) { deadline.askForBody() }
            context.fireChannelRead(wrapInboundOut(.head(passed)))
        case .body(let part):
            deadline.bodyArrived(part.readableBytes)
            context.fireChannelRead(data)
        case .end:
            deadline.requestEnded()
            context.fireChannelRead(data)
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) { deadline.replyEnded() }
        context.write(data, promise: promise)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? HTTPParserError, refusal == nil {
            refusal = error == .headerOverflow ? .headersTooLarge : .malformed
        }
        context.fireErrorCaught(error)
    }

    /// Whether the client sends its body only once it is asked to, as Go's and curl do with large ones.
    ///
    /// All bodies are asked for, since which ones are too large is known by the route; clients of HTTP/1.0 cannot know.
    private static func awaitsContinue(_ head: HTTPRequestHead) -> Bool {
        guard let expectation = head.headers.first(name: "Expect"), head.version == .http1_1
        else { return false }
        return expectation.lowercased() == "100-continue"
            && (head.headers.contains(name: "Transfer-Encoding")
                || head.headers.first(name: "Content-Length").map { $0 != "0" } ?? false)
    }

    /// RFC 9112 §3.2.2: the host of a target in absolute form counts, whatever `Host` says.
    private static func inOriginForm(_ head: HTTPRequestHead) -> HTTPRequestHead {
        let lowered = head.uri.prefix(8).lowercased()
        guard let scheme = ["http://", "https://"].first(where: { lowered.hasPrefix($0) }) else {
            return head
        }
        let rest = head.uri.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        var head = head
        let path = rest[authority.endIndex...]
        head.uri = path.hasPrefix("/") ? String(path) : "/" + path
        head.headers.replaceOrAdd(name: "Host", value: String(authority))
        return head
    }
}
