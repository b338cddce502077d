// SPDX-License-Identifier: Apache-2.0

/// What the keys of one source mean beyond their values: older spellings move to their
/// successors, and whatever is accepted without effect is said once.
struct KeyReview {
    private(set) var warnings: [String] = []
    private var said: Set<String> = []

    /// Moves older spellings (Consul: applyDeprecatedConfig): within one source a deprecated key
    /// never overrides its successor.
    mutating func review(_ tree: inout Tree, written: [WrittenKey]) {
        for item in written {
            switch item.key.standing {
            case .effective, .accepted: continue
            case .deprecated(let successor): move(item, to: successor, in: &tree)
            case .pending(let consequence): warn(pending: item, consequence, in: tree)
            case .enterprise:
                say(
                    item.path,
                    "config key \"\(item.path)\" needs Consul Enterprise and has no effect here "
                        + "(\(item.position))"
                )
            }
        }
    }

    private mutating func move(_ item: WrittenKey, to successor: String, in tree: inout Tree) {
        let path = item.path
        guard !successor.isEmpty else {
            say(
                path,
                "config key \"\(path)\" is deprecated and should be removed (\(item.position))"
            )
            return
        }
        say(
            path,
            "The '\(path)' field is deprecated. Use the '\(successor)' field instead. "
                + "(\(item.position))"
        )
        guard let value = tree[path], tree[successor] == nil else { return }
        tree.set(successor, to: value)
        let heir = KeyTable.key(at: successor)
        if let heir, case .pending(let consequence) = heir.standing {
            let moved = WrittenKey(path: successor, key: heir, position: item.position)
            warn(pending: moved, consequence, in: tree)
        }
    }

    private mutating func warn(pending item: WrittenKey, _ consequence: String, in tree: Tree) {
        // Writing down the default changes nothing, so nothing is missing.
        if let value = tree[item.path], value == Tree.defaults[item.path] { return }
        if case .object = item.key.kind { return }
        let reason = consequence.isEmpty ? "" : ": \(consequence)"
        say(
            item.path,
            "config key \"\(item.path)\" is known but has no effect yet\(reason) "
                + "(\(item.position))"
        )
    }

    mutating func say(_ topic: String, _ text: String) {
        if said.insert(topic).inserted { warnings.append(text) }
    }
}
