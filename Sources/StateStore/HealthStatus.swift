// SPDX-License-Identifier: Apache-2.0
public import Definitions

/// The health of a node or an instance, aggregated over its checks (DNS 2.5).
public enum HealthStatus: Hashable, Sendable {
    /// All checks pass, or there are none.
    case passing
    /// A check warns, and nothing is worse.
    case warning
    /// A check is critical.
    case critical
    /// The node or the instance is in maintenance.
    case maintenance
    /// A check has a status that Consul does not know.
    case unknown

    /// The text that Consul reports (`AggregatedStatus`); empty for ``unknown``.
    public var text: String {
        switch self {
        case .passing: "passing"
        case .warning: "warning"
        case .critical: "critical"
        case .maintenance: "maintenance"
        case .unknown: ""
        }
    }
}

/// What the checks of an instance say, taken together: the one place for the rules of DNS 2.5 and
/// 3.1 and of `?passing` (HTTP API 3.4).
public struct InstanceHealth: Hashable, Sendable {
    private var isInMaintenance = false
    private var hasUnknownStatus = false
    private var hasCritical = false
    private var hasWarning = false
    private var hasOther = false

    /// The health without checks: passing.
    public init() {}

    /// The health that these checks make.
    public init(_ checks: some Sequence<CheckRow>) {
        for check in checks { include(check) }
    }

    /// Takes a check into account.
    public mutating func include(_ check: CheckRow) {
        include(id: check.id, status: check.status)
    }

    /// Takes a check into account that is known by its ID and its status.
    public mutating func include(id: String, status: CheckStatus) {
        let isMaintenance = HealthStatus.isMaintenanceCheck(id: id)
        if isMaintenance { isInMaintenance = true }
        switch status {
        case .passing: break
        case .warning: hasWarning = true
        case .critical: hasCritical = true
        default:
            hasOther = true
            // Consul: a maintenance check is not asked for its status when aggregating.
            if !isMaintenance { hasUnknownStatus = true }
        }
    }

    /// The aggregate: maintenance, then critical, warning, passing.
    ///
    /// A text that Consul does not know makes it ``HealthStatus/unknown`` (Consul:
    /// `HealthChecks.AggregatedStatus`).
    public var status: HealthStatus {
        if hasUnknownStatus { return .unknown }
        if isInMaintenance { return .maintenance }
        if hasCritical { return .critical }
        if hasWarning { return .warning }
        return .passing
    }

    /// Whether every check is exactly `passing` (`?passing`, `only_passing`).
    public var isPassing: Bool { !(hasWarning || hasCritical || hasOther) }

    /// Whether DNS answers with this instance (DNS 3.1): no check is critical; with `onlyPassing`
    /// each check is exactly `passing`.
    public func isServed(onlyPassing: Bool) -> Bool {
        onlyPassing ? isPassing : !hasCritical
    }
}

extension HealthStatus {
    /// Whether this is the ID of a check that means maintenance (HTTP API 7.3).
    public static func isMaintenanceCheck(id: String) -> Bool {
        id.utf8.first == UInt8(ascii: "_")
            && (id == nodeMaintenanceID || id.hasPrefix(serviceMaintenancePrefix))
    }

    /// The ID of the check that means "this node is in maintenance".
    public static let nodeMaintenanceID = "_node_maintenance"

    /// What the IDs of checks begin with that mean "this instance is in maintenance"; the
    /// service ID follows.
    public static let serviceMaintenancePrefix = "_service_maintenance:"
}

extension ServiceWeights {
    /// The SRV weight in that health (DNS 2.5).
    public func weight(for status: HealthStatus) -> Int {
        switch status {
        case .passing: passing
        case .warning: warning
        case .critical, .maintenance: 0
        case .unknown: 1
        }
    }
}
