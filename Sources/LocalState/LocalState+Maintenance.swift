// SPDX-License-Identifier: Apache-2.0
import Definitions
import StateStore

/// The names and texts of maintenance mode (Consul API, "Maintenance mode").
enum Maintenance {
    static let nodeCheckID = "_node_maintenance"
    static let nodeCheckName = "Node Maintenance Mode"
    static let serviceCheckName = "Service Maintenance Mode"
    static let type = "maintenance"

    static func serviceCheckID(_ id: String) -> String { "_service_maintenance:\(id)" }

    static func defaultReason(_ what: String) -> String {
        "Maintenance mode is enabled for this \(what), but no reason was provided. "
            + "This is a default message."
    }
}

extension LocalState {
    /// The ID of the check of the node's maintenance mode.
    public static let nodeMaintenanceID = Maintenance.nodeCheckID

    /// The ID of the check of a service's maintenance mode.
    public static func maintenanceID(ofService id: String) -> String {
        Maintenance.serviceCheckID(id)
    }

    /// Puts a service into maintenance or takes it out.
    ///
    /// On twice keeps the first reason; off when it was not on changes nothing.
    ///
    /// - Throws: ``LocalStateError/unknownService(_:)``
    public mutating func setServiceMaintenance(
        _ id: String,
        enabled: Bool,
        reason: String
    ) throws(LocalStateError) -> LocalEffects {
        let service = try service(id)
        return setMaintenance(
            CheckRow(
                node: node.name,
                id: Maintenance.serviceCheckID(id),
                name: Maintenance.serviceCheckName,
                status: .critical,
                notes: reason.isEmpty ? Maintenance.defaultReason("service") : reason,
                serviceID: id,
                serviceName: service.row.name,
                serviceTags: service.row.tags,
                type: Maintenance.type
            ),
            enabled: enabled
        )
    }

    /// Puts the node into maintenance or takes it out, as for a service.
    public mutating func setNodeMaintenance(enabled: Bool, reason: String) -> LocalEffects {
        setMaintenance(
            CheckRow(
                node: node.name,
                id: Maintenance.nodeCheckID,
                name: Maintenance.nodeCheckName,
                status: .critical,
                notes: reason.isEmpty ? Maintenance.defaultReason("node") : reason,
                type: Maintenance.type
            ),
            enabled: enabled
        )
    }

    private mutating func setMaintenance(_ row: CheckRow, enabled: Bool) -> LocalEffects {
        var effects = LocalEffects()
        if enabled {
            guard checks[row.id] == nil else { return effects }
            put(check: LocalCheck(row: row, definition: .init(), source: .http), row.id)
            effects.commands.append(registration(service: nil, checks: [row]))
        } else {
            remove(check: row.id, tellingCatalog: true, effects: &effects)
        }
        return effects
    }
}
