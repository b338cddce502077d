// SPDX-License-Identifier: Apache-2.0
import StateStore

/// What `?tag=`, `?node-meta=` and `?passing` leave of a list (HTTP API 3.4).
struct Selection {
    /// Tags that an instance must have, folded.
    private let tags: [FoldedText]
    private let nodeMeta: [(key: String, value: String)]

    /// Reads what selects instances: `?tag=` and `?node-meta=`.
    init(_ request: APIRequest) {
        self.init(nodesOf: request, tags: request.query.all("tag").map(FoldedText.init))
    }

    /// Reads what selects nodes: `?node-meta=` alone.
    init(nodesOf request: APIRequest) { self.init(nodesOf: request, tags: []) }

    private init(nodesOf request: APIRequest, tags: [FoldedText]) {
        self.tags = tags
        nodeMeta = request.query.all("node-meta").map { text in
            let halves = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(halves[0]), halves.count > 1 ? String(halves[1]) : "")
        }
    }

    /// Whether nodes are selected at all.
    var selectsNodes: Bool { !nodeMeta.isEmpty }

    /// Whether a node has all the metadata.
    func includes(_ node: NodeRow) -> Bool {
        nodeMeta.allSatisfy { node.meta?[$0.key] == $0.value }
    }

    /// Whether an instance has all the tags, compared without case.
    func includes(_ service: ServiceRow) -> Bool {
        // Consul: the empty tag asks for an instance with an empty tag.
        tags.first(whosePresence: false, in: service.tags) == nil
    }
}

extension API {
    /// `?near=`: by estimated round-trip time where the named node has a network coordinate.
    ///
    /// Without one only the node itself is known to be near: its rows come first, the rest stays in
    /// order.
    ///
    /// An unknown node leaves the order.
    func sorted<Row>(
        _ rows: [Row],
        _ request: APIRequest,
        node: (Row) -> String
    ) -> [Row] {
        guard let near = request.query.first("near"), !near.isEmpty else { return rows }
        let name = StateStore.folded(near == "_agent" ? control.identity.nodeName : near)
        if let sorted = snapshots.snapshot().sorted(rows, byDistanceFrom: name, name: node) {
            return sorted
        }
        func isNear(_ row: Row) -> Bool { StateStore.folded(node(row)) == name }
        return rows.filter { isNear($0) } + rows.filter { !isNear($0) }
    }
}
