// SPDX-License-Identifier: Apache-2.0
import NIOCore
import Publication
import StateStore

/// A blocking query that waits, without anything of its handler: that has returned and is called again afterwards.
///
/// Thousands wait at once. What a suspended handler has on its stack of async calls is more than all the rest that a
/// connection takes.
struct ParkedRead: Sendable {
    /// Registered before what was read last.
    let watch: WatchRegistry<WatchTopic>.Watch
    /// When the wait is over.
    let deadline: ContinuousClock.Instant
    /// The answer has to have a greater one.
    let index: UInt64
    /// Whether the answer had nothing in it.
    let wasAbsent: Bool
    /// Which state was asked: another one that took its place is an answer.
    let restoredAt: RaftIndex
    /// Whether the wait is over: the next read is the answer, whatever it is.
    var isOver = false
}

extension API {
    /// Reads the published state; when the request asks so (`?index=`), and the index of what is read does not exceed
    /// the given one yet, the handler ends here and is called again when it does, or the time is over (HTTP API 3.1).
    ///
    /// `isAbsent` tells an answer that has nothing in it. What was absent and still is wakes nobody, though the index
    /// of its table moved.
    ///
    /// - Throws: ``APIFailure/parked`` to wait, and nothing else.
    func read<Value>(
        _ request: APIRequest,
        _ options: ReadOptions,
        isAbsent: (Value) -> Bool = { _ in false },
        _ body: (StateStore) -> Indexed<Value>
    ) throws(APIFailure) -> Indexed<Value> {
        let before = request.parked
        if before == nil { meters.noteRead() }
        var (latest, restoration) = current(body)
        guard options.index > 0, before?.isOver != true else { return latest }
        let restoredAt = before?.restoredAt ?? restoration
        var index = before?.index ?? options.index
        // At the first read, whatever is newer is the answer.
        var wasAbsent = before?.wasAbsent ?? false
        var registered: (watch: WatchRegistry<WatchTopic>.Watch, topics: [WatchTopic])?
        while true {
            if latest.index.rawValue > index {
                guard restoration == restoredAt, wasAbsent, isAbsent(latest.value) else {
                    return latest
                }
                index = latest.index.rawValue
            }
            wasAbsent = isAbsent(latest.value)
            if let registered, registered.topics == latest.topics {
                if before != nil { watches.noteSpuriousWakeup() }
                throw APIFailure(
                    parked: ParkedRead(
                        watch: registered.watch,
                        deadline: before?.deadline ?? Self.deadline(after: options.wait),
                        index: index,
                        wasAbsent: wasAbsent,
                        restoredAt: restoredAt
                    )
                )
            }
            // Register, then read again: a change in between is in what is read.
            registered = (watches.register(latest.topics), latest.topics)
            (latest, restoration) = current(body)
        }
    }

    /// Waits until something changed; the read is over when it is not: the time is up, the client has gone, or the server
    /// stops.
    @inline(never)
    func wait(_ parked: ParkedRead, _ channel: (any Channel)?) async -> ParkedRead {
        var parked = parked
        let watch = parked.watch
        guard let wait = waits.enter({ watch.cancel() }) else {
            parked.isOver = true
            return parked
        }
        defer { waits.leave(wait) }
        guard let channel, let signal = await DisconnectHandler.signal(of: channel) else {
            parked.isOver = await !watch.wait(until: parked.deadline)
            if !parked.isOver { meters.noteResumption(watch) }
            return parked
        }
        signal.notify { watch.cancel() }
        let left = parked.deadline - .now
        // A timer of the loop costs less than a task that sleeps.
        let timer = channel.eventLoop.scheduleTask(in: TimeAmount(left)) { watch.cancel() }
        parked.isOver = await !watch.wait()
        if !parked.isOver { meters.noteResumption(watch) }
        timer.cancel()
        signal.clear()
        return parked
    }
}
