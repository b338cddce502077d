// SPDX-License-Identifier: Apache-2.0
import Definitions
import StateStore

/// The leader duty of one server: its own node, `serfHealth` and the service `consul` enter the
/// catalog as a command like any other; gossip will later replace only the trigger.
enum OwnNode {
    /// The check that gossip keeps (Consul: spec http-api.md 7.5).
    static let serfHealthID = "serfHealth"
    /// The service that every server registers.
    static let serviceID = "consul"

    /// The registration of this server.
    static func registration(of node: NodeRow, serverPort: Int, version: String) -> Command {
        let service = ServiceRow(
            node: node.name,
            id: serviceID,
            name: serviceID,
            meta: [
                "non_voter": "false",
                "raft_version": "3",
                "read_replica": "false",
                "serf_protocol_current": "2",
                "serf_protocol_max": "5",
                "serf_protocol_min": "1",
                "version": version,
            ],
            port: serverPort
        )
        let check = CheckRow(
            node: node.name,
            id: serfHealthID,
            name: "Serf Health Status",
            status: .passing,
            output: "Agent alive and reachable"
        )
        return .register(Registration(node: node, service: service, checks: [check]))
    }

    /// Submits a command of this server, its registration above all.
    ///
    /// A node of its name with another ID that seems to live is its predecessor: of a state directory that went to a new
    /// machine, or a snapshot that was restored on one. Nobody else can have the name, since a server is told apart
    /// by it; so what says that the predecessor lives goes, and the name with it.
    ///
    /// - Throws: ``SubmitError`` when the catalog does not take it.
    static func submit(
        _ command: Command,
        to submitter: any CommandSubmitter
    ) async throws(SubmitError) {
        do throws(SubmitError) {
            _ = try await submitter.submit(command)
        } catch {
            guard case .refused(.nodeNameTaken(let name, _, _, _, _)) = error else { throw error }
            let predecessor = Deregistration(node: name, checkID: serfHealthID)
            _ = try await submitter.submit(.deregister(predecessor))
            _ = try await submitter.submit(command)
        }
    }

    /// The nodes that gossip is said to know and does not: of another cluster, whose snapshot was restored here.
    ///
    /// Without gossip it knows this server alone.
    /// Consul's leader takes out every node with `serfHealth` that is no member (`reconcileReaped`).
    static func strangers(in catalog: StateStore, own name: String) -> [String] {
        catalog.nodes().value.map(\.name).filter { isStranger($0, in: catalog, own: name) }
    }

    /// Whether a node is one of those.
    static func isStranger(_ name: String, in catalog: StateStore, own: String) -> Bool {
        StateStore.folded(name) != StateStore.folded(own)
            && catalog.check(onNode: name, id: serfHealthID) != nil
    }

    /// What the catalog must be told so that it has the service and the check of this server; `nil` when it does
    /// (Consul's leader looks after them in the same way: spec http-api.md 7.5).
    ///
    /// They go with a node that is taken out of the catalog, and with a restored snapshot of another server, which may
    /// have had this one's name.
    static func missing(
        from catalog: StateStore,
        node: NodeRow,
        serverPort: Int,
        version: String
    ) -> Command? {
        let wanted = registration(of: node, serverPort: serverPort, version: version)
        guard case .register(let whole) = wanted, let service = whole.service else { return wanted }
        let found = catalog.services(onNode: node.name).value?.services.first {
            $0.id == serviceID
        }
        let health = catalog.check(onNode: node.name, id: serfHealthID)
        let row = catalog.node(named: node.name)
        let isThere =
            row?.id == node.id && row?.address == node.address
            && found?.name == service.name && found?.port == service.port
            && found?.meta == service.meta && health?.status == .passing
            && health?.serviceID.isEmpty == true
        return isThere ? nil : wanted
    }

    /// The row of the own node: addresses and metadata as Consul's agents set them
    /// (spec http-api.md 5.1).
    static func row(
        name: String,
        id: String,
        address: String,
        taggedAddresses: [String: String],
        meta: [String: String],
        version: String
    ) -> NodeRow {
        var tagged = ["lan": address, "wan": address]
        let family = address.contains(":") ? "ipv6" : "ipv4"
        tagged["lan_\(family)"] = address
        tagged["wan_\(family)"] = address
        tagged.merge(taggedAddresses) { _, configured in configured }
        var meta = meta
        meta["consul-network-segment"] = ""
        meta["consul-version"] = version
        return NodeRow(name: name, id: id, address: address, taggedAddresses: tagged, meta: meta)
    }
}
