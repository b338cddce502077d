// SPDX-License-Identifier: Apache-2.0
import HTTPTypes

/// `/v1/status` (HTTP API 4.1): no index headers, no token.
extension API {
    static let statusRoutes = [
        Route(.get, path: "/v1/status/leader") { api, request throws(APIFailure) in
            try api.checkDatacenter(request)
            return request.json { $0.string(api.leaderAddress) }
        },
        Route(.get, path: "/v1/status/peers") { api, request throws(APIFailure) in
            try api.checkDatacenter(request)
            return request.json { $0.strings([api.leaderAddress]) }
        },
    ]

    /// `address:port` of the leader's RPC; this server is the only one.
    var leaderAddress: String {
        let identity = control.identity
        let host = identity.advertiseAddress
        return (host.contains(":") ? "[\(host)]" : host) + ":\(identity.serverPort)"
    }
}
