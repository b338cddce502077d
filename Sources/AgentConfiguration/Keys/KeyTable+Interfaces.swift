// SPDX-License-Identifier: Apache-2.0

extension KeyTable {
    /// The HTTP API, the web interface, limits and telemetry.
    static let interfaceKeys: [Key] = [
        .duration("default_query_time", "300s"),
        .duration("max_query_time", "600s"),
        .duration("discovery_max_stale", "0s"),
        .duration("session_ttl_min", "10s"),
        .bool("disable_http_unprintable_char_filter", "false"),
        .object(
            "http_config",
            [
                .strings("block_endpoints"),
                .stringMap("response_headers"),
                .strings("allow_write_http_from"),
                .strings("allowed_hosts").reloadable,
                .strings("allowed_origins").reloadable,
                .bool("use_cache", "true"),
                .integer("max_header_bytes", "0"),
            ]
        ),
        .object(
            "limits",
            [
                .integer("http_max_conns_per_client", "200").reloadable,
                .duration("https_handshake_timeout", "5s"),
                .duration("rpc_handshake_timeout", "5s").pending,
                .duration("rpc_client_timeout", "60s").pending.reloadable,
                .number("rpc_rate", "-1").pending.reloadable,
                .integer("rpc_max_burst", "1000").pending.reloadable,
                .integer("rpc_max_conns_per_client", "100").pending.reloadable,
                .integer("kv_max_value_size", "524288"),
                .integer("txn_max_req_len", "524288"),
                .object(
                    "request_limits",
                    [
                        .string("mode", "disabled").reloadable,
                        .number("read_rate", "-1").reloadable,
                        .number("write_rate", "-1").reloadable,
                    ]
                ),
            ]
        ),
        .object(
            "ui_config",
            [
                .bool("enabled", "false").pending("there is no web interface yet"),
                .string("content_path", "/ui/").pending,
                .string("dir").pending,
                .string("metrics_provider").pending,
                .strings("metrics_provider_files").pending,
                .string("metrics_provider_options_json").pending,
                .object(
                    "metrics_proxy",
                    [
                        .string("base_url").pending,
                        .objects("add_headers", [.string("name"), .string("value").secret]).pending,
                        .strings("path_allowlist").pending,
                    ]
                ),
                .stringMap("dashboard_url_templates").pending,
            ]
        ),
        .object(
            "telemetry",
            [
                .string("metrics_prefix", "consul"),
                .duration("prometheus_retention_time", "0s"),
                .bool("disable_hostname", "false"),
                .strings("prefix_filter").reloadable,
                .bool("filter_default", "true").reloadable,
                .string("statsd_address"),
                .string("statsite_address").pending,
                .string("dogstatsd_addr"),
                .strings("dogstatsd_tags"),
                .bool("enable_host_metrics").pending,
                .bool("retry_failed_connection", "true").accepted,
                .bool("disable_per_tenancy_usage_metrics").pending,
                .bool("disable_compat_1.9").accepted,
            ] + circonusKeys
        ),
    ]

    private static let circonusKeys: [Key] =
        [
            "api_app", "api_url", "broker_id", "broker_select_tag", "check_display_name",
            "check_force_metric_activation", "check_id", "check_instance_id", "check_search_tag",
            "check_tags", "submission_interval", "submission_url",
        ].map { .string("circonus_" + $0).pending } + [.string("circonus_api_token").secret.pending]

    /// Service mesh, peering, cloud, enterprise and what Consul calls internal.
    static let outerKeys: [Key] = [
        .object(
            "connect",
            [
                .bool("enabled", "true").pending,
                .string("ca_provider").pending,
                .opaque("ca_config").secret.pending,
                .bool("enable_mesh_gateway_wan_federation").pending,
                .bool("test_ca_leaf_root_change_spread").accepted,
                .bool("enable_serverless_plugin").enterprise,
            ]
        ),
        .object(
            "peering",
            [
                .bool("enabled", "true").pending,
                .bool("test_allow_peer_registrations").accepted,
            ]
        ),
        .object("xds", [.number("update_max_per_second", "250").pending.reloadable]),
        .string("default_intention_policy").pending,
        .opaque("cloud").secret.accepted,
        .opaque("reporting").accepted,
        .strings("experiments").accepted,
        .opaque("snapshot_agent").secret.accepted,
        .opaque("audit").enterprise,
        .string("license_path").enterprise,
        .string("partition").enterprise,
        .bool("read_replica").enterprise,
        .string("segment").enterprise,
        .opaque("segments").enterprise,
        .duration("ae_interval").accepted,
        .duration("check_deregister_interval_min").accepted,
        .duration("check_reap_interval").accepted,
        .opaque("consul").accepted,
        .string("revision").accepted,
        .string("version").accepted,
        .string("version_prerelease").accepted,
        .string("version_metadata").accepted,
        .string("build_date").accepted,
        .integer("segment_limit").accepted,
        .integer("segment_name_limit").accepted,
        .duration("sync_coordinate_interval_min").accepted,
        .number("sync_coordinate_rate_target").accepted,
        .bool("acl_enforce_version_8").deprecated(""),
    ]
}
