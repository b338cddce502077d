// SPDX-License-Identifier: Apache-2.0
import HashTreeCollections

/// Consul's state as a value: the catalog of nodes, service instances and checks with their
/// indexes, prepared queries, config entries, virtual addresses and network coordinates; the
/// key/value store and its sessions; the configuration of autopilot.
///
/// A copy is O(1) and never changes; a change costs the same whatever the size of the catalog.
/// Commands come in by ``apply(_:at:)``, in index order; reads are in `Queries/`.
///
/// Invariants, between commands:
/// - rows of instances and checks stand with their node; every other table holds only keys that
///   lead there, so that a change of a row touches few tables;
/// - a check stands in its node's table and with its instance or, without one, with the node's own
///   checks, as the same row; its service name and tags are those of its instance;
/// - a service name without instances has no entry;
/// - a service has a virtual address from when it first needs one until it neither needs it nor has
///   an instance.
public struct StateStore: Sendable {
    /// The index of the last command, applied or refused.
    public internal(set) var lastIndex = RaftIndex.zero
    /// The latest time of any command; see ``LogTime``.
    public internal(set) var time = LogTime.zero
    /// When each table changed last.
    public internal(set) var tableIndexes = TableIndexes()
    /// When this state took the place of another one; 0 for never.
    ///
    /// Whoever watches was told indexes of the other state, so that none below this one may be
    /// reported (``current(_:)``). Rows keep theirs.
    public internal(set) var restoredAt = RaftIndex.zero

    /// Nodes by folded name.
    var nodeTable = OrderedTree<CopyOnWrite<NodeRecord>>()
    /// Folded node names by folded node ID.
    var nodeIDTable = OrderedTree<String>()
    /// Keys (canonical address, folded node name).
    var nodeAddressTable = OrderedTree<Presence>()
    /// Services by folded name.
    var serviceTable = OrderedTree<CopyOnWrite<ServiceRecord>>()
    /// Keys (canonical address, folded node name, service ID) of instances with an address of their own.
    var instanceAddressTable = OrderedTree<Presence>()
    /// Proxies and native instances by the folded name of the service that is reached by them.
    var connectTable = OrderedTree<ConnectRecord>()
    /// Keys (folded node name, check ID) by status, of the checks that do not pass.
    var checksByStatus = TreeDictionary<String, OrderedTree<Presence>>()
    /// Prepared queries by ID, name and template prefix.
    var preparedQueryTable = PreparedQueryTable()
    /// Config entries by kind and name.
    var configEntryTable = ConfigEntryTable()
    /// Virtual addresses by folded service name.
    var virtualAddressTable = VirtualAddressTable()
    /// Network coordinates by folded node name and segment.
    var coordinateTable = OrderedTree<CoordinateRow>()
    /// The key/value store with its locks.
    var kvTable = KVTable()
    /// Sessions by ID, node and check.
    var sessionTable = SessionTable()
    /// The configuration of autopilot, once one was written.
    var autopilot: Box<AutopilotConfiguration>?

    /// The empty catalog.
    public init() {}

    /// The form in which names of nodes and services are compared.
    public static func folded(_ name: String) -> String {
        // Consul: strings.ToLower on both sides of every comparison of such names.
        let octets = name.utf8.span
        for index in octets.indices {
            let octet = octets[index]
            if octet >= 128 || (65...90).contains(octet) { return name.lowercased() }
        }
        return name
    }
}

/// A node with what is on it.
struct NodeRecord: Sendable {
    /// The node's row.
    var row: Box<NodeRow>
    /// The checks of the node itself, by check ID.
    var ownChecks: [Box<CheckRow>] = []
    /// The instances on the node, by service ID.
    var instances = OrderedTree<InstanceRecord>()
    /// All checks on the node, by check ID.
    var checks = OrderedTree<Box<CheckRow>>()
}

/// A service name with its instances.
struct ServiceRecord: Sendable {
    /// The last change of any instance, its checks, or the data of its node.
    var index: RaftIndex
    /// Keys (folded node name, service ID) of the instances.
    var instances = OrderedTree<Presence>()
    /// How many instances spell the name so: (spelling); or spell it so and carry the tag:
    /// (spelling, tag).
    var tagCounts = OrderedTree<Int>()
    /// Name and tags of the instance registered last; instances that agree share them.
    var name: String
    var tags: [String]
}

/// A service name with the proxies and native instances by which it is reached.
struct ConnectRecord: Sendable {
    /// The last time that one of them came, changed or went.
    var index: RaftIndex
    /// Their keys: (folded node name, service ID).
    var instances = OrderedTree<Presence>()
}

/// A value behind one reference, copied when it is changed while somebody else holds it.
struct CopyOnWrite<Value: Sendable>: Sendable {
    /// `@unchecked Sendable`: changed only while uniquely referenced, by the thread that holds it.
    private final class Storage: @unchecked Sendable {
        // Not checked for exclusive access at run time: whoever changes it has the whole value as `inout`.
        @exclusivity(unchecked) private var stored: Value

        init(_ value: Value) { unsafe stored = value }

        var value: Value {
            @inline(__always) _read { yield unsafe stored }
            @inline(__always) _modify { yield unsafe &stored }
        }
    }

    private var storage: Storage

    init(_ value: Value) { storage = Storage(value) }

    var value: Value {
        _read { yield storage.value }
        _modify {
            if !isKnownUniquelyReferenced(&storage) { storage = Storage(storage.value) }
            yield &storage.value
        }
    }
}

/// The value of a key that says all there is to say.
struct Presence: Sendable {}
