// SPDX-License-Identifier: Apache-2.0

/// What an agent answered to a watch.
public struct WatchReply: Hashable, Sendable {
    /// The HTTP status.
    public var status: Int
    /// `X-Consul-Index`; 0 when there is none.
    public var index: UInt64
    /// `X-Consul-ContentHash`; empty when there is none.
    public var hash: String
    /// The body.
    public var body: [UInt8]

    /// Makes a reply.
    public init(status: Int, index: UInt64, hash: String = "", body: [UInt8]) {
        self.status = status
        self.index = index
        self.hash = hash
        self.body = body
    }
}

/// How far a watch has come: which answers are new, and when to ask again (Consul: watch.Plan).
///
/// Whoever runs a watch asks for ``path``, gives what comes of it to ``take(_:)`` or
/// ``fail(_:)``, and does what they return.
public struct WatchProgress: Sendable {
    /// What is to be done after an answer.
    public enum Step: Hashable, Sendable {
        /// Nothing is new: ask again.
        case unchanged
        /// Tell the handler, then ask again.
        case changed(WatchResult)
        /// Wait, then ask again.
        case retry(after: Duration, reason: String)
    }

    /// What is watched.
    public let plan: WatchPlan
    private var position: WatchPosition?
    /// Whether an answer was taken before.
    private var hasResult = false
    private var lastResult: [UInt8] = []
    private var failures = 0
    /// The newest event that was told.
    private var lastEvent: [UInt8] = []

    /// The longest wait after failures (Consul: maxBackoffTime).
    private static let longestWait = Duration.seconds(180)

    /// Begins a watch.
    public init(_ plan: WatchPlan) { self.plan = plan }

    /// What is to be asked next.
    public var path: String { plan.path(after: position) }

    /// Takes an answer.
    public mutating func take(_ reply: WatchReply) -> Step {
        guard let body = result(of: reply) else {
            var text = String(decoding: reply.body, as: UTF8.self)
            while text.last?.isNewline == true { text.removeLast() }
            return fail("Unexpected response code: \(reply.status) (\(text))")
        }
        let isHash = if case .agentService = plan.subject { true } else { false }
        guard isHash ? !reply.hash.isEmpty : reply.index > 0 else {
            return fail("the reply has no \(isHash ? "X-Consul-ContentHash" : "X-Consul-Index")")
        }
        failures = 0
        let now: WatchPosition = isHash ? .hash(reply.hash) : .index(reply.index)
        guard now != position else { return .unchanged }
        position = next(now)
        if case .event = plan.subject { return news(in: body, now) }
        if hasResult, body == lastResult { return .unchanged }
        hasResult = true
        lastResult = body
        return .changed(WatchResult(position: now, json: body))
    }

    /// Takes it that no answer came: the next try waits 5 s, then 20 s, 45 s, … 3 min at most
    /// (Consul: 5 s × failures²).
    public mutating func fail(_ reason: String) -> Step {
        position = nil
        failures = min(failures + 1, 1000)
        let wait = min(.seconds(5) * (failures * failures), Self.longestWait)
        return .retry(after: wait, reason: reason)
    }

    /// The compact JSON that an answer amounts to; `nil` for one that is none.
    private func result(of reply: WatchReply) -> [UInt8]? {
        let isOfKeys =
            switch plan.subject {
            case .key, .keyPrefix: true
            default: false
            }
        if reply.status == 404, isOfKeys { return Array("null".utf8) }
        guard reply.status == 200 else { return nil }
        let body = JSONLayout.compact(reply.body)
        // The API gives a list of one.
        guard case .key = plan.subject else { return body }
        return JSONLayout.elements(of: body).first.map { Array($0) } ?? Array("null".utf8)
    }

    /// Where the next request begins.
    ///
    /// An index that went backwards is that of a restored or new state: the next request does not
    /// wait (spec http-api.md 3.1). The indexes of events follow no order.
    private func next(_ now: WatchPosition) -> WatchPosition? {
        if case .event = plan.subject { return now }
        if case .index(let new) = now, case .index(let old)? = position, new < old { return nil }
        return now
    }

    /// The events that were not told yet; at the first time all that the agent has.
    private mutating func news(in body: [UInt8], _ position: WatchPosition) -> Step {
        var events = JSONLayout.elements(of: body)
        let newest = events.last.map { Array($0) } ?? []
        if hasResult, let known = events.lastIndex(where: { Array($0) == lastEvent }) {
            events.removeFirst(known + 1)
        }
        // An agent that started anew has none: that is no event.
        if hasResult, events.isEmpty { return .unchanged }
        hasResult = true
        lastEvent = newest
        return .changed(WatchResult(position: position, json: JSONLayout.array(events)))
    }
}

/// What a handler is told.
public struct WatchResult: Hashable, Sendable {
    /// Where it was read: what handlers get as `CONSUL_INDEX`.
    public var position: WatchPosition
    /// The data, as compact JSON.
    public var json: [UInt8]

    /// Makes a result.
    public init(position: WatchPosition, json: [UInt8]) {
        self.position = position
        self.json = json
    }

    /// What handlers read: the JSON and a line break.
    public var line: [UInt8] { json + [UInt8(ascii: "\n")] }

    /// The JSON with indents of four spaces, as Go's `json.MarshalIndent`.
    public var indented: [UInt8] { JSONLayout.indented(json) }
}
