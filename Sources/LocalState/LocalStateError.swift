// SPDX-License-Identifier: Apache-2.0

/// Why the local state refused a change.
///
/// Status and text are those of Consul 1.21.
public enum LocalStateError: Error, Hashable, Sendable {
    /// No service has this ID.
    case unknownService(String)
    /// No check has this ID.
    case unknownCheck(String)
    /// A check names a service that is not registered.
    case missingService(String)
    /// A check without TTL was told its state.
    case noTTL(String)
    /// A state that is none of passing, warning, critical.
    case invalidStatus(String)
    /// Every port for sidecars is taken, or there are none.
    case noSidecarPort(Range<Int>)

    /// The HTTP status.
    public var status: Int {
        switch self {
        case .unknownService, .unknownCheck, .missingService: 404
        case .noTTL: 500
        case .invalidStatus, .noSidecarPort: 400
        }
    }

    /// The text.
    public var message: String {
        switch self {
        case .unknownService(let id):
            "Unknown service ID \(quoted(id)). "
                + "Ensure that the service ID is passed, not the service name."
        case .unknownCheck(let id):
            "Unknown check ID \(quoted(id)). "
                + "Ensure that the check ID is passed, not the check name."
        case .missingService(let id): "ServiceID \(quoted(id)) does not exist"
        case .noTTL(let id): "CheckID \(quoted(id)) does not have associated TTL"
        case .invalidStatus(let text): "Invalid check status: '\(text)'"
        case .noSidecarPort(let ports):
            ports.isEmpty
                ? "Invalid SidecarService: no port provided for sidecar_service and auto-assignment "
                    + "disabled in config; give it a port, or set ports.sidecar_min_port and "
                    + "ports.sidecar_max_port"
                : "Invalid SidecarService: none left in port range "
                    + "[\(ports.lowerBound), \(ports.upperBound - 1)]; give it a port, or widen "
                    + "ports.sidecar_min_port to ports.sidecar_max_port"
        }
    }

    private func quoted(_ text: String) -> String { "\"\(text)\"" }
}
