// SPDX-License-Identifier: Apache-2.0
import Definitions
import StateStore

/// Decodes the bodies of `PUT /v1/catalog/register` and `…/deregister` (HTTP API 5.2).
enum CatalogBody {
    /// A registration and the datacenter that it is for.
    struct Register {
        var datacenter: String
        var registration: Registration
        /// Whether one of the rows is said to be of another cluster (`PeerName`).
        var namesPeer = false
    }

    /// A deregistration and the datacenter that it is for.
    struct Deregister {
        var datacenter: String
        var deregistration: Deregistration
        /// The cluster whose rows are meant; empty for the own one.
        var peer: String
    }

    static func register(_ value: JSONValue) throws(BodyError) -> Register {
        var reader = try JSONObjectReader(value, type: "structs.RegisterRequest")
        let datacenter = try reader.string("Datacenter")
        let node = NodeRow(
            name: try reader.string("Node"),
            id: try reader.string("ID"),
            address: try reader.string("Address"),
            taggedAddresses: try reader.map("TaggedAddresses"),
            meta: try reader.map("NodeMeta")
        )
        var result = Register(datacenter: datacenter, registration: Registration(node: node))
        result.registration.node.locality = try LocalityBody.locality(reader.value("Locality"))
        result.registration.skipNodeUpdate = try reader.bool("SkipNodeUpdate") ?? false
        if let value = reader.value("Service") {
            result.registration.service = try ServiceBody.catalogRow(value)
            result.namesPeer = try !peer(of: value).isEmpty
        }
        var checks = try reader.elements("Checks") ?? []
        if let value = reader.value("Check") { checks.append(value) }
        for value in checks where value != .null {
            result.registration.checks.append(try check(value))
            result.namesPeer = try !peer(of: value).isEmpty || result.namesPeer
        }
        result.namesPeer = try !reader.string("PeerName").isEmpty || result.namesPeer
        _ = try reader.string("Token")
        try reader.finish()
        return result
    }

    /// `PeerName` of a node, a service or a check: the cluster that it is of; empty for the own one.
    static func peer(of value: JSONValue) throws(BodyError) -> String {
        var reader = try JSONObjectReader(value, type: "structs.RegisterRequest")
        return try reader.string("PeerName")
    }

    static func deregister(_ value: JSONValue) throws(BodyError) -> Deregister {
        var reader = try JSONObjectReader(value, type: "structs.DeregisterRequest")
        let datacenter = try reader.string("Datacenter")
        let deregistration = Deregistration(
            node: try reader.string("Node"),
            serviceID: try reader.string("ServiceID"),
            checkID: try reader.string("CheckID")
        )
        // Obsolete, but Consul's Go client still has it.
        _ = try reader.string("Address")
        let peer = try reader.string("PeerName")
        _ = try reader.string("Token")
        try reader.finish()
        return Deregister(datacenter: datacenter, deregistration: deregistration, peer: peer)
    }

    /// A check as the catalog's API takes it; `ofDefinition` reads its member `Definition`.
    static func check(
        _ value: JSONValue,
        ofDefinition: (JSONValue) throws(BodyError) -> CheckDefinition = CheckBody.ofCatalog
    ) throws(BodyError) -> CheckRow {
        var reader = try JSONObjectReader(value, type: "structs.HealthCheck")
        let node = try reader.string("Node")
        let id = try reader.string("CheckID")
        let name = try reader.string("Name")
        let status = CheckStatus(rawValue: try reader.string("Status"))
        let notes = try reader.string("Notes")
        let output = try reader.string("Output")
        let serviceID = try reader.string("ServiceID")
        // The store knows the service's name and tags better.
        _ = try reader.string("ServiceName")
        _ = try reader.strings("ServiceTags")
        let type = try reader.string("Type")
        let interval = try reader.string("Interval")
        let timeout = try reader.string("Timeout")
        let exposedPort = try reader.integer("ExposedPort") ?? 0
        let definition = try reader.value("Definition").map { value throws(BodyError) in
            try ofDefinition(value)
        }
        _ = try reader.string("PeerName")
        _ = try reader.integer("CreateIndex")
        _ = try reader.integer("ModifyIndex")
        try reader.finish()
        return CheckRow(
            node: node,
            id: id.isEmpty ? name : id,
            name: name,
            status: status.rawValue.isEmpty ? .critical : status,
            notes: notes,
            output: output,
            serviceID: serviceID,
            type: type.isEmpty ? definition?.reportedType ?? "" : type,
            interval: interval,
            timeout: timeout,
            exposedPort: exposedPort,
            definitionJSON: definition.map { CheckDefinitionObject.text(of: $0) } ?? ""
        )
    }
}
