// SPDX-License-Identifier: Apache-2.0
import Checks
import HealthChecks
import Publication
import StateStore

/// The published catalog, for aliases of other nodes to follow.
///
/// A node's changes wake only those who follow it, at no cost to others.
struct CatalogFollower: CatalogHealth {
    let snapshots: any SnapshotReader
    let watches: WatchRegistry<WatchTopic>

    /// How long an alias goes without looking (Consul: a refresh at least every minute).
    private static let longestWait = Duration.seconds(60)

    func follow(node: String, tell: @escaping @Sendable (RemoteHealth) -> Void) async {
        // A node that is not there has its topic too.
        let topics = snapshots.snapshot().checks(onNode: node).topics
        while !Task.isCancelled {
            let watch = watches.register(topics)
            tell(RemoteHealth(node: node, in: snapshots.snapshot()))
            _ = await watch.wait(until: .now + Self.longestWait)
        }
    }
}

extension RemoteHealth {
    /// What a state says of a node.
    init(node: String, in state: StateStore) {
        let found = state.services(onNode: node).value
        self.init(
            isNodeKnown: found != nil,
            health: LocalHealth(
                serviceIDs: Set((found?.services ?? []).map(\.id)),
                checks: state.checks(onNode: node).value.map { check in
                    LocalHealth.Check(
                        id: check.id,
                        name: check.name,
                        serviceID: check.serviceID,
                        state: CheckResult(check.status, output: check.output)
                    )
                }
            )
        )
    }
}
