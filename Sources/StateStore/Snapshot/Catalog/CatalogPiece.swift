// SPDX-License-Identifier: Apache-2.0

/// What a frame of the catalog says, decoded apart from all others.
public struct CatalogPiece: Sendable {
    /// A node with what the frame has of it.
    struct Node: Sendable {
        /// The folded name.
        var name: String
        /// The node; of one that goes on from the frame before only what stands on it counts.
        var record: NodeRecord
        /// Checks of instances that the frame does not have.
        var looseChecks: [Box<CheckRow>] = []
        /// The first and the last service ID.
        var firstID: String?
        var lastID: String?
    }

    /// Which decoder made it: ``texts`` are its numbers.
    var decoder: Int
    /// The nodes, in order.
    var nodes: [Node] = []
    /// Whether the first of ``nodes`` goes on from the frame before.
    var goesOn = false
    /// Keys (folded node name, check ID) by status of what does not pass, but for a node that goes on.
    var checksByStatus: [String: OrderedTree<Presence>] = [:]

    /// Of each instance, in order: the number of its name and tags.
    var texts: [UInt32] = []
    /// Of each instance: where its key (folded node name, service ID) ends in ``keys``.
    var keyEnds: [UInt32] = []
    /// The keys, one after the other.
    var keys: [UInt8] = []
    /// Of each instance: when it changed last.
    var modified: [RaftIndex] = []

    /// Keys of the instances with an address of their own.
    var addresses: [[UInt8]] = []
    /// Instances by which a service is reached.
    var connections: [Connection] = []

    /// An instance by which a service is reached.
    struct Connection: Sendable {
        var destination: String
        /// Its key: folded node name, service ID.
        var place: [UInt8]
        var index: RaftIndex
    }

    init(decoder: Int) { self.decoder = decoder }

    /// The key of an instance (folded node name, service ID).
    func key(_ index: Int) -> ArraySlice<UInt8> {
        keys[(index == 0 ? 0 : Int(keyEnds[index - 1]))..<Int(keyEnds[index])]
    }
}

/// The name and the tags that instances of a service share.
struct InstanceTexts: Sendable {
    var name: String
    /// The name, folded.
    var folded: String
    var tags: [String]
}
