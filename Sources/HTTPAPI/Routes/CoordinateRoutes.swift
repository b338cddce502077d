// SPDX-License-Identifier: Apache-2.0
import Definitions
import HTTPTypes
import StateStore

/// `/v1/coordinate/…` (HTTP API 4.11, 5.14).
extension API {
    static let coordinateRoutes = [
        Route(reading: "/v1/coordinate/datacenters") { api, request throws(APIFailure) in
            try api.checkCoordinates()
            return api.datacenterCoordinates(request)
        },
        Route(reading: "/v1/coordinate/nodes") { api, request throws(APIFailure) in
            try api.checkCoordinates()
            return try api.coordinates(request, ofNode: nil)
        },
        Route(reading: "/v1/coordinate/node/") { api, request throws(APIFailure) in
            try api.checkCoordinates()
            return try api.coordinates(request, ofNode: request.argument)
        },
        Route(.put, path: "/v1/coordinate/update") { api, request throws(APIFailure) in
            try api.checkCoordinates()
            return try await api.updateCoordinate(request)
        },
    ]

    /// `disable_coordinates`.
    private func checkCoordinates() throws(APIFailure) {
        guard configuration.disablesCoordinates else { return }
        throw APIFailure(.unauthorized, "Coordinate support disabled")
    }

    /// This server alone, where every server begins: there is no other datacenter to measure.
    private func datacenterCoordinates(_ request: APIRequest) -> APIReply {
        let row = CoordinateRow(
            node: control.identity.nodeName + "." + datacenter,
            coordinate: NetworkCoordinate()
        )
        return request.json { writer in
            writer.array([row]) { writer, row in
                writer.object { writer in
                    writer.member("Datacenter", datacenter)
                    writer.member("AreaID", "wan")
                    writer.key("Coordinates")
                    writer.array([row]) { CoordinateObject.write($1, to: &$0) }
                }
            }
        }
    }

    private func coordinates(
        _ request: APIRequest,
        ofNode node: String?
    ) throws(APIFailure) -> APIReply {
        let options = try readOptions(request)
        let segment = request.query.first("segment")
        let result = try read(request, options) { store in
            let all = node.map { store.coordinates(ofNode: $0) } ?? store.coordinates()
            return all.map { rows in rows.filter { segment == nil || $0.segment == segment } }
        }
        if node != nil, result.value.isEmpty { throw APIFailure(.notFound, "") }
        return reply(request, options, result) { writer in
            writer.array(result.value) { CoordinateObject.write($1, to: &$0) }
        }
    }

    private func updateCoordinate(_ request: APIRequest) async throws(APIFailure) -> APIReply {
        try checkDatacenter(request)
        let value = try await request.decodedBody()
        let row: CoordinateRow
        do throws(BodyError) {
            row = try CoordinateObject.read(value)
        } catch {
            throw APIFailure(error)
        }
        do throws(DefinitionError) {
            try NameLimit.validate(row.segment, "Segment")
        } catch {
            throw .server(error.message)
        }
        guard row.coordinate.isValid else { throw .server("incompatible coordinate") }
        guard snapshots.snapshot().node(named: row.node) != nil else {
            throw .server("Node \"\(row.node)\" is not in the catalog; register it first")
        }
        try await submit(.coordinates([row]))
        return .empty
    }
}
