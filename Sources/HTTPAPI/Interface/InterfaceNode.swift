// SPDX-License-Identifier: Apache-2.0
import Filtering
import StateStore

/// A node with all that is on it, as Consul's web interface reads it (`/v1/internal/ui/nodes`).
struct InterfaceNode {
    let node: NodeRow
    let services: [ServiceRow]
    let checks: [CheckRow]

    init(_ node: NodeRow, in store: StateStore) {
        self.node = node
        services = store.services(onNode: node.name).value?.services ?? []
        checks = store.checks(onNode: node.name).value
    }

    /// Writes the node.
    ///
    /// - Parameters:
    ///   - version: what its metadata is to say if it says no version.
    ///   - writer: what it is written to.
    func write(version: String?, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("ID", node.id)
            writer.member("Node", node.name)
            writer.member("Address", node.address)
            writer.member("TaggedAddresses", node.taggedAddresses)
            var meta = node.meta
            // Consul: structs.MetaConsulVersion.
            if let version, meta?["consul-version"] == nil {
                meta = (meta ?? [:]).merging(["consul-version": version]) { own, _ in own }
            }
            writer.member("Meta", meta)
            writer.key("Services")
            writer.array(services) { NodeServiceObject.write($1, to: &$0) }
            writer.key("Checks")
            CheckObject.write(checks, to: &writer)
        }
    }

    /// The members that filters may name (Consul: structs.NodeInfo).
    static let fields: FilterFields = {
        var fields = NodeFilter.fields
        fields["Datacenter"] = nil
        fields["Services"] = .objects(ServiceFilter.fields)
        fields["Checks"] = .objects(CheckFilter.fields)
        return fields
    }()

    /// Gives the members for filters by their names.
    func members(datacenter: String) -> FilterLookup {
        var ofServices: [FilterLookup]?
        return { name in
            switch name {
            case "Services":
                let lookups = ofServices ?? services.map { ServiceFilter.members(of: $0) }
                ofServices = lookups
                return .objects(lookups)
            case "Checks":
                return .objects(checks.map { check in { CheckFilter.member($0, of: check) } })
            default: return NodeFilter.member(name, of: node, datacenter: datacenter)
            }
        }
    }

    /// What may look at everything in the catalog, with the index and topics of all of it.
    static func indexed<Value: Sendable>(_ store: StateStore, _ value: Value) -> Indexed<Value> {
        let tables = store.tableIndexes
        return Indexed(
            value,
            index: [tables.nodes, tables.services, tables.checks, tables.configEntries].max()
                ?? .zero,
            topics: [.nodes, .services, .checks, .configEntries]
        )
    }

    /// All instances, by service.
    static func instances(of store: StateStore) -> [InstanceView] {
        var last: String?
        return store.serviceNames().value.flatMap { service -> [InstanceView] in
            // A name that is spelled in two ways is listed twice.
            let folded = StateStore.folded(service.name)
            if folded == last { return [] }
            last = folded
            return store.instances(ofService: service.name).value
        }
    }
}

/// All services as Consul's web interface lists them.
struct InterfaceServices {
    let listed: [ServiceSummary]
    /// The services that a gateway that has an instance is linked to.
    private var behindGateways: Set<String> = []

    init(instances: [InstanceView], links: [GatewayLink], datacenter: String) {
        var summaries = ServiceSummaries(of: instances, in: datacenter)
        for link in links where summaries.summaries[link.gateway] != nil {
            summaries[link.gateway].linkedServices += 1
            behindGateways.insert(link.service)
        }
        listed = summaries.sorted
    }

    func write(to writer: inout JSONWriter) {
        writer.array(listed) { writer, summary in
            writer.object { writer in
                summary.writeMembers(to: &writer)
                writer.member("ConnectedWithProxy", summary.hasProxy)
                let isBehind = summary.instanceCount > 0 && behindGateways.contains(summary.name)
                writer.member("ConnectedWithGateway", isBehind)
            }
        }
    }
}
