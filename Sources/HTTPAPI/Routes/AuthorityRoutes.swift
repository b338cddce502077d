// SPDX-License-Identifier: Apache-2.0
import HTTPTypes

/// What needs a certificate authority (HTTP API 4.16): there is none, and these routes say so as
/// Consul does where Connect is off.
extension API {
    static let authorityRoutes = [
        withoutAuthority(.get, path: "/v1/connect/ca/roots"),
        withoutAuthority(.get, .put, path: "/v1/connect/ca/configuration"),
        withoutAuthority(.get, path: "/v1/agent/connect/ca/roots"),
        withoutAuthority(.get, path: "/v1/agent/connect/ca/leaf/"),
        withoutAuthority(.post, path: "/v1/agent/connect/authorize"),
        withoutAuthority(.get, .post, path: "/v1/discovery-chain/"),
    ]

    /// Consul: structs.ErrConnectNotEnabled; its own interface knows the text.
    private static func withoutAuthority(
        _ methods: HTTPRequest.Method...,
        path: String
    ) -> Route {
        Route(methods: methods, path: path) { api, request throws(APIFailure) in
            try api.checkDatacenter(request)
            throw .server("Connect must be enabled in order to use this endpoint")
        }
    }
}
