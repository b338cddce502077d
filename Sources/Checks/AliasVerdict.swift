// SPDX-License-Identifier: Apache-2.0
import Definitions

/// What an agent has registered, as far as alias checks look at it.
public struct LocalHealth: Hashable, Sendable {
    /// A check of this agent.
    public struct Check: Hashable, Sendable {
        /// The check ID.
        public var id: String
        /// The display name.
        public var name: String
        /// The service of the check; empty for a node check.
        public var serviceID: String
        /// The state.
        public var state: CheckResult

        /// Makes a check.
        public init(id: String, name: String, serviceID: String, state: CheckResult) {
            self.id = id
            self.name = name
            self.serviceID = serviceID
            self.state = state
        }
    }

    /// The IDs of the services.
    public var serviceIDs: Set<String>
    /// The checks, in the order in which failing ones are named.
    public var checks: [Check]

    /// Makes a picture.
    public init(serviceIDs: Set<String> = [], checks: [Check] = []) {
        self.serviceIDs = serviceIDs
        self.checks = checks
    }
}

extension LocalHealth {
    /// The state of an alias check: the worst of the checks of the service and of the node's own
    /// (Consul API, "Alias"), the alias itself left out.
    ///
    /// Consul: an alias without a service reads itself and never passes; ours does not
    /// (`docs/divergences.md`; pinned by "an alias at the node does not see itself").
    public func verdict(
        ofAlias checkID: String,
        of serviceID: String,
        node: String
    ) -> CheckResult {
        guard serviceID.isEmpty || serviceIDs.contains(serviceID) else {
            return CheckResult(
                .critical,
                output: "Service \(serviceID) could not be found on node \(node)"
            )
        }
        let seen = checks.filter {
            $0.id != checkID && ($0.serviceID.isEmpty || $0.serviceID == serviceID)
        }
        let worst =
            seen.first { $0.state.status == .critical }
            // Consul: among warnings the last one seen is named.
            ?? seen.last { $0.state.status == .warning }
        if let worst {
            let text = "Aliased check \"\(worst.name)\" failing: \(worst.state.output)"
            return CheckResult(worst.state.status, output: text)
        }
        return CheckResult(
            .passing,
            output: seen.isEmpty ? "No checks found." : "All checks passing."
        )
    }
}

/// What the catalog says of another node, as far as an alias looks at it.
public struct RemoteHealth: Hashable, Sendable {
    /// Whether the node is in the catalog.
    public var isNodeKnown: Bool
    /// Its services and checks.
    public var health: LocalHealth

    /// Makes a picture.
    public init(isNodeKnown: Bool, health: LocalHealth) {
        self.isNodeKnown = isNodeKnown
        self.health = health
    }

    /// The state of an alias of a service of this node, or of the node itself where the ID is
    /// empty.
    public func verdict(of serviceID: String, node: String) -> CheckResult {
        if !isNodeKnown, serviceID.isEmpty {
            // Consul: the text of a service without a name.
            return CheckResult(.critical, output: "Node \(node) could not be found")
        }
        // The alias is a check of another node: whatever has its ID here is not itself.
        return health.verdict(ofAlias: "", of: serviceID, node: node)
    }
}
