// SPDX-License-Identifier: Apache-2.0
public import Definitions
import StateStore

extension LocalState {
    /// Takes the services and checks of the configuration files anew (Consul: reload): those
    /// that are gone from the files go, the others keep their former status.
    ///
    /// What was registered over HTTP stays.
    ///
    /// - Throws: ``LocalStateError/missingService(_:)`` when a check names an unknown service,
    ///   ``LocalStateError/noSidecarPort(_:)``; nothing has changed then.
    public mutating func replaceFileDefinitions(
        services newServices: [ServiceDefinition],
        checks newChecks: [CheckDefinition]
    ) throws(LocalStateError) -> LocalEffects {
        var copy = self
        let effects = try copy.replaceFiles(services: newServices, checks: newChecks)
        self = copy
        return effects
    }

    /// As ``replaceFileDefinitions(services:checks:)``, but a set that is refused has been taken up
    /// in part.
    mutating func replaceFiles(
        services newServices: [ServiceDefinition],
        checks newChecks: [CheckDefinition]
    ) throws(LocalStateError) -> LocalEffects {
        var effects = LocalEffects()
        let keptServices = Set(
            newServices.flatMap {
                [$0.normalized().id, $0.sidecarRegistration?.id].compactMap(\.self)
            }
        )
        let gone = services.values.filter {
            $0.source == .file && !keptServices.contains($0.row.id)
        }
        // A sidecar may have gone with its service already.
        for id in gone.map(\.row.id).sorted() where services[id] != nil {
            effects.append(try deregisterService(id))
        }
        var keptChecks = Set(newChecks.map { $0.id.isEmpty ? $0.name : $0.id })
        for service in newServices {
            effects.append(try registerWithSidecar(service, source: .file))
            keptChecks.formUnion(ownCheckIDs(of: service.normalized()))
            if let id = service.sidecarRegistration?.id, let sidecar = services[id] {
                keptChecks.formUnion(ownCheckIDs(of: sidecar.definition))
            }
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
