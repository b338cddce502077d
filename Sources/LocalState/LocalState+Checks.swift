// SPDX-License-Identifier: Apache-2.0
public import Definitions
import StateStore

extension LocalState {
    /// Registers a valid check, of a service or of the node.
    ///
    /// A check that existed before keeps its status and output.
    ///
    /// - Throws: ``LocalStateError/missingService(_:)``
    public mutating func register(
        _ definition: CheckDefinition,
        source: DefinitionSource
    ) throws(LocalStateError) -> LocalEffects {
        var definition = definition
        if definition.id.isEmpty { definition.id = definition.name }
        var owner: ServiceDefinition?
        if !definition.serviceID.isEmpty {
            guard let service = services[definition.serviceID] else {
                throw .missingService(definition.serviceID)
            }
            owner = service.definition
            owner?.tags = service.row.tags
            if definition.token.isEmpty { definition.token = service.token }
        }
        var effects = LocalEffects()
        let local = LocalCheck(
            row: checkRow(of: definition, service: owner),
            definition: definition,
            source: source
        )
        let row = add(local, to: &effects)
        effects.commands.append(registration(service: nil, checks: [row]))
        return effects
    }

    /// Removes a check.
    ///
    /// - Throws: ``LocalStateError/unknownCheck(_:)``
    public mutating func deregisterCheck(_ id: String) throws(LocalStateError) -> LocalEffects {
        _ = try check(id)
        var effects = LocalEffects()
        remove(check: id, tellingCatalog: true, effects: &effects)
        return effects
    }

    /// A client tells the state of a TTL check (`/v1/agent/check/pass|warn|fail|update`).
    public mutating func updateTTL(
        _ id: String,
        status: CheckStatus,
        output: String
    ) throws(LocalStateError) -> LocalEffects {
        let check = try check(id)
        guard check.definition.kind == .ttl else { throw .noTTL(id) }
        guard [.passing, .warning, .critical].contains(status) else {
            throw .invalidStatus(status.rawValue)
        }
        var effects = report(id, status: status, output: limited(output, for: check))
        effects.renewed.append(id)
        return effects
    }

    /// A runner tells the state of its check.
    ///
    /// A check that is gone by now is left alone, since the last result may come after the
    /// deregistration.
    public mutating func report(
        _ id: String,
        status: CheckStatus,
        output: String
    ) -> LocalEffects {
        var effects = LocalEffects()
        guard var check = checks[id] else { return effects }
        let output = settings.discardsOutput ? "" : output
        guard check.row.status != status || check.row.output != output else { return effects }
        let isOnlyOutput = check.row.status == status
        check.row.status = status
        check.row.output = output
        if isOnlyOutput, settings.defersOutput {
            if !check.isOutputDeferred { effects.deferredOutputs.append(id) }
            check.isOutputDeferred = true
        } else {
            check.isOutputDeferred = false
            effects.commands.append(registration(service: nil, checks: [check.row]))
        }
        put(check: check, id)
        return effects
    }

    /// Tells the catalog an output that was held back; nothing if it was told since.
    public mutating func flushOutput(of id: String) -> LocalEffects {
        var effects = LocalEffects()
        guard let check = checks[id], check.isOutputDeferred else { return effects }
        update(check: id) { $0.isOutputDeferred = false }
        effects.commands.append(registration(service: nil, checks: [check.row]))
        return effects
    }

    /// Puts a check in place, keeping what an older one of this ID knew, and returns its row.
    mutating func add(_ new: LocalCheck, to effects: inout LocalEffects) -> CheckRow {
        var new = new
        let id = new.row.id
        if let old = checks[id], !old.isMaintenance {
            new.row.status = old.row.status
            new.row.output = old.row.output
            // The same work for the same service goes on undisturbed.
            if old.definition == new.definition {
                put(check: new, id)
                if new.definition.kind == .ttl { effects.renewed.append(id) }
                return catalogRow(new.row)
            }
            effects.stopped.append(id)
        }
        put(check: new, id)
        effects.started.append(
            CheckStart(
                id: id,
                serviceID: new.row.serviceID,
                definition: new.definition,
                status: new.row.status
            )
        )
        return catalogRow(new.row)
    }

    mutating func remove(
        check id: String,
        tellingCatalog: Bool,
        effects: inout LocalEffects
    ) {
        guard let old = checks[id] else { return }
        put(check: nil, id)
        if !old.isMaintenance { effects.stopped.append(id) }
        if tellingCatalog {
            effects.commands.append(.deregister(Deregistration(node: node.name, checkID: id)))
        }
    }

    /// The row of a check that has not run yet.
    func checkRow(of definition: CheckDefinition, service: ServiceDefinition?) -> CheckRow {
        CheckRow(
            node: node.name,
            id: definition.id,
            name: definition.name,
            status: definition.status ?? .critical,
            notes: definition.notes,
            serviceID: service?.id ?? "",
            serviceName: service?.name ?? "",
            serviceTags: service?.tags ?? [],
            type: definition.reportedType,
            interval: GoDuration.print(definition.interval ?? .zero),
            timeout: GoDuration.print(definition.timeout ?? .zero)
        )
    }

    /// The row as it is told the catalog.
    func catalogRow(_ row: CheckRow) -> CheckRow {
        guard settings.discardsOutput else { return row }
        var row = row
        row.output = ""
        return row
    }

    /// Cuts a client's output (Consul API 4.2, `check/update`).
    private func limited(_ output: String, for check: LocalCheck) -> String {
        let own = check.definition.outputMaxSize ?? settings.maximumOutput
        let limit = max(0, min(own, settings.maximumOutput))
        return ClientOutput.cut(output, limit: limit)
    }
}
