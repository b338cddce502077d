// SPDX-License-Identifier: Apache-2.0

/// A watch of the agent's configuration: what is watched, and who is told.
public struct WatchDefinition: Hashable, Sendable {
    /// What is told of changes.
    public enum Handler: Hashable, Sendable {
        /// A command and its arguments (`args`).
        case command([String])
        /// A line for the shell (`handler`).
        case shell(String)
        /// A request (`handler_type = "http"`).
        case http(HTTPWatchHandler)
    }

    /// `type`, for the log.
    public var type: String
    /// What is watched.
    public var plan: WatchPlan
    /// Who is told.
    public var handler: Handler
    /// `token`; empty means the agent's.
    public var token: String

    /// Makes a watch.
    public init(type: String, plan: WatchPlan, handler: Handler, token: String = "") {
        self.type = type
        self.plan = plan
        self.handler = handler
        self.token = token
    }
}

/// The request that tells of a change (`http_handler_config`); the data are its body.
public struct HTTPWatchHandler: Hashable, Sendable {
    /// `path`: the URL.
    public var url: String
    /// `method`.
    public var method: String
    /// `header`.
    public var headers: [String: [String]]
    /// `timeout`: for the whole exchange.
    public var timeout: Duration
    /// `tls_skip_verify`.
    public var skipsVerification: Bool

    /// Makes a request; the defaults are Consul's.
    public init(
        url: String,
        method: String = "POST",
        headers: [String: [String]] = [:],
        timeout: Duration = .seconds(10),
        skipsVerification: Bool = false
    ) {
        self.url = url
        self.method = method
        self.headers = headers
        self.timeout = timeout
        self.skipsVerification = skipsVerification
    }
}
