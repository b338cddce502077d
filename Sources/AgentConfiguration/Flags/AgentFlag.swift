// SPDX-License-Identifier: Apache-2.0

/// A flag of `agent`: its name, what it does, and its line of help.
public struct AgentFlag: Sendable {
    enum ValueKind: Sendable {
        case boolean
        case integer
        case text
        /// Repeatable; the values form a list.
        case list
        /// Repeatable; the values form a map.
        case map
    }

    enum Effect: Sendable {
        case configFile
        case configDirectory
        case development
        case format
        case fragment
        case set(path: String, ValueKind)
    }

    /// The name without its dash.
    public let name: String
    let effect: Effect
    /// One line of help.
    public let help: String

    /// How its value is written.
    public var syntax: FlagSyntax.Kind {
        switch effect {
        case .development, .set(_, .boolean): .boolean
        case .set(_, .integer): .integer
        default: .text
        }
    }

    static let byName = Dictionary(
        table.map { ($0.name, $0) },
        uniquingKeysWith: { first, _ in first }
    )

    private init(_ name: String, _ effect: Effect, _ help: String) {
        self.name = name
        self.effect = effect
        self.help = help
    }

    private static func text(_ name: String, _ path: String, _ help: String) -> AgentFlag {
        AgentFlag(name, .set(path: path, .text), help)
    }
    private static func bool(_ name: String, _ path: String, _ help: String) -> AgentFlag {
        AgentFlag(name, .set(path: path, .boolean), help)
    }
    private static func integer(_ name: String, _ path: String, _ help: String) -> AgentFlag {
        AgentFlag(name, .set(path: path, .integer), help)
    }
    private static func list(_ name: String, _ path: String, _ help: String) -> AgentFlag {
        AgentFlag(name, .set(path: path, .list), help)
    }
}

extension AgentFlag {
    /// All flags, by name.
    public static let table: [AgentFlag] = (everydayFlags + clusterFlags).sorted {
        $0.name < $1.name
    }

    private static let everydayFlags: [AgentFlag] = [
        AgentFlag("config-file", .configFile, "A configuration file. May be repeated."),
        AgentFlag(
            "config-dir",
            .configDirectory,
            "A directory whose .hcl and .json files are read in name order. May be repeated."
        ),
        AgentFlag("config-format", .format, "The notation of all files: hcl or json."),
        AgentFlag("dev", .development, "One server in memory, on loopback; nothing to configure."),
        AgentFlag("hcl", .fragment, "A piece of HCL that wins over everything. May be repeated."),
        text("alt-domain", "alt_domain", "A second DNS domain."),
        bool("auto-reload-config", "auto_reload_config", "Reload when files change."),
        text("bind", "bind_addr", "The address for traffic between agents."),
        text("advertise", "advertise_addr", "The address that others are told."),
        text("advertise-wan", "advertise_addr_wan", "The address that other datacenters are told."),
        list(
            "allow-write-http-from",
            "http_config.allow_write_http_from",
            "A network whose clients may write over HTTP. May be repeated."
        ),
        integer(
            "check_output_max_size",
            "check_output_max_size",
            "The most output kept of a check."
        ),
        text("client", "client_addr", "Where DNS and HTTP listen; several separated by blanks."),
        text("data-dir", "data_dir", "Where state is kept."),
        text("datacenter", "datacenter", "The datacenter's name."),
        text("default-query-time", "default_query_time", "How long a blocking query waits."),
        text("max-query-time", "max_query_time", "How long a blocking query may wait at most."),
        bool("disable-host-node-id", "disable_host_node_id", "Make a random node ID."),
        bool("disable-keyring-file", "disable_keyring_file", "Keep no keyring on disk."),
        integer("dns-port", "ports.dns", "The DNS port."),
        text("domain", "domain", "The DNS domain."),
        bool("enable-script-checks", "enable_script_checks", "Allow script checks over HTTP too."),
        bool(
            "enable-local-script-checks",
            "enable_local_script_checks",
            "Allow script checks in files."
        ),
        integer("http-port", "ports.http", "The HTTP port."),
        integer("https-port", "ports.https", "The HTTPS port."),
        integer("grpc-port", "ports.grpc", "The gRPC port."),
        integer("grpc-tls-port", "ports.grpc_tls", "The gRPC port with TLS."),
        text("log-file", "log_file", "Where the log is written too."),
        bool("log-json", "log_json", "Write the log as JSON."),
        text("log-level", "log_level", "trace, debug, info, warn or error."),
        integer("log-rotate-bytes", "log_rotate_bytes", "The size at which the log is rotated."),
        text("log-rotate-duration", "log_rotate_duration", "The age at which the log is rotated."),
        integer("log-rotate-max-files", "log_rotate_max_files", "How many old logs are kept."),
        text("node", "node_name", "The node's name."),
        text("node-id", "node_id", "The node's UUID."),
        AgentFlag(
            "node-meta",
            .set(path: "node_meta", .map),
            "Node metadata, key:value. May be repeated."
        ),
        text("pid-file", "pid_file", "Where the process ID is written."),
        list("recursor", "recursors", "A DNS server for other names. May be repeated."),
        bool("syslog", "enable_syslog", "Log to syslog too."),
        bool("ui", "ui_config.enabled", "Serve the web interface."),
        text("ui-content-path", "ui_config.content_path", "Where the web interface is served."),
        text("ui-dir", "ui_config.dir", "A directory with a web interface."),
        // Waypost's own.
        list("zone-dir", "zone_dirs", "A directory with DNS zone files. May be repeated."),
    ]

    private static let clusterFlags: [AgentFlag] = [
        bool("server", "server", "Be a server."),
        bool("bootstrap", "bootstrap", "Start a cluster with this server alone."),
        integer("bootstrap-expect", "bootstrap_expect", "How many servers start the cluster."),
        text("encrypt", "encrypt", "The gossip key, base64."),
        list("join", "start_join", "An agent to join. Deprecated: use -retry-join."),
        list("join-wan", "start_join_wan", "A server to join. Deprecated: use -retry-join-wan."),
        bool("non-voting-server", "read_replica", "Enterprise; has no effect."),
        bool("read-replica", "read_replica", "Enterprise; has no effect."),
        list("primary-gateway", "primary_gateways", "A mesh gateway of the primary datacenter."),
        integer("protocol", "protocol", "The protocol version."),
        integer("raft-protocol", "raft_protocol", "The Raft protocol version."),
        bool("rejoin", "rejoin_after_leave", "Join again after a leave."),
        list("retry-join", "retry_join", "An agent to join until it works. May be repeated."),
        list("retry-join-wan", "retry_join_wan", "A server to join until it works."),
        text("retry-interval", "retry_interval", "The time between attempts to join."),
        text("retry-interval-wan", "retry_interval_wan", "The time between attempts to join."),
        integer("retry-max", "retry_max", "How often joining is tried; 0 for ever."),
        integer("retry-max-wan", "retry_max_wan", "How often joining is tried; 0 for ever."),
        text("segment", "segment", "Enterprise; has no effect."),
        list("serf-lan-allowed-cidrs", "serf_lan_allowed_cidrs", "A network that may join."),
        list("serf-wan-allowed-cidrs", "serf_wan_allowed_cidrs", "A network that may join."),
        text("serf-lan-bind", "serf_lan", "The address of LAN gossip."),
        text("serf-wan-bind", "serf_wan", "The address of WAN gossip."),
        integer("serf-lan-port", "ports.serf_lan", "The LAN gossip port."),
        integer("serf-wan-port", "ports.serf_wan", "The WAN gossip port."),
        integer("server-port", "ports.server", "The server RPC port."),
    ]
}
