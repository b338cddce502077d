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

    /// The services that were registered over HTTP, sidecars among them.
    public var services: [KeptService] = []
    /// The checks that were registered over HTTP, those of services among them.
    public var checks: [CheckDefinition] = []
    /// The maintenance modes that were on.
    public var maintenance: [Maintenance] = []
    /// What TTL checks were told last, by their ID.
    public var ttlStates: [String: TTLState] = [:]
    /// Whether more services were kept than could be read: what lacks its service may be one's of them.
    public var lacksServices = false
    /// Whether more checks were kept than could be read.
    public var lacksChecks = false

    /// Makes nothing kept.
    public init() {}
}

/// What came of the things that were kept.
public struct Restoration: Hashable, Sendable {
    /// The checks that are to run from now on.
    public var started: [CheckStart] = []
    /// What was not taken up, and why; a line each.
    public var problems: [String] = []
    /// What is to be kept otherwise: nothing of what files of the configuration have or what lacks its
    /// service, unless that may be one of those that could not be read; and what an older version kept,
    /// as this one keeps it.
    public var changes = KeptChanges()
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
        // Their ports were chosen, and those of files are kept nowhere else.
        for row in catalog.services(onNode: node.name).value?.services ?? []
        where row.kind == "connect-proxy" && settings.sidecarPorts.contains(row.port) {
            formerPorts[row.id] = row.port
        }
        defer { formerPorts = [:] }
        for service in kept.services { takeUp(service.alone) }
        var refused = takeUpOldSidecars(of: kept, &result)
        _ = try replaceFiles(services: fileServices, checks: fileChecks)
        let orphans = dropOrphans(&result)
        if kept.lacksServices { refused.formUnion(orphans) }
        takeUpChecks(of: kept, refused, &result)
        takeUpStates(of: kept, catalog: catalog, at: now, &result)
        settleServices(of: kept, refused, &result)
        _ = takeChanges()
        return result
    }

    private mutating func takeUp(_ service: KeptService) {
        let id = service.definition.normalized().id
        _ = register(service.definition, source: .http)
        guard !service.sidecarOf.isEmpty else { return }
        update(service: id) { $0.sidecarOf = service.sidecarOf }
    }

    /// Takes up the sidecars that older versions kept in the files of their services alone.
    ///
    /// Such a file does not say whether the sidecar was deregistered later; its checks, which had files
    /// of their own and went with it, do, unless they may be among those that could not be read.
    ///
    /// - Returns: The IDs of those for which there is no port, or of which that is not known.
    private mutating func takeUpOldSidecars(
        of kept: KeptRegistrations,
        _ result: inout Restoration
    ) -> Set<String> {
        var refused: Set<String> = []
        let checked = Set(kept.checks.map(\.serviceID))
        for service in kept.services {
            guard let id = service.definition.sidecarRegistration?.id, services[id] == nil else {
                continue
            }
            guard checked.contains(id) else {
                if kept.lacksChecks { refused.insert(id) }
                continue
            }
            do throws(LocalStateError) {
                guard let sidecar = try completeSidecar(of: service.definition) else { continue }
                let parent = service.definition.normalized().id
                takeUp(KeptService(sidecar, sidecarOf: parent).alone)
            } catch {
                refused.insert(id)
                result.problems.append("service \"\(id)\" is not taken up: \(error.message)")
            }
        }
        return refused
    }

    /// Takes out sidecars without their service, as when the agent ended between the removal of both, or
    /// the configuration has that one no longer.
    ///
    /// - Returns: Their IDs.
    private mutating func dropOrphans(_ result: inout Restoration) -> Set<String> {
        var orphans: Set<String> = []
        for (id, service) in services.sorted(by: { $0.key < $1.key }) {
            guard let parent = service.sidecarOf, services[parent] == nil else { continue }
            put(service: nil, id)
            orphans.insert(id)
            result.problems.append(
                "service \"\(id)\" is not taken up: "
                    + LocalStateError.missingService(parent).message
            )
        }
        return orphans
    }

    /// Takes up checks and maintenance modes.
    ///
    /// Those of services that could not be taken up (`refused`) or read stay kept with them.
    private mutating func takeUpChecks(
        of kept: KeptRegistrations,
        _ refused: Set<String>,
        _ result: inout Restoration
    ) {
        func stays(_ service: String) -> Bool {
            refused.contains(service) || kept.lacksServices && services[service] == nil
        }
        for check in kept.checks {
            let change = KeptChanges.Change<KeptCheck>(check.id, from: .definition(check), to: nil)
            if checks[check.id]?.source == .file {
                result.changes.checks.append(change)
                continue
            }
            do throws(LocalStateError) {
                _ = try register(check, source: .http)
            } catch {
                result.problems.append("check \"\(check.id)\" is not taken up: \(error.message)")
                if !stays(check.serviceID) { result.changes.checks.append(change) }
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
                if !stays(mode.serviceID) {
                    result.changes.checks.append(
                        .init(mode.checkID, from: .maintenance(mode), to: nil)
                    )
                }
            }
        }
    }

    /// Names what is to be kept of services otherwise than it is.
    private func settleServices(
        of kept: KeptRegistrations,
        _ refused: Set<String>,
        _ result: inout Restoration
    ) {
        var files: [String: KeptService] = [:]
        for service in kept.services { files[service.definition.normalized().id] = service }
        for id in Set(files.keys).union(services.keys).sorted() {
            let (file, wanted) = (files[id], services[id]?.kept)
            let sidecar = file?.definition.sidecarRegistration?.id
            // The only place where a sidecar stands that may find a port, or its service, the next time.
            if refused.contains(id) || refused.contains(sidecar ?? id) { continue }
            guard file?.alone != wanted || sidecar != nil else { continue }
            result.changes.services.append(.init(id, from: file, to: wanted))
        }
    }

    /// Gives checks the status that they had, and names those that are to run.
    private mutating func takeUpStates(
        of kept: KeptRegistrations,
        catalog: StateStore,
        at now: Int,
        _ result: inout Restoration
    ) {
        for row in catalog.checks(onNode: node.name).value {
            guard let check = checks[row.id], check.source == .http, !check.isMaintenance,
                check.definition.kind != .ttl
            else { continue }
            let output = settings.discardsOutput ? "" : row.output
            update(check: row.id) {
                $0.row.status = row.status
                $0.row.output = output
            }
        }
        let states = kept.ttlStates
        result.obsoleteStates = Set(states.keys)
        if kept.lacksServices || kept.lacksChecks {
            // Those of checks that are not here belong to what could not be read.
            result.obsoleteStates.formIntersection(checks.keys)
        }
        for (id, check) in checks.sorted(by: { $0.key < $1.key }) where !check.isMaintenance {
            var start = CheckStart(
                id: id,
                serviceID: check.row.serviceID,
                definition: check.definition,
                status: check.row.status
            )
            if check.definition.kind == .ttl {
                let state = states[id].flatMap { $0.holds(at: now) ? $0 : nil }
                if state != nil { result.obsoleteStates.remove(id) }
                start.status = state?.status ?? Self.beginning(of: check)
                // It was cut when it was told.
                if let state, !settings.discardsOutput { start.output = state.output }
                let (status, output) = (start.status, start.output)
                update(check: id) {
                    $0.row.status = status
                    $0.row.output = output
                }
            }
            result.started.append(start)
        }
    }
}
