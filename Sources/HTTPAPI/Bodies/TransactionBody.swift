// SPDX-License-Identifier: Apache-2.0
import Definitions
import StateStore

/// Decodes the body of `PUT /v1/txn` (HTTP API 4.9).
enum TransactionBody {
    /// An operation, or why the transaction fails by it.
    enum Operation: Hashable {
        case operation(TransactionOperation)
        case failure(String, isWrite: Bool)
        /// A deletion of what there is not: done, with nothing to do.
        case nothing

        /// Whether it changes something, or would have.
        var isWrite: Bool {
            switch self {
            case .operation(let operation): operation.isWrite
            case .failure(_, let isWrite): isWrite
            case .nothing: true
            }
        }
    }

    /// The operations, each still JSON; `null` is an empty list, as in Go.
    static func elements(_ value: JSONValue) throws(BodyError) -> [JSONValue] {
        switch value {
        case .array(let elements): return elements
        case .null: return []
        default:
            throw BodyError("json: cannot unmarshal \(value.kind) into Go value of type api.TxnOps")
        }
    }

    /// One operation: an object with one member.
    ///
    /// Members that nobody knows are refused, as Consul's decoder does; those of the definition of
    /// a check are not (``CheckBody/ofTransaction(_:)``).
    static func operation(_ value: JSONValue) throws(BodyError) -> Operation {
        var reader = try JSONObjectReader(value, type: "api.TxnOp")
        let (kv, node) = (reader.value("KV"), reader.value("Node"))
        let (service, check) = (reader.value("Service"), reader.value("Check"))
        try reader.finish()
        if let kv { return try self.kv(kv) }
        if let node { return try self.node(node) }
        if let service { return try self.service(service) }
        if let check { return try self.check(check) }
        throw BodyError("an operation must have one of the members KV, Node, Service and Check")
    }

    private static let kvVerbs: [String: KVOperation.Verb] = [
        "set": .set, "delete": .delete, "delete-tree": .deleteTree, "delete-cas": .deleteCAS,
        "cas": .cas, "lock": .lock, "unlock": .unlock, "get": .get,
        "get-or-empty": .getOrEmpty, "get-tree": .getTree, "check-session": .checkSession,
        "check-index": .checkIndex, "check-not-exists": .checkNotExists,
    ]

    private static let catalogVerbs: [String: CatalogVerb] = [
        "get": .get, "set": .set, "cas": .cas, "delete": .delete, "delete-cas": .deleteCAS,
    ]

    private static func kv(_ value: JSONValue) throws(BodyError) -> Operation {
        var reader = try JSONObjectReader(value, type: "api.KVTxnOp")
        let verb = try reader.string("Verb")
        let key = try reader.string("Key")
        let operation = KVOperation(
            kvVerbs[verb] ?? .get,
            key,
            value: try reader.octets("Value") ?? [],
            flags: try reader.unsigned("Flags") ?? 0,
            session: try reader.string("Session"),
            index: RaftIndex(rawValue: try reader.unsigned("Index") ?? 0)
        )
        for ignored in ["Namespace", "Partition"] { _ = try reader.string(ignored) }
        try reader.finish()
        if kvVerbs[verb] == nil {
            return .failure("unknown KV operation: \(verb)", isWrite: false)
        }
        if key.isEmpty, !operation.verb.isOfTree {
            return .failure("Must provide key", isWrite: operation.verb.isWrite)
        }
        return .operation(.kv(operation))
    }

    private static func node(_ value: JSONValue) throws(BodyError) -> Operation {
        var reader = try JSONObjectReader(value, type: "api.NodeTxnOp")
        let verb = try reader.string("Verb")
        var node = try JSONObjectReader(reader.value("Node") ?? .null, type: "api.Node")
        try reader.finish()
        var row = NodeRow(
            name: try node.string("Node"),
            id: try node.string("ID"),
            address: try node.string("Address"),
            taggedAddresses: try node.map("TaggedAddresses"),
            meta: try node.map("Meta")
        )
        row.modifyIndex = RaftIndex(rawValue: try node.unsigned("ModifyIndex") ?? 0)
        for ignored in ["Datacenter", "Partition"] { _ = try node.string(ignored) }
        let peer = try node.string("PeerName")
        _ = try node.unsigned("CreateIndex")
        row.locality = try LocalityBody.locality(node.value("Locality"))
        try node.finish()
        if let known = catalogVerbs[verb] {
            // Consul: nodePreApply.
            if known != .get {
                if row.name.isEmpty { return .failure("Must provide node", isWrite: true) }
                if let problem = CatalogBody.idProblem(of: row) {
                    return .failure(problem, isWrite: true)
                }
            }
            if !peer.isEmpty { return absent(known, "node \(GoQuoted.text(row.name))") }
        }
        return operation(verb, "Node") { .node($0, row) }
    }

    /// The answer to an operation on a row of another cluster: here there are none.
    ///
    /// Consul would store what is set as if that cluster had sent it.
    private static func absent(_ verb: CatalogVerb, _ what: String) -> Operation {
        switch verb {
        case .get: .failure("\(what) doesn't exist", isWrite: false)
        case .set, .cas: .failure(CatalogBody.peerRefusal, isWrite: true)
        case .deleteCAS: .failure("failed to delete \(what), index is stale", isWrite: true)
        case .delete: .nothing
        }
    }

    private static func service(_ value: JSONValue) throws(BodyError) -> Operation {
        var reader = try JSONObjectReader(value, type: "api.ServiceTxnOp")
        let verb = try reader.string("Verb")
        let object = reader.value("Service") ?? .null
        var row = try ServiceBody.catalogRow(known(object))
        row.node = try reader.string("Node")
        try reader.finish()
        row.modifyIndex = try modifyIndex(of: object)
        // Consul looks at what is only to be deleted, too.
        if let known = catalogVerbs[verb], known != .get {
            if let problem = CatalogBody.proxyProblem(of: row) {
                return .failure(problem, isWrite: true)
            }
            if [.set, .cas].contains(known), let problem = CatalogBody.metaProblem(of: row) {
                return .failure(problem, isWrite: true)
            }
        }
        return operation(verb, "Service") { .service($0, row) }
    }

    private static func check(_ value: JSONValue) throws(BodyError) -> Operation {
        var reader = try JSONObjectReader(value, type: "api.CheckTxnOp")
        let verb = try reader.string("Verb")
        let object = reader.value("Check") ?? .null
        try reader.finish()
        var row = try CatalogBody.check(known(object)) { value throws(BodyError) in
            try CheckBody.ofTransaction(value)
        }
        row.modifyIndex = try modifyIndex(of: object)
        if let known = catalogVerbs[verb], try !CatalogBody.peer(of: object).isEmpty {
            let (id, node) = (GoQuoted.text(row.id), GoQuoted.text(row.node))
            return absent(known, "check \(id) on node \(node)")
        }
        return operation(verb, "Check") { .check($0, row) }
    }

    private static func operation(
        _ verb: String,
        _ kind: String,
        _ make: (CatalogVerb) -> TransactionOperation
    ) -> Operation {
        guard let known = catalogVerbs[verb] else {
            return .failure("unknown \(kind) operation: \(verb)", isWrite: true)
        }
        return .operation(make(known))
    }

    private static func modifyIndex(of value: JSONValue) throws(BodyError) -> RaftIndex {
        var reader = try JSONObjectReader(value, type: "api.TxnOp")
        return RaftIndex(rawValue: try reader.unsigned("ModifyIndex") ?? 0)
    }

    /// The object without what clients send along that says nothing here.
    private static func known(_ value: JSONValue) -> JSONValue {
        guard case .object(let members) = value else { return value }
        let silent: Set = ["contenthash", "datacenter", "namespace", "partition"]
        return .object(members.filter { !silent.contains($0.name.lowercased()) })
    }
}
