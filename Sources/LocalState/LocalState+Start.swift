// SPDX-License-Identifier: Apache-2.0
public import Definitions
public import StateStore

/// What an agent kept of itself over a restart.
public struct KeptRegistrations: Hashable, Sendable {
    /// A maintenance mode that was on.
    public struct Maintenance: Hashable, Sendable {
        /// The service; empty for the node.
        public var serviceID: String
        /// Why.
        public var reason: String

        /// Makes a maintenance mode.
        public init(serviceID: String, reason: String) {
            self.serviceID = serviceID
            self.reason = reason
        }

        /// The ID of its check.
        public var checkID: String {
            serviceID.isEmpty
                ? LocalState.nodeMaintenanceID : LocalState.maintenanceID(ofService: serviceID)
        }
    }

    /// The services that were registered over HTTP.
    public var services: [ServiceDefinition] = []
    /// The checks that were registered over HTTP, those of services among them.
    public var checks: [CheckDefinition] = []
    /// The maintenance modes that were on.
    public var maintenance: [Maintenance] = []
    /// What TTL checks were told last, by their ID.
    public var ttlStates: [String: TTLState] = [:]

    /// Makes nothing kept.
    public init() {}
}

/// What came of the things that were kept.
public struct Restoration: Hashable, Sendable {
    /// The checks that are to run from now on.
    public var started: [CheckStart] = []
    /// What was not taken up, and why; a line each.
    public var problems: [String] = []
    /// IDs of services that are to be kept no longer: the files of the configuration have them.
    public var obsoleteServices: Set<String> = []
    /// IDs of checks, those of maintenance modes among them, that are to be kept no longer.
    public var obsoleteChecks: Set<String> = []
    /// IDs of checks whose last state is to be kept no longer.
    public var obsoleteStates: Set<String> = []

    /// Makes one that asks for nothing.
    public init() {}
}

extension LocalState {
    /// Fills the empty state of an agent that starts: what was registered over HTTP, then the files
    /// of the configuration, which win, then checks and maintenance modes that may be of either.
    ///
    /// TTL checks go on where they were, unless their time was over meanwhile (Consul:
    /// `checks/state`). The others begin with the status that the catalog has of them, so that a
    /// restart takes nothing out of the answers.
    ///
    /// - Parameters:
    ///   - kept: What was kept.
    ///   - fileServices: The services of the configuration.
    ///   - fileChecks: The checks of the configuration.
    ///   - catalog: The catalog.
    ///   - now: Milliseconds since 1970.
    /// - Returns: What is to run, and what became of the things that were kept.
    /// - Throws: ``LocalStateError/missingService(_:)`` when a check of the configuration names an
    ///   unknown service, ``LocalStateError/noSidecarPort(_:)``.
    public mutating func start(
        with kept: KeptRegistrations,
        services fileServices: [ServiceDefinition],
        checks fileChecks: [CheckDefinition],
        catalog: StateStore,
        at now: Int
    ) throws(LocalStateError) -> Restoration {
        var result = Restoration()
        var refused: Set<String> = []
        // Their ports were chosen, and are kept nowhere else.
        for row in catalog.services(onNode: node.name).value?.services ?? []
        where row.kind == "connect-proxy" && settings.sidecarPorts.contains(row.port) {
            formerPorts[row.id] = row.port
        }
        defer { formerPorts = [:] }
        for service in kept.services {
            do throws(LocalStateError) {
                _ = try registerWithSidecar(service, source: .http)
            } catch {
                refused.insert(service.normalized().id)
                result.problems.append(
                    "service \"\(service.id)\" is not taken up: \(error.message)"
                )
            }
        }
        _ = try replaceFiles(services: fileServices, checks: fileChecks)
        for service in kept.services where services[service.normalized().id]?.source == .file {
            result.obsoleteServices.insert(service.normalized().id)
        }
        for check in kept.checks {
            if checks[check.id]?.source == .file {
                result.obsoleteChecks.insert(check.id)
                continue
            }
            do throws(LocalStateError) {
                _ = try register(check, source: .http)
            } catch {
                result.problems.append("check \"\(check.id)\" is not taken up: \(error.message)")
                // The files of a service that could not be taken up stay together.
                if !refused.contains(check.serviceID) { result.obsoleteChecks.insert(check.id) }
            }
        }
        for mode in kept.maintenance {
            do throws(LocalStateError) {
                _ =
                    try mode.serviceID.isEmpty
                    ? setNodeMaintenance(enabled: true, reason: mode.reason)
                    : setServiceMaintenance(mode.serviceID, enabled: true, reason: mode.reason)
            } catch {
                result.problems.append(
                    "maintenance of \"\(mode.serviceID)\" is not taken up: \(error.message)"
                )
                if !refused.contains(mode.serviceID) { result.obsoleteChecks.insert(mode.checkID) }
            }
        }
        takeUpStates(kept.ttlStates, catalog: catalog, at: now, &result)
        return result
    }

    /// Gives checks the status that they had, and names those that are to run.
    private mutating func takeUpStates(
        _ kept: [String: TTLState],
        catalog: StateStore,
        at now: Int,
        _ result: inout Restoration
    ) {
        for row in catalog.checks(onNode: node.name).value {
            guard let check = checks[row.id], check.source == .http, !check.isMaintenance,
                check.definition.kind != .ttl
            else { continue }
            checks[row.id]?.row.status = row.status
            checks[row.id]?.row.output = settings.discardsOutput ? "" : row.output
        }
        result.obsoleteStates = Set(kept.keys)
        for (id, check) in checks.sorted(by: { $0.key < $1.key }) where !check.isMaintenance {
            var start = CheckStart(
                id: id,
                serviceID: check.row.serviceID,
                definition: check.definition,
                status: check.row.status
            )
            if check.definition.kind == .ttl {
                let state = kept[id].flatMap { $0.holds(at: now) ? $0 : nil }
                if state != nil { result.obsoleteStates.remove(id) }
                start.status = state?.status ?? Self.beginning(of: check)
                // It was cut when it was told.
                if let state, !settings.discardsOutput { start.output = state.output }
                checks[id]?.row.status = start.status
                checks[id]?.row.output = start.output
            }
            result.started.append(start)
        }
    }
}
