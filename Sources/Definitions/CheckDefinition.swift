// SPDX-License-Identifier: Apache-2.0

/// What somebody asks an agent to check: a `check` block of a configuration file or the body of
/// `PUT /v1/agent/check/register` (Consul API, "Register Check"; all kinds in one type, as there).
public struct CheckDefinition: Hashable, Sendable {
    /// The check ID; empty means the default of the place (name, or `service:<id>[:n]`).
    public var id: String = ""
    /// The display name; empty means the default of the place (`Service '<name>' check`).
    public var name: String = ""
    /// A note for people.
    public var notes: String = ""
    /// The service that the check belongs to; empty for a node check.
    public var serviceID: String = ""
    /// The token with which the check is synchronized to the catalog.
    public var token: String = ""
    /// The initial status; `nil` means critical.
    public var status: CheckStatus?
    /// The command of a script check, or the command run inside a container.
    public var args: [String] = []
    /// The shell that reads the command of a Docker check, if that is one text; empty means none.
    public var shell: String = ""
    /// The container of a Docker check.
    public var dockerContainerID: String = ""
    /// The URL of an HTTP check.
    public var http: String = ""
    /// The method of an HTTP check; empty means GET.
    public var method: String = ""
    /// Headers of an HTTP check.
    public var header: [String: [String]] = [:]
    /// The body of an HTTP check.
    public var body: String = ""
    /// Whether an HTTP check stops at a redirect.
    public var disableRedirects: Bool = false
    /// `host:port` of a TCP check.
    public var tcp: String = ""
    /// Whether a TCP check does a TLS handshake.
    public var tcpUseTLS: Bool = false
    /// `host:port` of a UDP check.
    public var udp: String = ""
    /// `host:port[/service]` of a gRPC health check.
    public var grpc: String = ""
    /// Whether a gRPC check uses TLS.
    public var grpcUseTLS: Bool = false
    /// `host:port` of an HTTP/2 ping check.
    public var h2ping: String = ""
    /// Whether an HTTP/2 ping check uses TLS; `nil` means true.
    public var h2pingUseTLS: Bool?
    /// The name of an operating-system service.
    public var osService: String = ""
    /// The server name that TLS checks expect.
    public var tlsServerName: String = ""
    /// Whether TLS checks skip verification.
    public var tlsSkipVerify: Bool = false
    /// The service that an alias check follows.
    public var aliasService: String = ""
    /// The node that an alias check follows; empty means the own node.
    public var aliasNode: String = ""
    /// How long a TTL check stays in a state before it turns critical; `nil` for other kinds.
    public var ttl: Duration?
    /// How often a polled check runs.
    public var interval: Duration?
    /// How long one run may take; `nil` means the kind's default.
    public var timeout: Duration?
    /// Successes needed in a row before the check passes.
    public var successBeforePassing: Int = 0
    /// Failures needed in a row before the check warns; `nil` means as for critical.
    public var failuresBeforeWarning: Int?
    /// Failures needed in a row before the check is critical.
    public var failuresBeforeCritical: Int = 0
    /// Deregister the service after it was critical for so long; `nil` means never.
    public var deregisterCriticalServiceAfter: Duration?
    /// The largest output kept, in octets; `nil` means the agent's `check_output_max_size`.
    public var outputMaxSize: Int?

    /// Makes an empty definition; members are set one by one.
    public init() {}

    /// The kind that runs, by Consul's order of precedence (ttl, http, tcp, udp, grpc, docker,
    /// os_service, script, h2ping, alias); `nil` when the definition names none.
    public var kind: CheckKind? {
        if ttl != nil { return .ttl }
        if !http.isEmpty, interval != nil { return .http }
        if !tcp.isEmpty, interval != nil { return .tcp }
        if !udp.isEmpty, interval != nil { return .udp }
        if !grpc.isEmpty, interval != nil { return .grpc }
        // Consul: a container without a command is no check.
        if !dockerContainerID.isEmpty, !args.isEmpty, interval != nil { return .docker }
        if !osService.isEmpty, interval != nil { return .osService }
        if !args.isEmpty, interval != nil { return .script }
        if !h2ping.isEmpty, interval != nil { return .h2ping }
        if !aliasService.isEmpty || !aliasNode.isEmpty { return .alias }
        return nil
    }
}

/// The kinds of checks that Consul knows; the raw value is the `Type` that the API reports.
public enum CheckKind: String, Hashable, Sendable, CaseIterable {
    case ttl, http, tcp, udp, grpc, docker, script, h2ping, alias
    case osService = "os_service"
}

/// The state of a check.
///
/// Texts that Consul does not know are kept as they are, since the catalog API stores any (spec:
/// "unknown texts").
public struct CheckStatus: RawRepresentable, Hashable, Sendable {
    /// The status text.
    public var rawValue: String

    /// Makes a status from its text.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// All is well.
    public static let passing = CheckStatus(rawValue: "passing")
    /// Something is odd; the instance still answers.
    public static let warning = CheckStatus(rawValue: "warning")
    /// The instance is out.
    public static let critical = CheckStatus(rawValue: "critical")
}
