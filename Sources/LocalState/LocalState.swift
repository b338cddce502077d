// SPDX-License-Identifier: Apache-2.0
public import Definitions
public import StateStore

/// What this agent registered itself: its services and checks with their states.
///
/// The catalog follows this value, never the other way round (Consul: "local wins"); the one
/// exception are the tags of services with `EnableTagOverride`. Every change returns the
/// ``LocalEffects`` that it asks for; ``difference(from:)`` finds what the catalog has lost or
/// gained since.
///
/// Invariants: the key of `services` and `checks` is the row's ID; a check with a service ID
/// belongs to a service of `services`; every row's node is `node.name`.
public struct LocalState: Sendable {
    /// The own node as it is to stand in the catalog.
    public var node: NodeRow {
        didSet { if node.name != oldValue.name { renameRows() } }
    }
    /// Limits and habits.
    public var settings: LocalStateSettings
    /// The services by ID.
    public private(set) var services: [String: LocalService] = [:]
    /// The checks by ID.
    public private(set) var checks: [String: LocalCheck] = [:]
    /// What services and checks were before the changes since ``takeChanges()``.
    private var former = LocalChanges()
    /// The ports that sidecars had before this agent started, by their IDs.
    var formerPorts: [String: Int] = [:]

    /// Makes the empty state of a node.
    public init(node: NodeRow, settings: LocalStateSettings = LocalStateSettings()) {
        self.node = node
        self.settings = settings
    }

    /// The check with an ID.
    ///
    /// - Throws: ``LocalStateError/unknownCheck(_:)``
    public func check(_ id: String) throws(LocalStateError) -> LocalCheck {
        guard let check = checks[id] else { throw .unknownCheck(id) }
        return check
    }

    /// The service with an ID.
    ///
    /// - Throws: ``LocalStateError/unknownService(_:)``
    public func service(_ id: String) throws(LocalStateError) -> LocalService {
        guard let service = services[id] else { throw .unknownService(id) }
        return service
    }

    /// The IDs of the checks of a service, sorted.
    public func checkIDs(ofService id: String) -> [String] {
        checks.values.filter { $0.row.serviceID == id }.map(\.row.id).sorted()
    }

    /// Puts a service in place of the one with this ID, or takes that out.
    mutating func put(service: LocalService?, _ id: String) {
        if former.services.index(forKey: id) == nil {
            former.services.updateValue(services[id], forKey: id)
        }
        services[id] = service
    }

    /// Puts a check in place of the one with this ID, or takes that out.
    mutating func put(check: LocalCheck?, _ id: String) {
        if former.checks.index(forKey: id) == nil {
            former.checks.updateValue(checks[id], forKey: id)
        }
        checks[id] = check
    }

    /// Changes the service with an ID, if there is one.
    mutating func update(service id: String, _ body: (inout LocalService) -> Void) {
        guard var service = services[id] else { return }
        body(&service)
        put(service: service, id)
    }

    /// Changes the check with an ID, if there is one.
    mutating func update(check id: String, _ body: (inout LocalCheck) -> Void) {
        guard var check = checks[id] else { return }
        body(&check)
        put(check: check, id)
    }

    /// What the services and checks that were changed since the last call were before.
    public mutating func takeChanges() -> LocalChanges {
        defer { former = LocalChanges() }
        return former
    }

    /// Makes services and checks what `changes` has of them.
    ///
    /// - Returns: What they were, which makes this undone.
    @discardableResult
    public mutating func exchange(_ changes: LocalChanges) -> LocalChanges {
        var found = LocalChanges()
        for (id, service) in changes.services {
            found.services.updateValue(services[id], forKey: id)
            services[id] = service
        }
        for (id, check) in changes.checks {
            found.checks.updateValue(checks[id], forKey: id)
            checks[id] = check
        }
        return found
    }

    private mutating func renameRows() {
        for id in services.keys { services[id]?.row.node = node.name }
        for id in checks.keys { checks[id]?.row.node = node.name }
    }
}

/// Limits and habits of the local state, from the configuration.
public struct LocalStateSettings: Hashable, Sendable {
    /// `check_output_max_size`: octets of output kept.
    public var maximumOutput: Int
    /// Whether output that changes without the status is told the catalog only later
    /// (`check_update_interval` above 0).
    public var defersOutput: Bool
    /// `discard_check_output`: output is never told the catalog.
    public var discardsOutput: Bool
    /// `ports.sidecar_min_port` to `.sidecar_max_port`: where sidecars without a port go.
    public var sidecarPorts: Range<Int>

    /// Makes settings; the defaults are Consul's.
    public init(
        maximumOutput: Int = 4096,
        defersOutput: Bool = true,
        discardsOutput: Bool = false,
        sidecarPorts: Range<Int> = 21000..<21256
    ) {
        self.maximumOutput = maximumOutput
        self.defersOutput = defersOutput
        self.discardsOutput = discardsOutput
        self.sidecarPorts = sidecarPorts
    }
}

/// Where a definition came from; a reload replaces those from files only.
public enum DefinitionSource: Hashable, Sendable {
    case file, http
}

/// A service of this agent.
public struct LocalService: Hashable, Sendable {
    /// The row as the catalog is to hold it.
    public var row: ServiceRow
    /// What was asked for, with defaults filled in.
    public var definition: ServiceDefinition
    /// Where it came from.
    public var source: DefinitionSource
    /// The service that this one is the sidecar of; it goes when that one goes.
    public internal(set) var sidecarOf: String?
    /// The token with which it is synchronized.
    public var token: String { definition.token }
}

/// A check of this agent.
public struct LocalCheck: Hashable, Sendable {
    /// The row as the catalog is to hold it.
    public var row: CheckRow
    /// What was asked for; empty for maintenance checks.
    public var definition: CheckDefinition
    /// Where it came from.
    public var source: DefinitionSource
    /// Whether the catalog still has an older output, on purpose (`check_update_interval`).
    public var isOutputDeferred: Bool = false
    /// The token with which it is synchronized.
    public var token: String { definition.token }
    /// Whether this is the check of a maintenance mode.
    public var isMaintenance: Bool { row.type == Maintenance.type }
}

/// What a change of the local state asks of the agent around it.
///
/// Stops come before starts.
public struct LocalEffects: Hashable, Sendable {
    /// Checks whose runner must end.
    public var stopped: [String] = []
    /// Checks whose runner must begin.
    public var started: [CheckStart] = []
    /// TTL checks that were heard from: their time begins anew.
    public var renewed: [String] = []
    /// Checks whose output alone changed; call `LocalState.flushOutput(of:)` after
    /// `check_update_interval`.
    public var deferredOutputs: [String] = []
    /// Services whose definition came, changed or went: wake whoever watches them.
    public var changedServices: [String] = []
    /// What the catalog must be told now.
    public var commands: [Command] = []

    /// Makes effects that ask for nothing.
    public init() {}

    /// Adds the effects of a later change.
    public mutating func append(_ other: LocalEffects) {
        stopped += other.stopped
        started += other.started
        renewed += other.renewed
        deferredOutputs += other.deferredOutputs
        changedServices += other.changedServices
        commands += other.commands
    }
}

/// A check that is to run from now on.
public struct CheckStart: Hashable, Sendable {
    /// The check's ID.
    public var id: String
    /// The service that it belongs to; empty for a node check.
    public var serviceID: String
    /// What to run.
    public var definition: CheckDefinition
    /// The state from which it starts.
    public var status: CheckStatus
    /// What a client said of it last, before the agent was started; empty for none.
    public var output: String

    /// Makes a start.
    public init(
        id: String,
        serviceID: String,
        definition: CheckDefinition,
        status: CheckStatus,
        output: String = ""
    ) {
        self.id = id
        self.serviceID = serviceID
        self.definition = definition
        self.status = status
        self.output = output
    }
}
