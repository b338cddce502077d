// SPDX-License-Identifier: Apache-2.0
import Checks
import NIOCore
import NIOHTTP1

/// Sends a request once it stands in the pipeline, and reads the reply to its end.
final class HTTPExchange: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let request: HTTPCheckRequest
    /// Whose request it is; `nil` once it was told how the exchange ended.
    private var run: HTTPRun?
    /// The status, once there is one.
    private var status: HTTPResponseStatus?
    private var tail: OutputTail

    /// Makes the handler of one request.
    init(_ request: HTTPCheckRequest, for run: HTTPRun, outputLimit: Int) {
        self.request = request
        self.run = run
        tail = OutputTail(limit: outputLimit)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(.head(request.head)), promise: nil)
        if let body = request.body {
            context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let run else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            guard let (step, location) = run.redirect(head) else {
                status = head.status
                return
            }
            self.run = nil
            context.close(promise: nil)
            run.follow(location, step)
        case .body(let part): tail.append(part.readableBytesView)
        case .end: finish()
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if !finish() { fail(DialErrorText.brokenText(error, on: context.channel)) }
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        if !finish() { fail("EOF") }
    }

    func handlerRemoved(context: ChannelHandlerContext) { run = nil }

    /// Ends the run with what was read; `false` where not even the status was.
    ///
    /// Consul: the status decides, also where the body breaks off or is too slow.
    @discardableResult
    func finish() -> Bool {
        guard let run, let status else { return false }
        self.run = nil
        run.end(status, tail)
        return true
    }

    private func fail(_ cause: String) {
        guard let run else { return }
        self.run = nil
        run.fail(cause)
    }
}
