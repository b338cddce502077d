// SPDX-License-Identifier: Apache-2.0
import NIOCore
import Publication
import StateStore
import Locking

extension API {
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

    /// Waits for the first of two watches; `false` as ``wait(_:until:_:)`` says.
    func wait<Topic, Other>(
        _ watch: WatchRegistry<Topic>.Watch,
        or other: WatchRegistry<Other>.Watch,
        until deadline: ContinuousClock.Instant,
        _ request: APIRequest
    ) async -> Bool {
        let isOther = Lock(false)
        other.notify { isWoken in
            guard isWoken else { return }
            isOther.withLock { $0 = true }
            watch.cancel()
        }
        let isWoken = await wait(watch, until: deadline, request)
        other.cancel()
        return isWoken || isOther.withLock { $0 }
    }

    /// The end of a wait, with a random 0…1/16 on top that spreads the clients' return.
    static func deadline(after wait: Duration) -> ContinuousClock.Instant {
        .now + wait + wait / 16 * Double.random(in: 0...1)
    }
}
