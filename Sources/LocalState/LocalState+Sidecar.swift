// SPDX-License-Identifier: Apache-2.0
public import Definitions
import StateStore

extension LocalState {
    /// Registers a service and the sidecar that it asks for (Consul: `Connect.SidecarService`).
    ///
    /// The sidecar goes with its service; a later registration of the service without one leaves
    /// it (HTTP API 7.8).
    ///
    /// - Throws: ``LocalStateError/noSidecarPort(_:)``; nothing has changed then.
    public mutating func registerWithSidecar(
        _ definition: ServiceDefinition,
        source: DefinitionSource,
        replacingChecks: Bool = false
    ) throws(LocalStateError) -> LocalEffects {
        let sidecar = try completeSidecar(of: definition)
        var effects = register(definition, source: source, replacingChecks: replacingChecks)
        if let sidecar {
            effects.append(register(sidecar, source: source, replacingChecks: replacingChecks))
            update(service: sidecar.id) { $0.sidecarOf = definition.normalized().id }
        }
        return effects
    }

    /// The sidecar that a definition asks for, with its port and its checks.
    func completeSidecar(
        of definition: ServiceDefinition
    ) throws(LocalStateError) -> ServiceDefinition? {
        guard var sidecar = definition.sidecarRegistration else { return nil }
        if sidecar.port == 0 { sidecar.port = try sidecarPort(for: sidecar.id) }
        if sidecar.checks.isEmpty {
            sidecar.checks = sidecar.sidecarChecks(of: definition.normalized().id)
        }
        return sidecar
    }

    /// The port that the sidecar had, or the first one that no service of this agent has.
    private func sidecarPort(for id: String) throws(LocalStateError) -> Int {
        if let former = services[id]?.row.port ?? formerPorts[id],
            settings.sidecarPorts.contains(former)
        {
            return former
        }
        let taken = Set(services.values.map(\.row.port)).union(formerPorts.values)
        guard let free = settings.sidecarPorts.first(where: { !taken.contains($0) }) else {
            throw .noSidecarPort(settings.sidecarPorts)
        }
        return free
    }
}
