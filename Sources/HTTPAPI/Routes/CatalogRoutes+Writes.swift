// SPDX-License-Identifier: Apache-2.0
import StateStore

/// `PUT /v1/catalog/register` and `…/deregister` (HTTP API 4.4, 5.2).
extension API {
    func catalogRegister(_ request: APIRequest) async throws(APIFailure) -> APIReply {
        let value = try await request.decodedBody()
        let body: CatalogBody.Register
        do { body = try CatalogBody.register(value) } catch { throw APIFailure(error) }
        // Consul: before it is known which datacenter is to do it.
        guard !body.namesPeer else { throw .server(CatalogBody.peerRefusal) }
        try checkDatacenter(request, body: body.datacenter)
        let registration: Registration
        do throws(BodyError) {
            registration = try CatalogBody.completed(body.registration)
        } catch { throw .server(error.message) }
        try await submit(.register(registration))
        return request.json { $0.bool(true) }
    }

    func catalogDeregister(_ request: APIRequest) async throws(APIFailure) -> APIReply {
        let value = try await request.decodedBody()
        let body: CatalogBody.Deregister
        do { body = try CatalogBody.deregister(value) } catch { throw APIFailure(error) }
        try checkDatacenter(request, body: body.datacenter)
        guard !body.deregistration.node.isEmpty else { throw .server("Must provide node") }
        // Consul: rows of other clusters have keys of their own. Here there are none.
        if body.peer.isEmpty { try await submit(.deregister(body.deregistration)) }
        return request.json { $0.bool(true) }
    }

    /// The body's datacenter wins over the query's.
    private func checkDatacenter(_ request: APIRequest, body: String) throws(APIFailure) {
        guard !body.isEmpty else { return try checkDatacenter(request) }
        guard body == datacenter else { throw .noPathToDatacenter }
    }
}
