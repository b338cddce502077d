// SPDX-License-Identifier: Apache-2.0
import Definitions
import LocalState
import StateStore

/// The own node of these tests.
let ownNode = NodeRow(
    name: "n1",
    id: "0f1e0000-0000-4000-8000-000000000001",
    address: "10.0.0.5",
    taggedAddresses: ["lan": "10.0.0.5"],
    meta: ["rack": "7"]
)

/// A TTL check definition.
func ttlCheck(id: String = "", name: String = "") -> CheckDefinition {
    var check = CheckDefinition()
    check.id = id
    check.name = name
    check.ttl = .seconds(30)
    return check
}

/// A TCP check definition.
func tcpCheck(_ target: String) -> CheckDefinition {
    var check = CheckDefinition()
    check.tcp = target
    check.interval = .seconds(10)
    return check
}

/// A catalog that commands are applied to one by one.
struct Catalog {
    var store = StateStore()

    mutating func apply(_ commands: [Command]) throws {
        for command in commands {
            _ = try store.apply(command, at: store.lastIndex.next)
        }
    }

    /// The own node as the leader registers it.
    mutating func registerAsLeader() throws {
        let consul = ServiceRow(node: "n1", id: "consul", name: "consul", port: 8300)
        let serf = CheckRow(
            node: "n1",
            id: "serfHealth",
            name: "Serf Health Status",
            status: .passing
        )
        try apply([.register(Registration(node: ownNode, service: consul, checks: [serf]))])
    }

    var serviceIDs: [String] {
        store.services(onNode: "n1").value?.services.map(\.id) ?? []
    }

    var checkIDs: [String] { store.checks(onNode: "n1").value.map(\.id) }
}

extension KeptRegistrations {
    /// What is kept of a state.
    init(of state: LocalState) {
        self.init()
        for (_, service) in state.services.sorted(by: { $0.key < $1.key }) {
            if let kept = service.kept { services.append(kept) }
        }
        for (_, check) in state.checks.sorted(by: { $0.key < $1.key }) {
            switch check.kept {
            case .definition(let definition)?: checks.append(definition)
            case .maintenance(let mode)?: maintenance.append(mode)
            case nil: break
            }
        }
    }

    /// What is kept of services that were registered over HTTP.
    init(of services: [ServiceDefinition]) {
        var state = LocalState(node: ownNode)
        for service in services { _ = try? state.registerWithSidecar(service, source: .http) }
        self.init(of: state)
    }
}
