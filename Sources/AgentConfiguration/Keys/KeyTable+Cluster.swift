// SPDX-License-Identifier: Apache-2.0

extension KeyTable {
    private static let alone = "this version of Waypost runs as a single server"

    /// Joining, gossip, Raft.
    static let clusterKeys: [Key] = [
        .strings("retry_join").pending(alone),
        .strings("retry_join_wan").pending(alone),
        .duration("retry_interval", "30s").pending,
        .duration("retry_interval_wan", "30s").pending,
        .integer("retry_max", "0").pending,
        .integer("retry_max_wan", "0").pending,
        .duration("reconnect_timeout", "72h").pending,
        .duration("reconnect_timeout_wan", "72h").pending,
        .duration("advertise_reconnect_timeout").pending,
        .string("serf_lan").pending,
        .string("serf_wan").pending,
        .strings("serf_lan_allowed_cidrs").pending,
        .strings("serf_wan_allowed_cidrs").pending,
        .bool("disable_coordinates", "false"),
        .integer("protocol", "2"),
        .integer("raft_protocol", "3"),
        .integer("raft_snapshot_threshold", "16384").reloadable,
        .duration("raft_snapshot_interval", "30s").reloadable,
        .integer("raft_trailing_logs", "10240").reloadable,
        .bool("raft_prevote_disabled", "false").pending,
        .duration("server_rejoin_age_max", "168h").pending,
        .object(
            "autopilot",
            [
                .bool("cleanup_dead_servers", "true").pending,
                .duration("last_contact_threshold", "200ms").pending,
                .integer("max_trailing_logs", "250").pending,
                .integer("min_quorum", "0").pending,
                .duration("server_stabilization_time", "10s").pending,
                .string("redundancy_zone_tag").enterprise,
                .bool("disable_upgrade_migration").enterprise,
                .string("upgrade_version_tag").enterprise,
            ]
        ),
        .object("gossip_lan", gossip("200ms", "1s", "500ms", "4")),
        .object("gossip_wan", gossip("500ms", "5s", "3s", "6")),
        .object(
            "raft_logstore",
            [
                .string("backend").pending,
                .bool("disable_log_cache").pending,
                .object("verification", [.bool("enabled").pending, .duration("interval").pending]),
                .object("boltdb", [.bool("no_freelist_sync").pending.alias("NoFreelistSync")]),
                .object("wal", [.integer("segment_size_mb", "64").pending]),
            ]
        ),
        .strings("primary_gateways").pending,
        .duration("primary_gateways_interval", "30s").pending,
        .bool("use_streaming_backend", "true").accepted,
        .object("rpc", [.bool("enable_streaming").accepted]),
        .object(
            "cache",
            [
                .integer("entry_fetch_max_burst", "2").accepted.reloadable,
                .number("entry_fetch_rate").accepted.reloadable,
            ]
        ),
        .bool("enable_central_service_config", "true"),
        .object("config_entries", [.opaque("bootstrap")]),
        .object("locality", [.string("region").pending, .string("zone").pending]),
    ]

    private static func gossip(
        _ interval: String,
        _ probe: String,
        _ timeout: String,
        _ suspicion: String
    ) -> [Key] {
        [
            .duration("gossip_interval", interval).pending,
            .integer("gossip_nodes", "3").pending,
            .duration("probe_interval", probe).pending,
            .duration("probe_timeout", timeout).pending,
            .integer("suspicion_mult", suspicion).pending,
            .integer("retransmit_mult", "4").pending,
        ]
    }
}
