// SPDX-License-Identifier: Apache-2.0

extension KeyTable {
    /// Mode, identity, storage, logging, leaving.
    static let agentKeys: [Key] = [
        .bool("server", "false"),
        .bool("bootstrap", "false"),
        .integer("bootstrap_expect", "0"),
        .string("data_dir"),
        .string("datacenter", "dc1"),
        .string("primary_datacenter").pending,
        .string("node_name"),
        .string("node_id"),
        .stringMap("node_meta").reloadable,
        .bool("disable_host_node_id", "true"),
        .stringMap("tagged_addresses"),
        .bool("translate_wan_addrs", "false"),
        .string("log_level", "INFO").reloadable,
        .bool("log_json", "false"),
        .string("log_file"),
        .integer("log_rotate_bytes", "0"),
        .duration("log_rotate_duration", "24h"),
        .integer("log_rotate_max_files", "0"),
        .bool("enable_syslog", "false"),
        .string("syslog_facility", "LOCAL0"),
        .string("pid_file"),
        .bool("leave_on_terminate"),
        .bool("skip_leave_on_interrupt"),
        .bool("rejoin_after_leave", "false").pending,
        .bool("auto_reload_config", "false"),
        .bool("enable_debug", "false").pending.reloadable,
        .bool("disable_remote_exec", "true"),
        .bool("disable_update_check", "false").accepted,
        .bool("disable_anonymous_signature", "false").accepted,
        .object(
            "performance",
            [
                .integer("raft_multiplier", "5").pending("there is no cluster to elect a leader"),
                .duration("leave_drain_time", "5s").pending,
                .duration("rpc_hold_timeout", "7s").pending,
                .duration("grpc_keepalive_interval", "30s").pending,
                .duration("grpc_keepalive_timeout", "20s").pending,
                .bool("enable_xds_load_balancing", "true").pending,
            ]
        ),
    ]

    /// Addresses and ports.
    static let networkKeys: [Key] = [
        .string("bind_addr", "0.0.0.0"),
        .string("advertise_addr"),
        .string("advertise_addr_ipv4"),
        .string("advertise_addr_ipv6"),
        .string("advertise_addr_wan").pending,
        .string("advertise_addr_wan_ipv4").pending,
        .string("advertise_addr_wan_ipv6").pending,
        .string("client_addr", "127.0.0.1"),
        .object(
            "addresses",
            [
                .string("dns"),
                .string("http"),
                .string("https"),
                .string("grpc").pending,
                .string("grpc_tls").pending,
            ]
        ),
        .object(
            "ports",
            [
                .integer("dns", "8600"),
                .integer("http", "8500"),
                .integer("https", "-1"),
                .integer("grpc", "-1").pending("nothing listens for gRPC"),
                .integer("grpc_tls").pending("nothing listens for gRPC"),
                .integer("serf_lan", "8301"),
                .integer("serf_wan", "8302"),
                .integer("server", "8300"),
                .integer("sidecar_min_port", "21000"),
                .integer("sidecar_max_port", "21255"),
                .integer("proxy_min_port", "20000").pending,
                .integer("proxy_max_port", "20255").pending,
                .integer("expose_min_port", "21500").pending,
                .integer("expose_max_port", "21755").pending,
            ]
        ),
        .object("unix_sockets", [.string("user"), .string("group"), .string("mode")]),
    ]
}
