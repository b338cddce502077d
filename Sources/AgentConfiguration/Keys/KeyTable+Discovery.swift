// SPDX-License-Identifier: Apache-2.0

extension KeyTable {
    /// DNS, services, checks, zones.
    static let discoveryKeys: [Key] = [
        .string("domain", "consul."),
        .string("alt_domain"),
        .strings("recursors").reloadable,
        // Waypost's own: directories with zone files.
        .strings("zone_dirs").reloadable,
        .object("dns_config", dnsKeys),
        .object("forwarding", forwardingKeys),
        .objects("forward_zones", [.string("zone"), .strings("recursors")]).reloadable,
        .object("service", DefinitionKeys.service).reloadable,
        .objects("services", DefinitionKeys.service).reloadable,
        .object("check", DefinitionKeys.check).reloadable,
        .objects("checks", DefinitionKeys.check).reloadable,
        .objects("watches", watchKeys).reloadable,
        .bool("enable_script_checks", "false"),
        .bool("enable_local_script_checks", "false"),
        .duration("check_update_interval", "5m"),
        .integer("check_output_max_size", "4096"),
        .bool("discard_check_output", "false").reloadable,
        .bool("enable_agent_tls_for_checks", "false"),
    ]

    /// `dns_config` (spec dns.md 5.1).
    private static let dnsKeys: [Key] = [
        // With one server every answer is fresh: staleness and the agent cache change nothing.
        .bool("allow_stale", "true").accepted.reloadable,
        .duration("max_stale", "87600h").accepted.reloadable,
        .bool("use_cache", "false").accepted.reloadable,
        .duration("cache_max_age", "0s").accepted.reloadable,
        .duration("node_ttl", "0s").reloadable,
        .durationMap("service_ttl").reloadable,
        .bool("enable_truncate", "false").reloadable,
        .bool("only_passing", "false").reloadable,
        .integer("udp_answer_limit", "3").reloadable,
        .integer("a_record_limit", "0").reloadable,
        .bool("disable_compression", "false").reloadable,
        .duration("recursor_timeout", "2s").reloadable,
        .string("recursor_strategy", "sequential").reloadable,
        .bool("enable_additional_node_meta_txt", "true").reloadable,
        // Waypost's own (docs/configuration.md).
        .integer("udp_max_size", "65467").reloadable,
        .bool("strict", "false").reloadable,
        .bool("weighted_addresses", "false").reloadable,
        .bool("dual_stack", "false").reloadable,
        .bool("keep_alias_ttl", "false").reloadable,
        .stringMap("protect_threshold").reloadable,
        .bool("extended_errors", "true").reloadable,
        .duration("reverse_ttl", "0s").reloadable,
        .strings("reverse_zones").reloadable,
        .bool("local_reverse_zones", "true").reloadable,
        .integer("response_rate_limit", "0").reloadable,
        .integer("response_rate_slip", "2").reloadable,
        .strings("response_rate_exempt").reloadable,
        .bool("top", "true").reloadable,
        .object(
            "query_log",
            [
                .bool("enabled", "false").reloadable,
                .string("path", "log").reloadable,
                .string("format", "text").reloadable,
                .number("sample_rate", "1").reloadable,
                .bool("failures", "false").reloadable,
                .duration("slower_than", "0s").reloadable,
            ]
        ),
        .object(
            "soa",
            [
                .unsigned("refresh", "3600").reloadable,
                .unsigned("retry", "600").reloadable,
                .unsigned("expire", "86400").reloadable,
                .unsigned("min_ttl", "0").reloadable,
            ]
        ),
        .bool("prefer_namespace").enterprise,
    ]

    /// `forwarding`, Waypost's own.
    private static let forwardingKeys: [Key] = [
        .integer("cache_size", "33554432").reloadable,
        .duration("max_ttl", "24h").reloadable,
        .duration("max_negative_ttl", "1h").reloadable,
        .duration("serve_stale", "0s").reloadable,
        .bool("prefetch", "true").reloadable,
        .bool("case_randomization", "false").reloadable,
        .bool("client_subnet", "false").reloadable,
        .bool("cookies", "false").reloadable,
        .bool("rebind_protection", "false").reloadable,
        .strings("rebind_allow").reloadable,
        .duration("query_timeout").reloadable,
    ]

    /// The objects of `watches` (spec cli.md 4.1).
    private static let watchKeys: [Key] = [
        .string("type"), .string("key"), .string("prefix"), .string("service"), .opaque("tag"),
        .bool("passingonly"), .string("state"), .string("name"), .string("token").secret,
        .string("datacenter"), .string("filter"), .strings("args"), .string("handler"),
        .string("handler_type"),
        .object(
            "http_handler_config",
            [
                .string("path"), .string("method"), .duration("timeout"),
                .looseStringsMap("header").secret, .bool("tls_skip_verify"),
            ]
        ),
        .bool("stale"), .string("service_id"),
    ]
}

/// The keys of service and check blocks (spec cli.md 7.5).
enum DefinitionKeys {
    /// `service` and the objects of `services`.
    static let service: [Key] =
        common + [
            .object(
                "connect",
                [
                    .bool("native"),
                    .object(
                        "sidecar_service",
                        common + [
                            .object("connect", [.bool("native"), .opaque("sidecar_service")])
                        ]
                    ),
                ]
            )
        ]

    private static let common: [Key] = [
        .string("id"), .string("name"), .string("kind"), .strings("tags"), .string("address"),
        .objectMap("tagged_addresses", [.string("address"), .integer("port")]),
        .stringMap("meta"), .integer("port"), .string("socket_path"),
        .object("check", check), .objects("checks", check), .string("token").secret,
        .object("weights", [.integer("passing"), .integer("warning")]),
        // Waypost's own: the priority of SRV answers.
        .integer("priority"), .bool("enable_tag_override"), .object("proxy", proxy),
        .object("locality", [.string("region"), .string("zone")]),
        .string("namespace").enterprise, .string("partition").enterprise,
    ]

    /// `check` and the objects of `checks`, also inside a service.
    static let check: [Key] = [
        .string("id"), .string("name"), .string("notes"),
        .string("service_id").alias("serviceid"), .string("token").secret, .string("status"),
        .strings("args").alias("scriptargs"), .string("http"), .stringsMap("header"),
        .string("method"), .string("body"), .bool("disable_redirects"),
        .integer("output_max_size"), .string("tcp"), .bool("tcp_use_tls"), .string("udp"),
        .duration("interval"), .string("docker_container_id").alias("dockercontainerid"),
        .string("shell"), .string("grpc"), .bool("grpc_use_tls"), .string("tls_server_name"),
        .bool("tls_skip_verify").alias("tlsskipverify"), .string("alias_node"),
        .string("alias_service"), .duration("timeout"), .duration("ttl"), .string("h2ping"),
        .bool("h2ping_use_tls"), .string("os_service"), .integer("success_before_passing"),
        .integer("failures_before_warning"), .integer("failures_before_critical"),
        .duration("deregister_critical_service_after").alias("deregistercriticalserviceafter"),
        .string("namespace").enterprise, .string("partition").enterprise,
    ]

    /// `proxy` (spec http-api.md 5.3.1).
    private static let proxy: [Key] = [
        .string("destination_service_name"), .string("destination_service_id"),
        .string("local_service_address"), .integer("local_service_port"),
        .string("local_service_socket_path"), .string("mode"), .opaque("config"),
        .objects(
            "upstreams",
            [
                .string("destination_type"), .string("destination_namespace"),
                .string("destination_partition"), .string("destination_peer"),
                .string("destination_name"), .string("datacenter"), .string("local_bind_address"),
                .integer("local_bind_port"), .string("local_bind_socket_path"),
                .string("local_bind_socket_mode"), .opaque("config"),
                .object("mesh_gateway", [.string("mode")]),
            ]
        ),
        .object("mesh_gateway", [.string("mode")]),
        .object(
            "expose",
            [
                .bool("checks"),
                .objects(
                    "paths",
                    [
                        .integer("listener_port"), .string("path"), .integer("local_path_port"),
                        .string("protocol"),
                    ]
                ),
            ]
        ),
        .object(
            "transparent_proxy",
            [.integer("outbound_listener_port"), .bool("dialed_directly")]
        ),
        .string("mutual_tls_mode"),
        .object(
            "access_logs",
            [
                .bool("enabled"), .bool("disable_listener_logs"), .string("type"), .string("path"),
                .string("json_format"), .string("text_format"),
            ]
        ),
        .objects(
            "envoy_extensions",
            [
                .string("name"), .bool("required"), .opaque("arguments"),
                .string("consul_version"), .string("envoy_version"),
            ]
        ),
    ]
}
