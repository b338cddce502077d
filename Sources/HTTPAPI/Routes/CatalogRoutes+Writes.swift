// SPDX-License-Identifier: Apache-2.0
import StateStore

/// `PUT /v1/catalog/register` and `…/deregister` (HTTP API 4.4, 5.2).
extension API {
    func catalogRegister(_ request: APIRequest) async throws(APIFailure) -> APIReply {
        let value = try await request.decodedBody()
        let body: CatalogBody.Register
        do { body = try CatalogBody.register(value) } catch { throw APIFailure(error) }
        try checkDatacenter(request, body: body.datacenter)
        let registration = try completed(body.registration)
        try await submit(.register(registration))
        return request.json { $0.bool(true) }
    }

    func catalogDeregister(_ request: APIRequest) async throws(APIFailure) -> APIReply {
        let value = try await request.decodedBody()
        let body: CatalogBody.Deregister
        do { body = try CatalogBody.deregister(value) } catch { throw APIFailure(error) }
        try checkDatacenter(request, body: body.datacenter)
        guard !body.deregistration.node.isEmpty else { throw .server("Must provide node") }
        try await submit(.deregister(body.deregistration))
        return request.json { $0.bool(true) }
    }

    /// The body's datacenter wins over the query's.
    private func checkDatacenter(_ request: APIRequest, body: String) throws(APIFailure) {
        guard !body.isEmpty else { return try checkDatacenter(request) }
        guard body == datacenter else { throw .noPathToDatacenter }
    }

    /// Validates a registration and fills in what may be left out, in Consul's order.
    private func completed(_ given: Registration) throws(APIFailure) -> Registration {
        var registration = given
        let node = registration.node
        guard !node.name.isEmpty else { throw .server("Must provide node") }
        guard !node.address.isEmpty || registration.skipNodeUpdate else {
            throw .server("Must provide address if SkipNodeUpdate is not set")
        }
        if !node.id.isEmpty, let problem = UUIDText.problem(node.id) {
            throw .server("Bad node ID: \(problem)")
        }
        if var service = registration.service {
            guard !service.name.isEmpty else {
                throw .server(
                    "Must provide service name (Service.Service) when service ID is provided"
                )
            }
            if service.id.isEmpty { service.id = service.name }
            service.node = node.name
            registration.service = service
        }
        for position in registration.checks.indices
        where registration.checks[position].node.isEmpty {
            registration.checks[position].node = node.name
        }
        return registration
    }
}

/// UUID texts as Consul checks them (`go-uuid`).
enum UUIDText {
    /// What is wrong with a text; `nil` for a UUID.
    static func problem(_ text: String) -> String? {
        let octets = Array(text.utf8)
        guard octets.count == 36 else { return "uuid string is wrong length" }
        let isWellFormed = octets.indices.allSatisfy { position in
            let isDash = octets[position] == UInt8(ascii: "-")
            return [8, 13, 18, 23].contains(position) ? isDash : isHexadecimal(octets[position])
        }
        return isWellFormed ? nil : "uuid is improperly formatted"
    }

    private static func isHexadecimal(_ octet: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(octet)
            || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(octet | 0x20)
    }
}
