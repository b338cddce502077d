// SPDX-License-Identifier: Apache-2.0
import Definitions
import StateStore

/// Decodes the bodies of `PUT /v1/catalog/register` and `…/deregister` (HTTP API 5.2).
enum CatalogBody {
    /// A registration and the datacenter that it is for.
    struct Register {
        var datacenter: String
        var registration: Registration
    }

    /// A deregistration and the datacenter that it is for.
    struct Deregister {
        var datacenter: String
        var deregistration: Deregistration
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
        var registration = Registration(node: node)
        registration.skipNodeUpdate = try reader.bool("SkipNodeUpdate") ?? false
        registration.service = try reader.value("Service").map { value throws(BodyError) in
            try ServiceBody.catalogRow(value)
        }
        for value in try reader.elements("Checks") ?? [] where value != .null {
            registration.checks.append(try check(value))
        }
        if let value = reader.value("Check") { registration.checks.append(try check(value)) }
        _ = try reader.object("Locality")
        _ = try reader.string("PeerName")
        _ = try reader.string("Token")
        try reader.finish()
        return Register(datacenter: datacenter, registration: registration)
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
        _ = try reader.string("PeerName")
        _ = try reader.string("Token")
        try reader.finish()
        return Deregister(datacenter: datacenter, deregistration: deregistration)
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
