// SPDX-License-Identifier: Apache-2.0
import NIOCore
import Publication
import StateStore

extension API {
    /// Reads the published state, and when the request asks so (`?index=`), waits until the
    /// index of what is read exceeds the given one or the time is over (HTTP API 3.1).
    ///
    /// `isAbsent` tells an answer that has nothing in it. What was absent and still is wakes
    /// nobody, though the index of its table moved.
    func read<Value>(
        _ request: APIRequest,
        _ options: ReadOptions,
        isAbsent: (Value) -> Bool = { _ in false },
        _ body: (StateStore) -> Indexed<Value>
    ) async -> Indexed<Value> {
        meters.noteRead()
        let (first, restoredAt) = current(body)
        var latest = first
        var index = options.index
        guard index > 0, latest.index.rawValue <= index else { return latest }
        let deadline = Self.deadline(after: options.wait)
        var wasAbsent = isAbsent(latest.value)
        var isWoken = false
        while true {
            // Register, then read again: a change in between is in what is read.
            let watch = watches.register(latest.topics)
            let topics = latest.topics
            let (found, restoration) = current(body)
            latest = found
            if latest.index.rawValue > index {
                // Another state than the one that was asked: everybody reads it.
                guard restoration == restoredAt, wasAbsent, isAbsent(latest.value) else {
                    return latest
                }
                index = latest.index.rawValue
            }
            wasAbsent = isAbsent(latest.value)
            if latest.topics != topics { continue }
            if isWoken { watches.noteSpuriousWakeup() }
            isWoken = await wait(watch, until: deadline, request)
            guard isWoken else { return current(body).read }
        }
    }

    /// Reads the published state; no index is below that at which it replaced another state.
    func current<Value>(
        _ body: (StateStore) -> Indexed<Value>
    ) -> (read: Indexed<Value>, restoredAt: RaftIndex) {
        let store = snapshots.snapshot()
        return (store.current(body(store)), store.restoredAt)
    }

    /// Waits for a watch; `false` when the time is over, the client has gone or the server stops.
    func wait<Topic>(
        _ watch: WatchRegistry<Topic>.Watch,
        until deadline: ContinuousClock.Instant,
        _ request: APIRequest
    ) async -> Bool {
        guard let wait = waits.enter({ watch.cancel() }) else { return false }
        var signal: DisconnectSignal?
        if let channel = request.channel { signal = await DisconnectHandler.signal(of: channel) }
        signal?.notify { watch.cancel() }
        let isWoken = await watch.wait(until: deadline)
        if isWoken { meters.noteResumption(watch) }
        signal?.clear()
        waits.leave(wait)
        return isWoken
    }

    /// The end of a wait, with a random 0…1/16 on top that spreads the clients' return.
    static func deadline(after wait: Duration) -> ContinuousClock.Instant {
        .now + wait + wait / 16 * Double.random(in: 0...1)
    }
}
