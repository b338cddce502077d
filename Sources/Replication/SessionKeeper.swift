// SPDX-License-Identifier: Apache-2.0
import Publication
public import StateStore
import Locking

/// Ends the sessions that nobody renews, a duty of the leader.
///
/// Timers are not part of the state: they start anew when this does, for every session there is, so
/// that none ends before its time (HTTP API 5.8).
public final class SessionKeeper: SessionTimers {
    /// How long an end that could not be submitted waits to be tried again.
    private static let retry = Duration.seconds(1)

    private let submitter: any CommandSubmitter
    private let snapshots: any SnapshotReader
    private let deadlines = Lock(SessionDeadlines())
    /// Wakes ``run()`` when a deadline comes that is earlier than those it knew.
    private let wakes = WatchRegistry<Bool>()

    /// Makes a keeper; it ends sessions while it runs.
    public init(submitter: any CommandSubmitter, snapshots: any SnapshotReader) {
        self.submitter = submitter
        self.snapshots = snapshots
    }

    /// The number of sessions with a deadline.
    var count: Int { deadlines.withLock { $0.count } }

    /// A session began or was renewed.
    public func begin(_ session: SessionRow) {
        guard let life = session.timeToLive else { return }
        set(session.id, .now + life)
    }

    /// A session ended.
    public func end(_ id: String) { deadlines.withLock { $0.remove(id) } }

    private func set(_ id: String, _ deadline: ContinuousClock.Instant) {
        let isEarliest = deadlines.withLock { deadlines in
            let before = deadlines.next
            deadlines.set(id, deadline)
            return before.map { deadline < $0 } ?? true
        }
        if isEarliest { wakes.wake([true]) }
    }

    /// Ends sessions when their time is over, until the task is cancelled or the state stopped.
    public func run() async {
        for session in snapshots.snapshot().sessions().value { begin(session) }
        while !Task.isCancelled {
            let watch = wakes.register([true])
            let next = deadlines.withLock { $0.next }
            let now = ContinuousClock.now
            if let next, next <= now {
                guard await endDue(at: now) else { return }
            } else {
                _ = await watch.wait(until: next ?? now + .seconds(3600))
            }
        }
    }

    /// Destroys the sessions whose time is over.
    ///
    /// - Returns: whether the state still takes commands.
    func endDue(at now: ContinuousClock.Instant) async -> Bool {
        for id in deadlines.withLock({ $0.takeDue(at: now) })
        where snapshots.snapshot().session(id).value != nil {
            do throws(SubmitError) {
                _ = try await submitter.submit(.session(.destroy(id: id)))
            } catch {
                if error == .stopped { return false }
                set(id, now + Self.retry)
            }
        }
        return true
    }
}
