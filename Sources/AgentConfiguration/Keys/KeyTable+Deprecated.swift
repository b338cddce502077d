// SPDX-License-Identifier: Apache-2.0

extension KeyTable {
    /// Older spellings that are still read, with a warning (spec cli.md 7.2, "Deprecated").
    static let deprecatedKeys: [Key] = [
        .string("acl_agent_master_token").secret.deprecated("acl.tokens.agent_recovery"),
        .string("acl_agent_token").secret.deprecated("acl.tokens.agent"),
        .string("acl_token").secret.deprecated("acl.tokens.default"),
        .string("acl_master_token").secret.deprecated("acl.tokens.initial_management"),
        .string("acl_replication_token").secret.deprecated("acl.tokens.replication"),
        .string("acl_datacenter").deprecated("primary_datacenter"),
        .string("acl_default_policy").deprecated("acl.default_policy"),
        .string("acl_down_policy").deprecated("acl.down_policy"),
        .duration("acl_ttl").deprecated("acl.token_ttl"),
        .bool("acl_enable_key_list_policy").deprecated("acl.enable_key_list_policy"),
        .bool("enable_acl_replication").deprecated("acl.enable_token_replication"),
        .string("ca_file").deprecated("tls.defaults.ca_file"),
        .string("ca_path").deprecated("tls.defaults.ca_path"),
        .string("cert_file").deprecated("tls.defaults.cert_file"),
        .string("key_file").deprecated("tls.defaults.key_file"),
        .string("tls_min_version").deprecated("tls.defaults.tls_min_version"),
        .string("tls_cipher_suites").deprecated("tls.defaults.tls_cipher_suites"),
        .bool("tls_prefer_server_cipher_suites").deprecated(""),
        .bool("verify_incoming").deprecated("tls.defaults.verify_incoming"),
        .bool("verify_incoming_rpc").deprecated("tls.internal_rpc.verify_incoming"),
        .bool("verify_incoming_https").deprecated("tls.https.verify_incoming"),
        .bool("verify_outgoing").deprecated("tls.defaults.verify_outgoing"),
        .bool("verify_server_hostname").deprecated("tls.internal_rpc.verify_server_hostname"),
        .bool("ui").deprecated("ui_config.enabled"),
        .string("ui_dir").deprecated("ui_config.dir"),
        .string("ui_content_path").deprecated("ui_config.content_path"),
        .strings("start_join").deprecated("retry_join"),
        .strings("start_join_wan").deprecated("retry_join_wan"),
        .object("raft_boltdb", [.bool("no_freelist_sync").alias("NoFreelistSync")])
            .deprecated("raft_logstore.boltdb"),
        .bool("non_voting_server").deprecated("read_replica"),
    ]
}
