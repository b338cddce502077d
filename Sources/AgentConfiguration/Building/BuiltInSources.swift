// SPDX-License-Identifier: Apache-2.0

extension Tree {
    /// The defaults of all keys (source 1 of spec cli.md 6.1).
    static let defaults: Tree = {
        var tree = Tree()
        for (path, key) in KeyTable.leaves() where !key.fallback.isEmpty {
            tree.set(path, to: constant(key.fallback))
        }
        return tree
    }()

    /// What `-dev` sets (source 2; spec cli.md 5.3).
    ///
    /// Consul also turns log level DEBUG on; we stay at INFO, since the first screen is for people.
    static let development: Tree = {
        var tree = Tree()
        for (path, text) in [
            ("server", "true"), ("bind_addr", "\"127.0.0.1\""), ("ui_config.enabled", "true"),
            ("enable_debug", "true"), ("disable_anonymous_signature", "true"),
            ("disable_keyring_file", "true"), ("performance.raft_multiplier", "1"),
            ("gossip_lan.gossip_interval", "\"100ms\""), ("gossip_lan.probe_interval", "\"100ms\""),
            ("gossip_lan.probe_timeout", "\"100ms\""), ("gossip_lan.suspicion_mult", "3"),
        ] { tree.set(path, to: constant(text)) }
        return tree
    }()

    /// A value from our own tables; a faulty one is our mistake.
    private static func constant(_ text: String) -> ConfigurationValue {
        do {
            let parsed = try HCLParser.parse(Array("v = \(text)".utf8), file: defaultName)
            guard case .object(let members) = parsed.content, let member = members.first else {
                preconditionFailure("built-in value is empty: \(text)")
            }
            return ConfigurationValue(
                member.value.content,
                at: SourcePosition(file: defaultName)
            )
        } catch { preconditionFailure("built-in value cannot be read: \(text): \(error)") }
    }
}
