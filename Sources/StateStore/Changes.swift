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
    /// Which instances of ``services`` that were, in the order of the commands; one may stand here
    /// more than once.
    ///
    /// A service of which none stands here changed as a whole.
    public var instances: [InstanceChange] = []
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

    /// Notes that an instance of a service came, changed or went, or that its checks or its node
    /// did; all names are folded.
    mutating func note(_ id: String, onNode node: String, of service: String) {
        topics.insert(.service(service))
        services.insert(service)
        instances.append(InstanceChange(service: service, node: node, id: id))
    }

    /// Adds the changes of another command.
    public mutating func formUnion(_ other: Changes) {
        topics.formUnion(other.topics)
        services.formUnion(other.services)
        instances.append(contentsOf: other.instances)
        nodes.formUnion(other.nodes)
        isEverything = isEverything || other.isEverything
    }
}

/// An instance that came, changed or went, or whose checks or node did.
///
/// Names are folded with ``StateStore/folded(_:)``.
public struct InstanceChange: Hashable, Sendable {
    /// The name of the service; an instance that was renamed stands under both names.
    public var service: String
    /// The name of its node.
    public var node: String
    /// Its ID, unique on the node.
    public var id: String

    /// Makes the note of a change.
    public init(service: String, node: String, id: String) {
        self.service = service
        self.node = node
        self.id = id
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
    /// The services that terminating gateways lead to.
    case terminatingGateways
    /// The network coordinates.
    case coordinates
    /// The sessions.
    case sessions
    /// The configuration of autopilot.
    case autopilot
    /// One key.
    case key(String)
    /// The keys that begin with a text.
    case keyPrefix(KeyPrefix)
    /// So many keys at once that each is not named: every read of keys waits for this, too.
    case manyKeys
}
