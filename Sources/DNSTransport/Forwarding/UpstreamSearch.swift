// SPDX-License-Identifier: Apache-2.0
import CSockets
import Forwarding
import NIOCore

/// The sockets and the clock of one ``Search``.
///
/// It lives on one event loop and is only touched there.
///
/// Each try has a new socket with a new source port, and a new ID, both from the system generator
/// (RFC 5452 §4.5, §9.2). UDP sockets are connected, so the kernel drops what comes from any other
/// address or port.
final class UpstreamSearch {
    /// What to ask, whom, and how long to wait.
    struct Plan: Sendable {
        var search: SearchPlan
        /// Its number among the forwarder's open searches.
        var number: UInt64
        /// The upstreams that the turns name.
        var upstreams: [RecursorAddress]
        var randomizesCase: Bool
    }

    /// What it tells.
    struct Handlers {
        /// What happened at an upstream; false when it may not be asked or listened to.
        var report: (AttemptEvent, Int) -> Bool
        /// Those who wait have waited long enough.
        var expire: (SearchResult) -> Void
        /// It is over and its sockets are closed.
        var finish: (SearchResult) -> Void
    }

    private let plan: Plan
    private let loop: any EventLoop
    private let tally: ForwarderTally
    private let handlers: Handlers
    private var search: Search
    private var sockets: [Int: UpstreamSocket] = [:]
    private var timer: Scheduled<Void>?
    /// What happened while something else was dealt with: opening and closing may tell at once.
    private var events: [Search.Event] = []
    private var isHandling = false
    /// Sockets that close with the search.
    private var closing: [EventLoopFuture<Void>] = []

    init(
        _ plan: Plan,
        on loop: any EventLoop,
        tally: ForwarderTally,
        handlers: Handlers
    ) {
        self.plan = plan
        self.loop = loop
        self.tally = tally
        self.handlers = handlers
        search = Search(plan.search, randomizesCase: plan.randomizesCase)
    }

    /// Asks the first recursor.
    func begin() { handle(.begun) }

    /// Gives up.
    func cancel() { handle(.cancelled) }

    private func handle(_ event: Search.Event) {
        events.append(event)
        guard !isHandling else { return }
        isHandling = true
        var system = SystemRandomNumberGenerator()
        while !events.isEmpty {
            let effects = search.handle(
                events.removeFirst(),
                now: csockets_monotonic_milliseconds(),
                using: &system,
                report: handlers.report
            )
            for effect in effects { perform(effect) }
        }
        isHandling = false
        schedule()
    }

    private func schedule() {
        timer?.cancel()
        timer = nil
        guard let wake = search.nextWake else { return }
        let now = csockets_monotonic_milliseconds()
        // The clock cuts off parts of a millisecond: one more, so that nobody gets less time.
        let delay = TimeAmount.milliseconds(Int64(clamping: max(wake, now) - now) + 1)
        timer = loop.assumeIsolated().scheduleTask(in: delay) { [self] in handle(.woken) }
    }

    private func perform(_ effect: Search.Effect) {
        switch effect {
        case .open(let attempt): open(attempt)
        case .close(let number):
            guard let closed = sockets.removeValue(forKey: number)?.close() else { return }
            closing.append(closed)
        case .count(let incident):
            switch incident {
            case .attempt: tally.attempts.count()
            case .timeout: tally.timeouts.count()
            case .mismatch: tally.mismatches.count()
            case .retryOverTCP: tally.tcpRetries.count()
            case .cookie(let result): tally.note(result)
            }
        case .expire(let result): handlers.expire(result)
        case .finish(let result): finish(result)
        }
    }

    private func open(_ attempt: Search.Try) {
        let number = attempt.number
        guard let address = plan.upstreams[attempt.upstream].endpoint.socketAddress else {
            handle(.ended(number))
            return
        }
        sockets[number] = UpstreamSocket.open(
            to: address,
            overTCP: attempt.overTCP,
            on: loop,
            sending: attempt.octets,
            events: UpstreamEvents(
                onSend: { [self] in handle(.sent(number, port: $0)) },
                onReply: { [self] in handle(.received($0, in: number)) },
                onEnd: { [self] in handle(.ended(number)) }
            )
        )
    }

    private func finish(_ result: SearchResult) {
        // The place is free only when the descriptors are: that bounds the descriptors.
        let open = closing
        closing = []
        guard !open.isEmpty else {
            handlers.finish(result)
            return
        }
        EventLoopFuture.andAllComplete(open, on: loop).assumeIsolated().whenComplete { [self] _ in
            handlers.finish(result)
        }
    }
}
