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

    /// A check as the catalog's API takes it.
    static func check(_ value: JSONValue) throws(BodyError) -> CheckRow {
        var reader = try JSONObjectReader(value, type: "structs.HealthCheck")
        var row = CheckRow(
            node: try reader.string("Node"),
            id: try reader.string("CheckID"),
            name: try reader.string("Name"),
            status: CheckStatus(rawValue: try reader.string("Status"))
        )
        row.notes = try reader.string("Notes")
        row.output = try reader.string("Output")
        row.serviceID = try reader.string("ServiceID")
        // The store knows the service's name and tags better.
        _ = try reader.string("ServiceName")
        _ = try reader.strings("ServiceTags")
        row.type = try reader.string("Type")
        row.interval = try reader.string("Interval")
        row.timeout = try reader.string("Timeout")
        row.exposedPort = try reader.integer("ExposedPort") ?? 0
        if let value = reader.value("Definition") {
            let definition = try CheckBody.ofCatalog(value)
            row.definitionJSON = CheckDefinitionObject.text(of: definition)
            if row.type.isEmpty { row.type = definition.reportedType }
        }
        _ = try reader.string("PeerName")
        _ = try reader.integer("CreateIndex")
        _ = try reader.integer("ModifyIndex")
        try reader.finish()
        if row.status.rawValue.isEmpty { row.status = .critical }
        if row.id.isEmpty { row.id = row.name }
        return row
    }
}
