// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import NIOCore
import NIOHTTPTypes
import NIOPosix
import Publication

/// Answers reads of the published state without the connection's task, and wakes blocking queries; everything else goes on
/// to the task. What is soon done is done on the event loop, other reads on a thread beside it.
///
/// Stands between the server's watch over idle connections and its bridge to the task, so that all requests count
/// alike there. Replies come in the order of their requests (RFC 9112 §9.3.2): while the task owes a reply,
/// everything goes to it; while a read is done or a blocking query waits here, what follows it waits too.
final class PromptReplyHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// What comes from the client.
    private enum Arrival {
        case part(HTTPRequestPart)
        case error(any Error)
        case inputClosed
    }

    /// A blocking query that waits.
    private struct Waiting {
        let request: Asked
        var read: ParkedRead
        let id: Int
    }

    /// A request, and when it came.
    private struct Asked {
        let head: HTTPRequest
        let start = ContinuousClock.now
    }

    /// Nothing more is read while so many parts wait behind a request.
    private static let mostLater = 16

    private let responder: APIResponder
    private let date: DateField
    private let signal: DisconnectSignal
    private var context: ChannelHandlerContext?
    /// The head of a request whose end has not come.
    private var head: HTTPRequest?
    /// Replies that the task owes.
    private var owed = 0
    private var waiting: Waiting?
    /// Whether a request is answered on another thread.
    private var isReading = false
    /// Goes off not later than ``waiting`` may end, perhaps earlier: then it is set again.
    ///
    /// It is not taken back with each wait, which would look through all timers of the loop.
    private var alarm: (timer: Scheduled<Void>, time: ContinuousClock.Instant)?
    /// What came since the last request that is not answered yet.
    private var later = CircularBuffer<Arrival>(initialCapacity: 1)
    private var isReadHeld = false
    private var isFlushNeeded = false
    private var isFlushPlanned = false

    init(_ responder: APIResponder, date: DateField, signal: DisconnectSignal) {
        self.responder = responder
        self.date = date
        self.signal = signal
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        later.removeAll()
        alarm?.timer.cancel()
        alarm = nil
        waiting?.read.watch.cancel()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        arrived(.part(unwrapInboundIn(data)), context)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        planFlush(context)
        context.fireChannelReadComplete()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        arrived(.error(error), context)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event as? ChannelEvent == .inputClosed { return arrived(.inputClosed, context) }
        context.fireUserInboundEventTriggered(event)
    }

    func read(context: ChannelHandlerContext) {
        guard later.count < Self.mostLater else { return isReadHeld = true }
        context.read()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        // A refusal of what is no request answers none.
        if case .end = unwrapOutboundIn(data), owed > 0 { owed -= 1 }
        context.write(data, promise: promise)
    }

    private func arrived(_ arrival: Arrival, _ context: ChannelHandlerContext) {
        if isBusy { return later.append(arrival) }
        switch arrival {
        case .part(.head(let head))
        where owed == 0 && Self.suits(head) && context.channel.isWritable:
            self.head = head
        case .part(.end(let trailers)):
            if let head = take() {
                answer(Asked(head: head), after: nil, context)
            } else {
                context.fireChannelRead(wrapInboundOut(.end(trailers)))
            }
        case .part(let part):
            if let head = take() { handOn(head, context) }
            if case .head = part { owed += 1 }
            context.fireChannelRead(wrapInboundOut(part))
        case .error(let error):
            if let head = take() { handOn(head, context) }
            context.fireErrorCaught(error)
        case .inputClosed:
            flush(context)
            context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        }
    }

    /// Whether a request is not answered yet that this handler answers.
    private var isBusy: Bool { waiting != nil || isReading }

    private func take() -> HTTPRequest? { head.take() }

    /// Leaves a request to the task.
    private func handOn(_ head: HTTPRequest, _ context: ChannelHandlerContext) {
        owed += 1
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    /// Whether a request could be answered here: one that reads, has no body, and after which the connection stays.
    private static func suits(_ head: HTTPRequest) -> Bool {
        guard head.method == .get else { return false }
        return !head.headerFields.contains { field in
            switch field.name {
            case .contentLength, .transferEncoding, .expect: true
            case .connection: field.value == "close"
            default: false
            }
        }
    }

    private func answer(_ asked: Asked, after parked: ParkedRead?, _ context: ChannelHandlerContext)
    {
        let connection = APIContext(channel: context.channel)
        let answer = responder.promptAnswer(
            to: asked.head,
            connection,
            after: parked,
            since: asked.start
        )
        take(answer, to: asked, context)
    }

    private func take(
        _ answer: APIResponder.PromptAnswer,
        to asked: Asked,
        _ context: ChannelHandlerContext
    ) {
        switch answer {
        case .reply(let reply): send(reply, context)
        case .read(let planned): read(planned, for: asked, context)
        case .parked(var read):
            if park(asked, read, context) { return }
            read.isOver = true
            self.answer(asked, after: read, context)
        case .task:
            handOn(asked.head, context)
            context.fireChannelRead(wrapInboundOut(.end(nil)))
        }
    }

    /// Reads on another thread: other connections of the loop, DNS over TCP among them, do not wait for it.
    private func read(
        _ planned: APIResponder.PlannedRead,
        for asked: Asked,
        _ context: ChannelHandlerContext
    ) {
        isReading = true
        let loop = context.eventLoop
        let this = NIOLoopBound(self, eventLoop: loop)
        let responder = responder
        NIOThreadPool.singleton.submit { _ in
            let answer = responder.answer(to: planned)
            loop.execute { this.value.finish(asked, with: answer) }
        }
    }

    private func finish(_ asked: Asked, with answer: APIResponder.PromptAnswer) {
        isReading = false
        guard let context else { return }
        take(answer, to: asked, context)
        goOn(context)
    }

    private func send(_ reply: APIReply, _ context: ChannelHandlerContext) {
        var head = HTTPResponse(status: reply.status, headerFields: reply.headers)
        head.headerFields[.contentLength] = String(reply.body.readableBytes)
        head.headerFields[.date] = date.text
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if reply.body.readableBytes > 0 {
            context.write(wrapOutboundOut(.body(reply.body)), promise: nil)
        }
        context.write(wrapOutboundOut(.end(nil)), promise: nil)
        isFlushNeeded = true
    }

    /// Sends what was written once the loop has read from all connections that have something.
    ///
    /// Replies that leave one after another wake their receivers for each, which costs more than to write them: a
    /// client on another core goes to sleep in between.
    private func planFlush(_ context: ChannelHandlerContext) {
        guard isFlushNeeded, !isFlushPlanned else { return }
        isFlushPlanned = true
        context.eventLoop.assumeIsolated().execute {
            self.isFlushPlanned = false
            if let context = self.context { self.flush(context) }
        }
    }

    private func flush(_ context: ChannelHandlerContext) {
        guard isFlushNeeded else { return }
        isFlushNeeded = false
        context.flush()
    }

    /// Lets a request wait; `false` when the server stops.
    private func park(_ asked: Asked, _ read: ParkedRead, _ context: ChannelHandlerContext) -> Bool
    {
        let watch = read.watch
        guard let id = responder.api.waits.enter({ watch.cancel() }) else { return false }
        let loop = context.eventLoop
        waiting = Waiting(request: asked, read: read, id: id)
        setAlarm(read.deadline, context)
        signal.notify { watch.cancel() }
        let this = NIOLoopBound(self, eventLoop: loop)
        watch.notify { isWoken in loop.execute { this.value.resume(isWoken) } }
        return true
    }

    private func setAlarm(_ time: ContinuousClock.Instant, _ context: ChannelHandlerContext) {
        if let alarm, alarm.time <= time { return }
        alarm?.timer.cancel()
        let timer = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(time - .now)) {
            [weak self] () -> Void in self?.wentOff()
        }
        alarm = (timer, time)
    }

    private func wentOff() {
        alarm = nil
        guard let waiting, let context else { return }
        guard waiting.read.deadline <= .now else { return setAlarm(waiting.read.deadline, context) }
        waiting.read.watch.cancel()
    }

    /// A wait is over: by a change, or by time, the client's leaving or the server's end.
    private func resume(_ isWoken: Bool) {
        guard var waiting = waiting.take() else { return }
        signal.clear()
        responder.api.waits.leave(waiting.id)
        guard let context else { return }
        waiting.read.isOver = !isWoken
        if isWoken { responder.api.meters.noteResumption(waiting.read.watch) }
        answer(waiting.request, after: waiting.read, context)
        goOn(context)
    }

    private func goOn(_ context: ChannelHandlerContext) {
        if !isBusy { catchUp(context) }
        planFlush(context)
    }

    /// Goes on with what came before a request was answered.
    private func catchUp(_ context: ChannelHandlerContext) {
        guard !later.isEmpty || isReadHeld else { return }
        while !isBusy, let arrival = later.popFirst() { arrived(arrival, context) }
        // Thousands of connections that wait keep no room for what came once.
        if later.isEmpty { later = CircularBuffer(initialCapacity: 1) }
        context.fireChannelReadComplete()
        if isReadHeld, later.count < Self.mostLater {
            isReadHeld = false
            context.read()
        }
    }
}
