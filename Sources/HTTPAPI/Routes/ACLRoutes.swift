// SPDX-License-Identifier: Apache-2.0
import HTTPTypes

/// `/v1/acl` and the tokens of an agent while ACLs are off: 401 (HTTP API 1.6, 4.15).
extension API {
    static let aclRoutes: [Route] = aclPaths.map { path, methods in
        Route(methods: methods, path: path) { _, _ throws(APIFailure) in
            throw APIFailure(.unauthorized, "ACL support disabled")
        }
    }

    private static let aclPaths: [(path: String, methods: [HTTPRequest.Method])] = [
        ("/v1/acl/bootstrap", [.put]),
        ("/v1/acl/login", [.post]),
        ("/v1/acl/logout", [.post]),
        ("/v1/acl/replication", [.get]),
        ("/v1/acl/token", [.put]),
        ("/v1/acl/token/", [.get, .put, .delete]),
        ("/v1/acl/token/self", [.get]),
        ("/v1/acl/tokens", [.get]),
        ("/v1/acl/policy", [.put]),
        ("/v1/acl/policy/", [.get, .put, .delete]),
        ("/v1/acl/policy/name/", [.get]),
        ("/v1/acl/policies", [.get]),
        ("/v1/acl/role", [.put]),
        ("/v1/acl/role/", [.get, .put, .delete]),
        ("/v1/acl/role/name/", [.get]),
        ("/v1/acl/roles", [.get]),
        ("/v1/acl/auth-method", [.put]),
        ("/v1/acl/auth-method/", [.get, .put, .delete]),
        ("/v1/acl/auth-methods", [.get]),
        ("/v1/acl/binding-rule", [.put]),
        ("/v1/acl/binding-rule/", [.get, .put, .delete]),
        ("/v1/acl/binding-rules", [.get]),
        ("/v1/acl/templated-policies", [.get]),
        ("/v1/acl/templated-policy/name/", [.get]),
        ("/v1/acl/templated-policy/preview/", [.post]),
        ("/v1/internal/acl/authorize", [.post]),
        ("/v1/agent/token/", [.put]),
    ]
}
