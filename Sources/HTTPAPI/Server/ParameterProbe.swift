// SPDX-License-Identifier: Apache-2.0
import HTTPTypes

/// Told of each query parameter that a route looks at: the request's method and path, and the
/// parameter's name.
///
/// Tests hold `docs/api/openapi.json` against it; a server that runs has none.
typealias ParameterProbe =
    @Sendable (_ method: HTTPRequest.Method, _ path: String, _ name: String) -> Void
