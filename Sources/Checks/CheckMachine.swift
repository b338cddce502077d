// SPDX-License-Identifier: Apache-2.0
import Definitions

/// A timer of a check; each check has at most one of each.
public enum CheckTimer: Hashable, Sendable, CaseIterable {
    /// The next run of a polled check is due.
    case run
    /// A TTL check was not updated in time.
    case expiry
    /// A change of the output alone, held back, is due.
    case flush
    /// The service was critical for so long that it is to be deregistered.
    case reap
}

/// What a check wants from the world around it.
public enum CheckEffect: Hashable, Sendable {
    /// Run the check once, then call ``CheckMachine/finish(_:at:using:)``.
    case run
    /// Tell the catalog.
    case report(CheckResult)
    /// Call ``CheckMachine/fire(_:at:using:)`` at this time; replaces a timer that is set.
    case schedule(CheckTimer, at: Duration)
    /// Forget a timer.
    case cancel(CheckTimer)
    /// Deregister the service of the check with all its checks.
    case deregister(serviceID: String)
}

/// One check: events in, effects out.
///
/// Times are durations since an origin that the caller chose.
///
/// Invariants: at most one run at a time; a timer that is set is in `deadlines`; what was
/// reported last differs from the state only while the flush timer is set.
public struct CheckMachine: Sendable {
    /// How the reporting of every check is set up.
    public struct Reporting: Hashable, Sendable {
        /// For how long, on average, a change of the output alone is held back; 0 for not at all
        /// (Consul: `check_update_interval`).
        public var updateInterval: Duration
        /// Whether outputs are dropped (Consul: `discard_check_output`).
        public var discardsOutput: Bool

        /// Makes settings; the defaults are Consul's.
        public init(updateInterval: Duration = .seconds(300), discardsOutput: Bool = false) {
            self.updateInterval = updateInterval
            self.discardsOutput = discardsOutput
        }

        /// For how long one change of the output is held back: half of the interval and a random part
        /// of a whole one (Consul: `State.UpdateCheck`), so that many checks are not told together.
        public func delay(using generator: inout some RandomNumberGenerator) -> Duration {
            updateInterval / 2 + CheckMachine.random(below: updateInterval, using: &generator)
        }
    }

    /// How soon a deregistration that did not help is tried again (Consul: the reaper looks every
    /// 30 s).
    public static let reapRetry = Duration.seconds(30)

    /// What a TTL check says that was not updated in time (Consul).
    private static let expired = "TTL expired"

    /// What runs, and when.
    public let plan: CheckPlan
    /// The state as the agent itself knows it; nothing is held back here.
    public private(set) var state: CheckResult

    private let reporting: Reporting
    private var reported: CheckResult
    /// Whether nothing was found yet: the first finding is never held back.
    private var isNew = true
    private var isRunning = false
    private var counters: ThresholdCounters
    /// The last output that a client gave for a TTL check.
    private var clientOutput: String
    private var deadlines: [CheckTimer: Duration] = [:]

    /// Makes a check that stands in a status without having run.
    public init(plan: CheckPlan, initial: CheckResult, reporting: Reporting = Reporting()) {
        self.plan = plan
        self.reporting = reporting
        state = initial
        reported = initial
        clientOutput = initial.output
        counters = ThresholdCounters(plan.thresholds)
    }

    /// Begins: sets the timers of the first run, of expiry and of deregistration.
    public mutating func start(
        at now: Duration,
        using generator: inout some RandomNumberGenerator
    ) -> [CheckEffect] {
        var effects: [CheckEffect] = []
        if let interval = plan.interval {
            // Consul: the first run comes after a random part of the interval, so that checks
            // registered together do not run together.
            let delay = Self.random(below: interval, using: &generator)
            effects.append(set(.run, at: now + delay))
        }
        if let ttl = plan.ttl { effects.append(set(.expiry, at: now + ttl)) }
        return effects + followCriticality(from: nil, at: now)
    }

    /// A run has ended.
    public mutating func finish(
        _ result: CheckResult,
        at now: Duration,
        using generator: inout some RandomNumberGenerator
    ) -> [CheckEffect] {
        guard isRunning, let interval = plan.interval else { return [] }
        isRunning = false
        // Consul: the interval counts from the end of a run; runs never overlap.
        let next = set(.run, at: now + interval)
        guard let status = counters.count(result.status) else { return [next] }
        return [next]
            + take(CheckResult(status, output: result.output), at: now, using: &generator)
    }

    /// A client has updated a TTL check; its output is as long as it is to be.
    ///
    /// Whoever took it from the client has cut it (``ClientOutput/cut(_:limit:)``) and said so at its end.
    public mutating func update(
        _ result: CheckResult,
        at now: Duration,
        using generator: inout some RandomNumberGenerator
    ) -> [CheckEffect] {
        guard let ttl = plan.ttl else { return [] }
        clientOutput = result.output
        return [set(.expiry, at: now + ttl)]
            + take(CheckResult(result.status, output: clientOutput), at: now, using: &generator)
    }

    /// The aliased checks have changed, or were looked at again.
    public mutating func follow(
        _ result: CheckResult,
        at now: Duration,
        using generator: inout some RandomNumberGenerator
    ) -> [CheckEffect] {
        guard plan.kind == .alias else { return [] }
        // It says what another check says, with a word before it.
        let output = ClientOutput.cut(result.output, limit: plan.outputLimit)
        return take(CheckResult(result.status, output: output), at: now, using: &generator)
    }

    /// A timer has gone off.
    ///
    /// One that is not set, or not due, is stale and means nothing.
    public mutating func fire(
        _ timer: CheckTimer,
        at now: Duration,
        using generator: inout some RandomNumberGenerator
    ) -> [CheckEffect] {
        guard let deadline = deadlines[timer], deadline <= now else { return [] }
        deadlines[timer] = nil
        switch timer {
        case .run:
            isRunning = true
            return [.run]
        case .expiry:
            let text: String
            if clientOutput.isEmpty {
                text = Self.expired
            } else if clientOutput.hasPrefix(Self.expired) {
                // Registered again after it had expired: no client said that.
                text = clientOutput
            } else {
                text = Self.expired + " (last output before timeout follows): " + clientOutput
            }
            return take(CheckResult(.critical, output: text), at: now, using: &generator)
        case .flush:
            guard state != reported else { return [] }
            reported = state
            return [.report(state)]
        case .reap:
            return [
                .deregister(serviceID: plan.serviceID), set(.reap, at: now + Self.reapRetry),
            ]
        }
    }

    /// Takes a finding as the new state, and reports it now or later.
    private mutating func take(
        _ finding: CheckResult,
        at now: Duration,
        using generator: inout some RandomNumberGenerator
    ) -> [CheckEffect] {
        var finding = finding
        if reporting.discardsOutput { finding.output = "" }
        let old = state.status
        state = finding
        let isFirst = isNew
        isNew = false
        var effects: [CheckEffect] = []
        if state.status != reported.status || isFirst || reporting.updateInterval <= .zero {
            effects += clear(.flush)
            if state != reported {
                reported = state
                effects.append(.report(state))
            }
        } else if state.output != reported.output, deadlines[.flush] == nil {
            // What changes until then goes along.
            effects.append(set(.flush, at: now + reporting.delay(using: &generator)))
        }
        return effects + followCriticality(from: old, at: now)
    }

    /// Sets or clears the timer of deregistration when the status enters or leaves critical.
    private mutating func followCriticality(
        from old: CheckStatus?,
        at now: Duration
    ) -> [CheckEffect] {
        guard let delay = plan.reapDelay, old != state.status else { return [] }
        return state.status == .critical ? [set(.reap, at: now + delay)] : clear(.reap)
    }

    private mutating func set(_ timer: CheckTimer, at deadline: Duration) -> CheckEffect {
        deadlines[timer] = deadline
        return .schedule(timer, at: deadline)
    }

    private mutating func clear(_ timer: CheckTimer) -> [CheckEffect] {
        deadlines.removeValue(forKey: timer) == nil ? [] : [.cancel(timer)]
    }

    fileprivate static func random(
        below bound: Duration,
        using generator: inout some RandomNumberGenerator
    ) -> Duration {
        // One number from the generator whatever it is, by multiplication: no rejection loop.
        let nanoseconds = UInt64(max(0, GoDuration.nanoseconds(bound)))
        return .nanoseconds(Int64(generator.next().multipliedFullWidth(by: nanoseconds).high))
    }
}
