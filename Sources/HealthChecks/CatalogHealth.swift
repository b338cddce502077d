// SPDX-License-Identifier: Apache-2.0
public import Checks

/// The catalog, as far as aliases of other nodes look at it.
public protocol CatalogHealth: Sendable {
    /// Tells what the catalog says of a node now and after each change of it, until the task is
    /// cancelled.
    func follow(node: String, tell: @escaping @Sendable (RemoteHealth) -> Void) async
}
