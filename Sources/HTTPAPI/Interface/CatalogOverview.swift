// SPDX-License-Identifier: Apache-2.0
import Definitions
import StateStore

/// How healthy everything is (`/v1/internal/ui/catalog-overview`): nodes together, services and
/// checks by name.
struct CatalogOverview {
    /// How many there are, by health.
    struct Figure {
        var total = 0
        var byStatus: [CheckStatus: Int] = [:]

        fileprivate mutating func add(_ status: CheckStatus) {
            total += 1
            byStatus[status, default: 0] += 1
        }

        fileprivate func write(name: String, to writer: inout JSONWriter) {
            writer.object { writer in
                if !name.isEmpty { writer.member("Name", name) }
                writer.member("Total", total)
                writer.member("Passing", byStatus[.passing] ?? 0)
                writer.member("Warning", byStatus[.warning] ?? 0)
                writer.member("Critical", byStatus[.critical] ?? 0)
            }
        }
    }

    private var nodes: [String: Figure] = [:]
    private var services: [String: Figure] = [:]
    private var checks: [String: Figure] = [:]

    /// Counts the catalog through.
    init(_ store: StateStore) {
        for node in store.nodes().value {
            let found = store.checks(onNode: node.name).value
            for check in found { checks[check.name, default: Figure()].add(check.status) }
            let own = found.filter(\.serviceID.isEmpty).map(\.status)
            nodes["", default: Figure()].add(Self.worst(own))
            let byService = Dictionary(grouping: found, by: \.serviceID)
            for service in store.services(onNode: node.name).value?.services ?? [] {
                let status = Self.worst((byService[service.id] ?? []).map(\.status))
                services[service.name, default: Figure()].add(status)
            }
        }
    }

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            for (name, figures) in [
                ("Nodes", nodes), ("Services", services), ("Checks", checks),
            ] {
                writer.key(name)
                if figures.isEmpty {
                    writer.null()
                } else {
                    writer.array(figures.sortedByKey()) { $1.value.write(name: $1.key, to: &$0) }
                }
            }
        }
    }

    /// The health of what has these checks; without any it passes.
    private static func worst(_ statuses: [CheckStatus]) -> CheckStatus {
        if statuses.contains(.critical) { return .critical }
        return statuses.contains(.warning) ? .warning : .passing
    }
}
