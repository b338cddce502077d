// SPDX-License-Identifier: Apache-2.0
import Checks
import Definitions
import NIOCore

/// Which check runs.
struct RunningCheck: Sendable {
    /// The ID of the check.
    let id: String
    /// Which of the checks that had the ID.
    let generation: UInt64
    /// The kind of the check.
    let kind: CheckKind
}

/// One run that is to begin in a task.
struct RunOrder: Sendable {
    /// What is to be done.
    enum Work: Sendable {
        /// A polled check is to run once.
        case run(CheckRunner)
        /// An alias is to follow another node as long as it is there.
        case follow(RemoteAlias)
    }

    /// The check.
    var check: RunningCheck
    /// What to do.
    var work: Work
    /// Called off when the check is removed.
    var latch: CancellationLatch
}

/// What an alias of another node follows.
struct RemoteAlias: Hashable, Sendable {
    /// The node.
    var node: String
    /// The service; empty for the node itself.
    var serviceID: String
}

/// What a supervisor has to tell others.
enum Notice: Sendable {
    /// A check has a new state.
    case report(checkID: String, CheckResult)
    /// A service was critical for too long.
    case deregister(serviceID: String)
}

/// What ``CheckSupervisor`` guards with its lock.
struct SupervisorState: Sendable {
    /// A check.
    struct Entry: Sendable {
        /// Which of the checks that had the ID this is.
        let generation: UInt64
        /// The state machine.
        var machine: CheckMachine
        /// What a run does; `nil` for kinds that do not run.
        let runner: CheckRunner?
        /// Ends the run that is under way.
        var callOff: (@Sendable () -> Void)?
    }

    /// The event loop's timer for the next of ``timers``.
    struct Alarm: Sendable {
        /// When it goes off.
        let deadline: NIODeadline
        /// How it is called off.
        let scheduled: Scheduled<Void>
    }

    /// Where orders of runs go.
    let newOrder: AsyncStream<RunOrder>.Continuation
    /// Rouses the task that delivers notices.
    let wakeUp: AsyncStream<Void>.Continuation
    /// The checks by ID.
    var entries: [String: Entry] = [:]
    /// What each alias of this agent's own checks follows, by its ID: a service, or "" for the node.
    var aliases: [String: String] = [:]
    /// The timers of all checks.
    var timers = TimerQueue()
    /// What goes off for the next of them; `nil` where none is set.
    var alarm: Alarm?
    /// The number of checks ever added.
    var generation: UInt64 = 0
    /// The source of jitter.
    var generator = SystemRandomNumberGenerator()
    /// What tells what the agent has registered; `nil` until it said that it has something.
    var picture: (@Sendable () -> LocalHealth)?
    /// What the agent had registered when aliases looked last.
    var local = LocalHealth()
    /// Whether an alias has come that has not looked yet.
    var hasNewAlias = false
    /// How often aliases may look.
    var pace = AliasPace()
    /// The look that is to come; `nil` where none is due.
    var nextLook: Scheduled<Void>?
    /// How often the agent was asked what it has registered, and which answer aliases know.
    var lastQuestion = 0
    var lastAnswer = 0
    /// How many checks all looks together were at.
    var checksLookedAt = 0
    /// Whether runs may begin.
    var isRunning = false
    /// Whether the supervisor has ended.
    var isStopped = false
    /// Notices to be delivered, in their order; of a check only the latest, since a slow catalog
    /// must not make them pile up.
    private var order: [String] = []
    private var notices: [String: Notice] = [:]

    /// Makes a state without checks.
    init(
        newOrder: AsyncStream<RunOrder>.Continuation,
        wakeUp: AsyncStream<Void>.Continuation
    ) {
        self.newOrder = newOrder
        self.wakeUp = wakeUp
    }

    /// Puts a notice into the queue, in place of an older one of the same check or service.
    mutating func post(_ notice: Notice) {
        let key = Self.key(notice)
        if notices.updateValue(notice, forKey: key) == nil { order.append(key) }
        wakeUp.yield()
    }

    /// Takes all notices out of the queue.
    mutating func takeNotices() -> [Notice] {
        defer {
            order.removeAll()
            notices.removeAll()
        }
        return order.compactMap { notices[$0] }
    }

    /// Takes out a check with its timers, its run and its unsent report.
    mutating func removeEntry(id: String) {
        guard let entry = entries.removeValue(forKey: id) else { return }
        aliases[id] = nil
        timers.clear(generation: entry.generation)
        entry.callOff?()
        let key = Self.key(.report(checkID: id, entry.machine.state))
        if notices.removeValue(forKey: key) != nil { order.removeAll { $0 == key } }
    }

    /// Ends everything.
    mutating func stop() {
        isStopped = true
        for id in Array(entries.keys) { removeEntry(id: id) }
        alarm?.scheduled.cancel()
        nextLook?.cancel()
        picture = nil
        newOrder.finish()
        wakeUp.finish()
    }

    private static func key(_ notice: Notice) -> String {
        switch notice {
        case .report(let checkID, _): "check:" + checkID
        case .deregister(let serviceID): "service:" + serviceID
        }
    }
}
