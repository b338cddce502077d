// SPDX-License-Identifier: Apache-2.0

/// The kinds of rows of which the table ``SnapshotTable/catalog`` consists; the raw value is the
/// first member of a row, with key 0.
///
/// A node's row is followed by its own checks, then by its instances in the order of their IDs,
/// each followed by its checks; nodes stand in the order of their folded names. Rows leave out what
/// they share with those above them: the name of the node; the ID, name and tags of the instance. So
/// a frame can be read apart from all others, and a tree is built from rows as they come.
enum CatalogRow: Int, Sendable {
    /// A node.
    case node = 1
    /// An instance of the node above.
    case instance = 2
    /// A check of the node above, with all that it says of its service.
    case check = 3
    /// A check of the instance above, whose ID, name and tags it has.
    case instanceCheck = 4
    /// The name of the node, in the frame before, to which the next rows belong.
    case continuation = 5

    /// The key of the kind in a row.
    static let kindKey = 0
}
