// SPDX-License-Identifier: Apache-2.0

extension KeyTable {
    private static let open = "everybody who reaches the agent may read and write"
    private static let plain = "nothing is encrypted"

    /// Access control and encryption.
    static let securityKeys: [Key] = [
        .string("encrypt").secret.pending("there is no gossip to encrypt"),
        .bool("encrypt_verify_incoming", "true").pending,
        .bool("encrypt_verify_outgoing", "true").pending,
        .bool("disable_keyring_file", "false").accepted,
        .object(
            "acl",
            [
                .bool("enabled", "false").pending(open),
                .string("default_policy", "allow").pending("only a header says so, and \(open)"),
                .string("down_policy", "extend-cache").pending,
                .duration("token_ttl", "30s").pending,
                .duration("policy_ttl", "30s").pending,
                .duration("role_ttl", "30s").pending,
                .bool("enable_key_list_policy", "false").pending,
                .bool("enable_token_persistence", "false").pending,
                .bool("enable_token_replication", "false").pending,
                .bool("msp_disable_bootstrap").enterprise,
                .object(
                    "tokens",
                    [
                        .string("initial_management").secret.pending,
                        .string("agent").secret.pending.reloadable,
                        .string("default").secret.pending.reloadable,
                        .string("agent_recovery").secret.pending.reloadable,
                        .string("replication").secret.pending.reloadable,
                        .string("config_file_service_registration").secret.pending.reloadable,
                        .string("dns").secret.pending.reloadable,
                        .string("master").secret.deprecated("acl.tokens.initial_management"),
                        .string("agent_master").secret.deprecated("acl.tokens.agent_recovery"),
                        .opaque("managed_service_provider").secret.enterprise,
                    ]
                ),
            ]
        ),
        .object(
            "tls",
            [
                .object(
                    "defaults",
                    servedKeys + [
                        .bool("verify_outgoing").pending, .bool("verify_server_hostname").pending,
                    ]
                ),
                .object(
                    "internal_rpc",
                    rpcKeys + [
                        .bool("verify_outgoing").pending, .bool("verify_server_hostname").pending,
                    ]
                ),
                .object("https", servedKeys + [.bool("verify_outgoing").pending]),
                .object("grpc", unservedKeys + [.bool("use_auto_cert").pending]),
            ]
        ),
        .string("server_name").pending,
        .object(
            "auto_encrypt",
            [
                .bool("tls").pending, .bool("allow_tls").pending, .strings("dns_san").pending,
                .strings("ip_san").pending,
            ]
        ),
        .object(
            "auto_config",
            [
                .bool("enabled").pending, .string("intro_token").secret.pending,
                .string("intro_token_file").pending, .strings("server_addresses").pending,
                .strings("dns_sans").pending, .strings("ip_sans").pending,
                .opaque("authorization").pending,
            ]
        ),
    ]

    /// What HTTPS is served with; `defaults` holds for it too.
    private static let servedKeys: [Key] = [
        .string("ca_file").reloadable, .string("ca_path").reloadable,
        .string("cert_file").reloadable, .string("key_file").reloadable,
        .string("tls_min_version").reloadable, .string("tls_cipher_suites").reloadable,
        .bool("verify_incoming").reloadable,
    ]

    /// Files that checks read with `enable_agent_tls_for_checks`.
    private static let rpcKeys: [Key] =
        [.string("ca_file"), .string("ca_path"), .string("cert_file"), .string("key_file")]
        + unservedSettings

    private static let unservedKeys: [Key] =
        [
            .string("ca_file").pending, .string("ca_path").pending, .string("cert_file").pending,
            .string("key_file").pending,
        ] + unservedSettings

    private static let unservedSettings: [Key] = [
        .string("tls_min_version").pending,
        .string("tls_cipher_suites").pending, .bool("verify_incoming").pending(plain),
    ]
}
