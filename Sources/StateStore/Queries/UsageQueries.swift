// SPDX-License-Identifier: Apache-2.0

/// How much of everything there is (`/v1/operator/usage`, the gauges `state.*`).
public struct StateUsage: Hashable, Sendable {
    /// Nodes.
    public var nodes = 0
    /// Names of services.
    public var services = 0
    /// Instances of services.
    public var instances = 0
    /// Of these, instances of the service mesh by kind; every kind is there.
    public var meshInstances: [String: Int] = [:]
    /// Of the instances, those that Consul would bill: neither its own nor of the mesh.
    public var billableInstances = 0
    /// Keys.
    public var keys = 0
    /// Config entries by kind; every kind is there.
    public var configEntries: [String: Int] = [:]
    /// Sessions with a time to live.
    public var expiringSessions = 0

    /// The kinds of ``meshInstances`` besides `connect-native` (Consul: the kinds of a service).
    public static let meshKinds = [
        "connect-proxy", "mesh-gateway", "terminating-gateway", "ingress-gateway", "api-gateway",
    ]
}

extension StateStore {
    /// Counts everything; the cost goes with the number of instances.
    public func usage() -> StateUsage {
        var usage = StateUsage()
        usage.nodes = nodeTable.count
        usage.services = serviceTable.count
        usage.keys = kvTable.entries.count
        for kind in StateUsage.meshKinds + ["connect-native"] { usage.meshInstances[kind] = 0 }
        for kind in ConfigEntryKind.known { usage.configEntries[kind.rawValue] = 0 }
        nodeTable.forEach { _, node in
            node.value.instances.forEach { _, instance in
                usage.count(instance.row)
                return true
            }
            return true
        }
        configEntryTable.entries.forEach { _, entry in
            usage.configEntries[entry.row.kind.rawValue, default: 0] += 1
            return true
        }
        sessionTable.sessions.forEach { _, session in
            if !session.row.ttl.isEmpty { usage.expiringSessions += 1 }
            return true
        }
        return usage
    }
}

extension StateUsage {
    fileprivate mutating func count(_ row: ServiceRow) {
        instances += 1
        if !row.kind.isEmpty { meshInstances[row.kind, default: 0] += 1 }
        if row.connectNative { meshInstances["connect-native", default: 0] += 1 }
        if row.kind.isEmpty, row.name != "consul" { billableInstances += 1 }
    }
}
