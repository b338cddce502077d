// SPDX-License-Identifier: Apache-2.0
public import Checks
public import CoreMetrics
public import Definitions
public import Logging
public import NIOCore
public import ServiceLifecycle
import Locking

/// Runs the checks of an agent and tells what they find.
///
/// Each check is a ``CheckMachine``; this is the shell around them: timers on an event loop, runs
/// in a task group, reports one after another. Checks may be added, removed and updated at any
/// time and from anywhere; what is added before ``run()`` begins to run with it.
public final class CheckSupervisor: Service {
    /// Hears of a check's new status or output.
    public typealias Report =
        @Sendable (_ checkID: String, _ status: CheckStatus, _ output: String) async -> Void
    /// Deregisters a service that was critical for too long.
    public typealias Deregister = @Sendable (_ serviceID: String) async -> Void

    let configuration: CheckConfiguration
    let eventLoopGroup: any EventLoopGroup
    /// Where timers go off, and most runs happen.
    let eventLoop: any EventLoop
    let environment: ProbeEnvironment
    let catalog: any CatalogHealth
    let meters: CheckMeters
    let logger: Logger
    let report: Report
    let deregister: Deregister
    let state: Lock<SupervisorState>
    let orders: AsyncStream<RunOrder>
    let wakeUps: AsyncStream<Void>

    /// Makes a supervisor without checks.
    ///
    /// - Parameters:
    ///   - configuration: What holds for every check.
    ///   - tls: How checks speak TLS.
    ///   - catalog: What aliases of other nodes follow.
    ///   - metrics: Where runs are counted and timed.
    ///   - eventLoopGroup: Where connections live.
    ///   - logger: Where adjustments and changes are told.
    ///   - report: Hears of new states.
    ///   - deregister: Removes services that were critical for too long.
    public init(
        configuration: CheckConfiguration,
        tls: CheckTLS = CheckTLS(),
        catalog: any CatalogHealth,
        metrics: any MetricsFactory = NOOPMetricsHandler.instance,
        eventLoopGroup: any EventLoopGroup,
        logger: Logger,
        report: @escaping Report,
        deregister: @escaping Deregister
    ) {
        self.configuration = configuration
        self.eventLoopGroup = eventLoopGroup
        eventLoop = eventLoopGroup.next()
        environment = ProbeEnvironment(
            eventLoop: eventLoop,
            clients: HTTPClients(eventLoopGroup: eventLoopGroup),
            tls: tls,
            dockerHost: configuration.dockerHost
        )
        self.catalog = catalog
        meters = CheckMeters(metrics)
        self.logger = logger
        self.report = report
        self.deregister = deregister
        // A check has at most one order at a time, so the number of checks bounds the buffer.
        let (orders, newOrder) = AsyncStream<RunOrder>.makeStream()
        let (wakeUps, wakeUp) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        self.orders = orders
        self.wakeUps = wakeUps
        state = Lock(SupervisorState(newOrder: newOrder, wakeUp: wakeUp))
    }

    /// Tells whether a check could be added, without adding it.
    ///
    /// - Throws: ``CheckRefusal`` as ``add(_:id:initial:initialOutput:scriptsAllowed:origin:)`` would.
    public func verify(
        _ definition: CheckDefinition,
        scriptsAllowed: Bool
    ) throws(CheckRefusal) {
        _ = try prepare(definition, scriptsAllowed: scriptsAllowed)
    }

    private func prepare(
        _ definition: CheckDefinition,
        scriptsAllowed: Bool,
        origin: CheckOrigin = .file
    ) throws(CheckRefusal) -> (plan: CheckPlan, runner: CheckRunner?) {
        let plan = try CheckPlan(definition, outputMaxSize: configuration.outputMaxSize)
        let runner = try CheckRunner(
            definition,
            plan: plan,
            scriptsAllowed: scriptsAllowed,
            origin: origin
        )
        return (plan, runner)
    }

    /// Adds a check, or replaces the one with this ID.
    ///
    /// - Parameters:
    ///   - definition: What is to be checked; its `serviceID` says whose check it is.
    ///   - id: The ID under which the check reports.
    ///   - initial: The status in which it stands; not reported.
    ///   - initialOutput: The output that it has; not reported.
    ///   - scriptsAllowed: Whether a script may run, which depends on where it comes from.
    ///   - origin: Where it comes from, which decides where an HTTP check may reach.
    /// - Throws: ``CheckRefusal``; nothing has changed then.
    public func add(
        _ definition: CheckDefinition,
        id: String,
        initial: CheckStatus,
        initialOutput: String = "",
        scriptsAllowed: Bool,
        origin: CheckOrigin = .file
    ) throws(CheckRefusal) {
        let (plan, runner) = try prepare(
            definition,
            scriptsAllowed: scriptsAllowed,
            origin: origin
        )
        for adjustment in plan.adjustments {
            logger.warning(
                "check was adjusted",
                metadata: ["check": "\(id)", "why": "\(adjustment)"]
            )
        }
        let machine = CheckMachine(
            plan: plan,
            initial: CheckResult(initial, output: initialOutput),
            reporting: configuration.reporting
        )
        let mayLook = state.withLock { state in
            state.removeEntry(id: id)
            guard !state.isStopped else { return false }
            state.generation += 1
            let remote = plan.kind == .alias ? remoteAlias(definition) : nil
            state.entries[id] = SupervisorState.Entry(
                generation: state.generation,
                machine: machine,
                runner: runner
            )
            let followsLocal = plan.kind == .alias && remote == nil
            if followsLocal { state.aliases[id] = definition.aliasService }
            advance(id, in: &state) { machine, now, generator in
                machine.start(at: now, using: &generator)
            }
            if let remote { beginFollowing(remote, id, in: &state) }
            guard followsLocal else { return false }
            state.hasNewAlias = true
            return takesLook(in: &state)
        }
        if mayLook { look() }
    }

    /// What an alias follows outside this agent; `nil` for one of this node.
    private func remoteAlias(_ definition: CheckDefinition) -> RemoteAlias? {
        let node = definition.aliasNode
        guard !node.isEmpty, node.lowercased() != configuration.nodeName.lowercased() else {
            return nil
        }
        return RemoteAlias(node: node, serviceID: definition.aliasService)
    }

    /// Removes a check; a run that is under way is called off, and nothing more is reported.
    public func remove(id: String) {
        state.withLock { $0.removeEntry(id: id) }
    }

    /// Takes what a client says of a TTL check.
    ///
    /// - Throws: ``CheckRefusal`` for an unknown check, another kind or an unknown status.
    public func updateTTL(
        id: String,
        status: CheckStatus,
        output: String
    ) throws(CheckRefusal) {
        guard [.passing, .warning, .critical].contains(status) else {
            throw .invalidStatus(status.rawValue)
        }
        let refusal: CheckRefusal? = state.withLock { state in
            guard let entry = state.entries[id] else { return .unknownCheck(id: id) }
            guard entry.machine.plan.kind == .ttl else { return .notTTL(id: id) }
            advance(id, in: &state) { machine, now, generator in
                machine.update(CheckResult(status, output: output), at: now, using: &generator)
            }
            return nil
        }
        if let refusal { throw refusal }
    }

    /// Tells that what the agent has registered may have changed, for alias checks to follow.
    ///
    /// To be called after every change of the agent's services and checks, reports included: those
    /// of aliases change nothing for others, so that nothing here can go round in circles. Aliases look
    /// at once, or soon where there is much to look at (``AliasPace``).
    ///
    /// - Parameter health: What the agent has registered when it is asked; kept until the next call.
    public func localHealthChanged(_ health: @escaping @Sendable () -> LocalHealth) {
        let mayLook = state.withLock { state in
            state.picture = health
            return takesLook(in: &state)
        }
        if mayLook { look() }
    }

    /// The states of all checks by ID, nothing held back: what the agent itself shows.
    public var states: [String: CheckResult] {
        state.withLock { $0.entries.mapValues(\.machine.state) }
    }
}
