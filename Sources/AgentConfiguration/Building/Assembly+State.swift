// SPDX-License-Identifier: Apache-2.0
internal import Definitions

extension Assembly {
    /// What concerns the state that servers share: snapshots, coordinates, its first entries.
    mutating func readState() {
        configuration.disablesCoordinates = reader.bool("disable_coordinates")
        configuration.http.discoveryMaximumStaleness = durationQuietly("discovery_max_stale")
        configuration.http.mergesCentralConfig = reader.bool("enable_central_service_config")
        readDefaultPolicy()
        readSnapshots()
        readBootstrapEntries()
    }

    private mutating func readDefaultPolicy() {
        let policy = reader.string("acl.default_policy")
        configuration.defaultPolicy = policy
        if ["allow", "deny"].contains(policy) { return }
        reader.report(
            "Unsupported default ACL policy: \(policy)",
            at: "acl.default_policy",
            hint: "write \"allow\" or \"deny\""
        )
    }

    // Consul: 0 is the default; Raft refuses an interval under 5 ms.
    private mutating func readSnapshots() {
        let threshold = count("raft_snapshot_threshold", "entries of the log")
        if threshold > 0 { configuration.snapshots.threshold = threshold }
        let trailing = count("raft_trailing_logs", "entries of the log")
        if trailing > 0 { configuration.snapshots.trailing = trailing }
        let interval = durationQuietly("raft_snapshot_interval")
        if interval != .zero, !(.milliseconds(5) ... .seconds(24 * 3600)).contains(interval) {
            reader.report(
                "raft_snapshot_interval cannot be \(reader.string("raft_snapshot_interval"))",
                at: "raft_snapshot_interval",
                hint: "write how often it is looked whether a snapshot is due, 5ms to 24h"
            )
        } else if interval != .zero {
            configuration.snapshots.interval = interval
        }
    }

    private mutating func count(_ path: String, _ what: String) -> Int {
        let number = reader.integer(path)
        if number < 0 {
            reader.report(
                "\(path) cannot be \(number)",
                at: path,
                hint: "write a number of \(what), or 0 for the default"
            )
        }
        return number
    }

    private mutating func readBootstrapEntries() {
        let path = "config_entries.bootstrap"
        guard let value = reader.tree[path] else { return }
        let elements: [ConfigurationValue]
        switch value.content {
        case .null: return
        case .list(let several): elements = several
        default: elements = [value]
        }
        for (number, element) in elements.enumerated() {
            let name = "\(path)[\(number)]"
            guard case .object = element.content else {
                reader.add(
                    ConfigurationProblem(
                        "\(name): a config entry is an object",
                        at: element.position,
                        hint: "write { kind = \"service-defaults\" name = \"web\" … }"
                    )
                )
                continue
            }
            configuration.bootstrapEntries.append(
                BootstrapEntryConfiguration(
                    json: element.json,
                    name: name,
                    position: element.position
                )
            )
        }
    }
}
