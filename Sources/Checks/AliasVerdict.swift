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
        // The alias is a check of another node: whatever has its ID here is not itself, and what the
        // aliases of that node follow is not known here.
        return health.verdicts(ofAliases: ["": serviceID], node: node)[""]
            ?? CheckResult(.passing, output: "")
    }
}
