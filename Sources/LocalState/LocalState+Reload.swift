// SPDX-License-Identifier: Apache-2.0
public import Definitions
import StateStore

extension LocalState {
    /// Takes the services and checks of the configuration files anew (Consul: reload): those
    /// that are gone from the files go, the others keep their former status.
    ///
    /// What was registered over HTTP stays.
    ///
    /// - Throws: ``LocalStateError/missingService(_:)`` when a check names an unknown service;
    ///   nothing has changed then.
    public mutating func replaceFileDefinitions(
        services newServices: [ServiceDefinition],
        checks newChecks: [CheckDefinition]
    ) throws(LocalStateError) -> LocalEffects {
        var copy = self
        let effects = try copy.replaceFiles(services: newServices, checks: newChecks)
        self = copy
        return effects
    }

    private mutating func replaceFiles(
        services newServices: [ServiceDefinition],
        checks newChecks: [CheckDefinition]
    ) throws(LocalStateError) -> LocalEffects {
        var effects = LocalEffects()
        let keptServices = Set(newServices.map { $0.normalized().id })
        let gone = services.values.filter {
            $0.source == .file && !keptServices.contains($0.row.id)
        }
        for id in gone.map(\.row.id).sorted() {
            effects.append(try deregisterService(id))
        }
        var keptChecks = Set(newChecks.map { $0.id.isEmpty ? $0.name : $0.id })
        for service in newServices {
            effects.append(register(service, source: .file))
            keptChecks.formUnion(ownCheckIDs(of: service.normalized()))
        }
        let stale = checks.values.filter {
            $0.source == .file && !$0.isMaintenance && !keptChecks.contains($0.row.id)
        }
        for id in stale.map(\.row.id).sorted() {
            effects.append(try deregisterCheck(id))
        }
        for check in newChecks {
            effects.append(try register(check, source: .file))
        }
        return effects
    }

    /// The IDs that the checks of a definition have.
    private func ownCheckIDs(of service: ServiceDefinition) -> [String] {
        service.checks.enumerated().map { position, check in
            guard check.id.isEmpty else { return check.id }
            return service.checks.count > 1
                ? "service:\(service.id):\(position + 1)" : "service:\(service.id)"
        }
    }
}
