// SPDX-License-Identifier: Apache-2.0

/// What one command, or a group of them, changed: what the DNS view must follow and whom the watch
/// registry must wake.
///
/// Names are folded with ``StateStore/folded(_:)``.
public struct Changes: Hashable, Sendable {
    /// What blocked readers may wait for.
    public var topics: Set<WatchTopic> = []
    /// Names of services whose instances, health or nodes changed.
    public var services: Set<String> = []
    /// Names of nodes that came, changed or went; both names when a node was renamed.
    public var nodes: Set<String> = []
    /// Whether anything may have changed: a snapshot was installed.
    public var isEverything = false

    /// Nothing has changed.
    public init() {}

    /// Whether nothing has changed.
    public var isEmpty: Bool {
        !isEverything && topics.isEmpty && services.isEmpty && nodes.isEmpty
    }

    /// Adds the changes of another command.
    public mutating func formUnion(_ other: Changes) {
        topics.formUnion(other.topics)
        services.formUnion(other.services)
        nodes.formUnion(other.nodes)
        isEverything = isEverything || other.isEverything
    }
}

/// What a blocked reader can wait for.
///
/// Every read names its topics (``Indexed/topics``); every command names those it touched
/// (``Changes/topics``). Names are folded with ``StateStore/folded(_:)``.
public enum WatchTopic: Hashable, Sendable {
    /// The nodes table: a node came, changed or went.
    case nodes
    /// The services table: an instance came, changed or went.
    case services
    /// The checks table: a check came, changed or went.
    case checks
    /// One service name: its instances, their checks or their nodes.
    case service(String)
    /// One node: its data, its instances or its checks.
    case node(String)
    /// The proxies and native instances through which one service name is reached.
    case connect(String)
    /// The prepared queries.
    case preparedQueries
    /// The config entries, of all kinds.
    case configEntries
    /// The network coordinates.
    case coordinates
    /// The sessions.
    case sessions
    /// One key.
    case key(String)
    /// The keys that begin with a text.
    case keyPrefix(KeyPrefix)
    /// So many keys at once that each is not named: every read of keys waits for this, too.
    case manyKeys
}
