// SPDX-License-Identifier: Apache-2.0
public import Definitions
public import Events
public import Publication
public import StateStore
public import Telemetry

/// What the HTTP API asks of the agent around it, besides reading and writing the catalog.
///
/// Declared here, implemented in `Agent` (ARCHITECTURE.md, "Ports").
public protocol AgentControl: Sendable {
    /// This agent as `/v1/agent/self` and `/v1/status` describe it.
    var identity: AgentIdentity { get }

    /// The services of this agent with their checks, as ``LocalState`` holds them.
    func localSnapshot() -> LocalSnapshot

    /// Who waits for a change of this agent's services (`?hash=`); the agent wakes
    /// `LocalEffects.changedServices` after each change. `nil`: such waits last their time.
    var localWatches: WatchRegistry<LocalTopic>? { get }

    /// Registers a service with its checks on this agent and publishes it to the catalog. Checks
    /// of the service that the definition does not name are kept, unless told otherwise.
    ///
    /// - Throws: ``AgentFailure``
    func registerService(
        _ definition: ServiceDefinition,
        replacingChecks: Bool
    ) async throws(AgentFailure)

    /// Removes a service and its checks from this agent and the catalog.
    func deregisterService(id: String) async throws(AgentFailure)

    /// Registers a check on this agent.
    func registerCheck(_ definition: CheckDefinition) async throws(AgentFailure)

    /// Removes a check from this agent.
    func deregisterCheck(id: String) async throws(AgentFailure)

    /// Reports the state of a TTL check (`pass`, `warn`, `fail`, `update`).
    func updateTTLCheck(
        id: String,
        status: CheckStatus,
        output: String
    ) async throws(AgentFailure)

    /// Puts a service into maintenance or takes it out; `reason` empty means Consul's default text.
    func setServiceMaintenance(
        id: String,
        enabled: Bool,
        reason: String
    ) async throws(AgentFailure)

    /// Puts the node into maintenance or takes it out.
    func setNodeMaintenance(enabled: Bool, reason: String) async throws(AgentFailure)

    /// Re-reads the configuration files.
    ///
    /// - Throws: ``AgentFailure`` with what is wrong, with file and line; nothing has changed then.
    func reload() async throws(AgentFailure)

    /// The state was replaced by that of a snapshot: this agent tells its own node, services and
    /// checks again.
    func stateWasRestored() async

    /// What DNS would answer to a question, and why.
    ///
    /// - Throws: ``AgentFailure`` for what is no name or no type.
    func explainDNS(name: String, type: String) throws(AgentFailure) -> DNSExplanation

    /// What was measured.
    var metrics: any MetricsReader { get }

    /// Whether this agent is ready to answer.
    func readiness() -> Readiness

    /// Who asks DNS what, of the last so many minutes, or since the start or the last ``resetTopQueries()``
    /// without a number; `limit` lines of each list.
    ///
    /// - Returns: `nil` when nothing is counted (`dns_config.top`).
    func topQueries(minutes: Int?, limit: Int) -> TopReport?

    /// Forgets what ``topQueries(minutes:limit:)`` would tell.
    func resetTopQueries()

    /// What the machine is and has.
    func hostReport() -> HostReport

    /// Lets somebody read the log along, from a level on (`/v1/agent/monitor`).
    ///
    /// - Returns: `nil` for the name of a level that is none.
    func monitor(level: String, isJSON: Bool) -> (any LogMonitor)?
    /// The user events that this agent took up.
    var events: EventBoard { get }

    /// Sends a user event, which has no ``Events/UserEvent/problem``, to all agents of the
    /// datacenter; this one has it when the call returns.
    ///
    /// - Throws: ``AgentFailure`` when it cannot be sent.
    func fire(_ event: UserEvent) async throws(AgentFailure)

    /// Leaves and stops the agent, soon after this returns.
    func leave() async
}

/// Somebody who reads the log along, to be closed at the end.
public protocol LogMonitor: Sendable {
    /// The next lines, each with its end.
    ///
    /// - Returns: `nil` when there will be no more.
    func next() async -> String?

    /// Reads no more.
    func close()
}

/// Measures nothing.
private struct NoMetrics: MetricsReader {
    func report() -> MetricReport { MetricReport(start: 0) }
    func nextReport() async -> MetricReport? { nil }
    func prometheusText() -> String? { nil }
}

extension AgentControl {
    /// Nothing is measured.
    public var metrics: any MetricsReader { NoMetrics() }

    /// Always ready.
    public func readiness() -> Readiness { Readiness() }

    /// Nothing is counted.
    public func topQueries(minutes: Int?, limit: Int) -> TopReport? { nil }

    /// Nothing is counted.
    public func resetTopQueries() {}

    /// Nothing is known.
    public func hostReport() -> HostReport { HostReport() }

    /// No DNS.
    public func explainDNS(
        name: String,
        type: String
    ) throws(AgentFailure) -> DNSExplanation {
        throw AgentFailure(status: 501, message: "this agent has no DNS")
    }

    /// Nothing to tell.
    public func stateWasRestored() async {}

    /// No wake-ups.
    public var localWatches: WatchRegistry<LocalTopic>? { nil }
}

/// What a blocked reader of this agent's own state can wait for.
public enum LocalTopic: Hashable, Sendable {
    /// The definition of the service with this ID.
    case service(String)
}

/// Who this agent is.
///
/// Fixed at start.
public struct AgentIdentity: Sendable {
    /// The datacenter.
    public var datacenter: String
    /// The node's name.
    public var nodeName: String
    /// The node's UUID.
    public var nodeID: String
    /// The address that others use to reach this agent.
    public var advertiseAddress: String
    /// The port of the server RPC; part of `/v1/status/leader`.
    public var serverPort: Int
    /// The LAN gossip port, shown by `members`.
    public var serfLANPort: Int
    /// Whether this agent is a server.
    public var isServer: Bool
    /// Whether it was started with `-dev`: JSON replies are then indented.
    public var isDevelopment: Bool
    /// The version that is reported as Consul's, for clients that look (`1.21.4`).
    public var compatibleVersion: String
    /// Waypost's own version.
    public var version: String
    /// When the agent started, in seconds since 1970.
    public var startTime = 0
    /// The domain of the catalog's names, in DNS.
    public var domain = "consul"
    /// Node metadata.
    public var meta: [String: String]
    /// What `/v1/agent/self` shows as `DebugConfig`: every effective setting by its key, secrets hidden.
    public var debugConfiguration: [String: String]
    /// `default_query_time`.
    public var defaultQueryTime: Duration
    /// `max_query_time`.
    public var maximumQueryTime: Duration
    /// Whether script checks may be registered over HTTP.
    public var scriptChecksEnabled: Bool

    /// Makes an identity.
    public init(
        datacenter: String,
        nodeName: String,
        nodeID: String,
        advertiseAddress: String,
        serverPort: Int = 8300,
        serfLANPort: Int = 8301,
        isServer: Bool = true,
        isDevelopment: Bool = false,
        compatibleVersion: String,
        version: String,
        meta: [String: String] = [:],
        debugConfiguration: [String: String] = [:],
        defaultQueryTime: Duration = .seconds(300),
        maximumQueryTime: Duration = .seconds(600),
        scriptChecksEnabled: Bool = false
    ) {
        self.datacenter = datacenter
        self.nodeName = nodeName
        self.nodeID = nodeID
        self.advertiseAddress = advertiseAddress
        self.serverPort = serverPort
        self.serfLANPort = serfLANPort
        self.isServer = isServer
        self.isDevelopment = isDevelopment
        self.compatibleVersion = compatibleVersion
        self.version = version
        self.meta = meta
        self.debugConfiguration = debugConfiguration
        self.defaultQueryTime = defaultQueryTime
        self.maximumQueryTime = maximumQueryTime
        self.scriptChecksEnabled = scriptChecksEnabled
    }
}

/// A copy of what this agent registered, for the `/v1/agent` reads.
public struct LocalSnapshot: Sendable {
    /// Services by ID; `node` is the own node.
    public var services: [String: ServiceRow]
    /// Checks by ID.
    public var checks: [String: CheckRow]

    /// Makes a snapshot.
    public init(services: [String: ServiceRow], checks: [String: CheckRow]) {
        self.services = services
        self.checks = checks
    }
}

/// Why the agent refused a request, with the HTTP status and text that Consul uses.
public struct AgentFailure: Error, Hashable, Sendable {
    /// The HTTP status.
    public var status: Int
    /// The body: what is wrong and how to mend it.
    public var message: String

    /// Makes a failure.
    public init(status: Int, message: String) {
        self.status = status
        self.message = message
    }
}
