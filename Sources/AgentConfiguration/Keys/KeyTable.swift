// SPDX-License-Identifier: Apache-2.0

/// All keys of agent configuration files (spec cli.md 7).
enum KeyTable {
    /// The top level.
    static let root: [Key] =
        agentKeys + networkKeys + discoveryKeys + clusterKeys + securityKeys + interfaceKeys
        + outerKeys + deprecatedKeys

    /// Finds a key by its path: `dns_config.node_ttl`.
    static func key(at path: String) -> Key? {
        var keys = root
        var found: Key?
        for name in path.split(separator: ".") {
            guard let key = keys.first(where: { $0.name == name }) else { return nil }
            found = key
            keys = key.kind.members ?? []
        }
        return found
    }

    /// Every scalar, list and map key outside lists of objects, with its path.
    static func leaves(
        of keys: [Key] = root,
        under prefix: String = ""
    ) -> [(path: String, key: Key)] {
        keys.flatMap { key -> [(path: String, key: Key)] in
            let path = prefix + key.name
            if case .object(let members) = key.kind, key.name != "service", key.name != "check" {
                return leaves(of: members, under: path + ".")
            }
            return [(path, key)]
        }
    }
}
