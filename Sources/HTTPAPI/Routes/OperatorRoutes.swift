// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import StateStore

/// `/v1/operator` (HTTP API 4.12), as a server answers that is alone.
extension API {
    static let operatorRoutes = [
        Route(.get, path: "/v1/operator/raft/configuration") { api, request throws(APIFailure) in
            try api.raftConfiguration(request)
        },
        Route(.delete, path: "/v1/operator/raft/peer") { api, request throws(APIFailure) in
            try api.removeRaftPeer(request)
        },
        Route(.post, path: "/v1/operator/raft/transfer-leader") { api, request throws(APIFailure) in
            try api.transferLeader(request)
        },
        Route(.get, path: "/v1/operator/autopilot/health") { api, request throws(APIFailure) in
            try api.autopilotHealth(request)
        },
        Route(.get, path: "/v1/operator/autopilot/state") { api, request throws(APIFailure) in
            try api.autopilotState(request)
        },
        Route(.get, path: "/v1/operator/usage") { api, request throws(APIFailure) in
            try api.usage(request)
        },
        Route(.get, .post, .put, .delete, path: "/v1/operator/keyring") {
            api,
            request throws(APIFailure) in
            try api.keyring(request)
        },
    ]

    private func raftConfiguration(_ request: APIRequest) throws(APIFailure) -> APIReply {
        _ = try readOptions(request)
        let identity = control.identity
        let index = snapshots.snapshot().lastIndex.rawValue
        return request.json { writer in
            writer.object { writer in
                writer.key("Servers")
                writer.array([identity]) { writer, identity in
                    writer.object { writer in
                        writer.member("ID", identity.nodeID)
                        writer.member("Node", identity.nodeName)
                        writer.member("Address", leaderAddress)
                        writer.member("Leader", true)
                        writer.member("ProtocolVersion", "3")
                        writer.member("Voter", true)
                        writer.member("LastIndex", index)
                    }
                }
                // The servers have not changed since the log began.
                writer.member("Index", 0)
            }
        }
    }

    private func removeRaftPeer(_ request: APIRequest) throws(APIFailure) -> APIReply {
        try checkDatacenter(request)
        let id = request.query.first("id") ?? ""
        let address = request.query.first("address") ?? ""
        if id.isEmpty, address.isEmpty {
            throw .badRequest(
                "Must specify either ?id with the server's ID or ?address with IP:port of peer to remove"
            )
        }
        if !id.isEmpty, !address.isEmpty {
            throw .badRequest("Must specify only one of ?id or ?address")
        }
        if id == control.identity.nodeID || address == leaderAddress {
            throw .server("this is the only server: without it there is no cluster")
        }
        throw .server(
            id.isEmpty
                ? "address \"\(address)\" was not found in the Raft configuration"
                : "id \"\(id)\" was not found in the Raft configuration"
        )
    }

    private func transferLeader(_ request: APIRequest) throws(APIFailure) -> APIReply {
        try checkDatacenter(request)
        let id = request.query.first("id") ?? ""
        let reason = id.isEmpty ? "cannot find peer" : "server \"\(id)\" was not found"
        throw APIFailure(.notFound, "Failed to transfer Leader: \(reason)")
    }

    private func autopilotHealth(_ request: APIRequest) throws(APIFailure) -> APIReply {
        try checkDatacenter(request)
        return request.json { writer in
            writer.object { writer in
                writer.member("Healthy", true)
                writer.member("FailureTolerance", 0)
                writer.key("Servers")
                writer.array([control.identity]) { writer, identity in
                    writer.object { writer in
                        writeName(identity, to: &writer)
                        writer.member("SerfStatus", "alive")
                        writer.member("Version", identity.compatibleVersion)
                        writer.member("Leader", true)
                        writeProgress(to: &writer)
                        writer.member("Healthy", true)
                        writer.member("Voter", true)
                        writeAge(identity, to: &writer)
                    }
                }
            }
        }
    }

    private func autopilotState(_ request: APIRequest) throws(APIFailure) -> APIReply {
        try checkDatacenter(request)
        let identity = control.identity
        return request.json { writer in
            writer.object { writer in
                writer.member("Healthy", true)
                writer.member("FailureTolerance", 0)
                writer.member("OptimisticFailureTolerance", 0)
                writer.key("Servers")
                writer.object { writer in
                    writer.key(identity.nodeID)
                    writer.object { writer in
                        writeName(identity, to: &writer)
                        writer.member("NodeStatus", "alive")
                        writer.member("Version", identity.compatibleVersion)
                        writeProgress(to: &writer)
                        writer.member("Healthy", true)
                        writeAge(identity, to: &writer)
                        writer.member("ReadReplica", false)
                        writer.member("Status", "leader")
                        writer.member("Meta", identity.meta)
                        writer.member("NodeType", "voter")
                    }
                }
                writer.member("Leader", identity.nodeID)
                writer.member("Voters", [identity.nodeID])
            }
        }
    }

    // The members that a server has in both forms, between others (HTTP API 5.11).

    private func writeName(_ identity: AgentIdentity, to writer: inout JSONWriter) {
        writer.member("ID", identity.nodeID)
        writer.member("Name", identity.nodeName)
        writer.member("Address", leaderAddress)
    }

    private func writeProgress(to writer: inout JSONWriter) {
        writer.member("LastContact", "0s")
        writer.member("LastTerm", 1)
        writer.member("LastIndex", snapshots.snapshot().lastIndex.rawValue)
    }

    private func writeAge(_ identity: AgentIdentity, to writer: inout JSONWriter) {
        writer.member("StableSince", CalendarTime(seconds: identity.startTime).internetText)
    }

    private func usage(_ request: APIRequest) throws(APIFailure) -> APIReply {
        let options = try readOptions(request)
        let store = snapshots.snapshot()
        let usage = store.usage()
        return reply(request, options, Indexed((), index: store.lastIndex, topics: [])) { writer in
            writer.object { writer in
                writer.key("Usage")
                writer.object { writer in
                    writer.key(datacenter)
                    writer.object { writer in
                        writer.member("Nodes", usage.nodes)
                        writer.member("Services", usage.services)
                        writer.member("ServiceInstances", usage.instances)
                        writer.key("ConnectServiceInstances")
                        writer.map(usage.meshInstances) { $0.integer($1) }
                        writer.member("BillableServiceInstances", usage.billableInstances)
                    }
                }
                writer.member("Index", store.lastIndex.rawValue)
                writer.member("LastContact", 0)
                writer.member("KnownLeader", true)
                writer.member("ConsistencyLevel", "leader")
                writer.member("NotModified", false)
                writer.member("Backend", 0)
                writer.member("ResultsFilteredByACLs", false)
            }
        }
    }

    /// Gossip is not encrypted: there are no keys (HTTP API 4.12).
    private func keyring(_ request: APIRequest) throws(APIFailure) -> APIReply {
        if let text = request.query.first("relay-factor"), !text.isEmpty {
            guard let factor = Int(text) else {
                throw .badRequest(
                    "Error parsing relay factor: strconv.Atoi: parsing \"\(text)\": invalid syntax"
                )
            }
            guard (0...5).contains(factor) else {
                throw .badRequest(
                    "Invalid relay-factor: Relay factor must be in range: [0, 5]"
                )
            }
        }
        if request.method != .get, request.query.has("local-only") {
            throw .badRequest("Invalid use of local-only: can only be used with GET requests")
        }
        // Consul: both pools tell that they failed, and every node in them why.
        let reason =
            request.method == .get
            ? "Keyring is empty (encryption not enabled)"
            : "No keyring to modify (encryption not enabled)"
        let name = control.identity.nodeName
        var lines: [String] = []
        if try !localOnly(request) {
            lines.append("WAN error: 1/1 nodes reported failure")
            lines.append("\(name).\(datacenter): \(reason)")
        }
        lines.append("\(datacenter) (LAN) error: 1/1 nodes reported failure")
        lines.append("\(name): \(reason)")
        let list = lines.map { "\t* \($0)\n" }.joined()
        throw .server("\(lines.count) errors occurred:\n\(list)\n")
    }

    /// `?local-only`, with or without a value.
    private func localOnly(_ request: APIRequest) throws(APIFailure) -> Bool {
        guard let text = request.query.first("local-only") else { return false }
        if text.isEmpty { return true }
        guard let flag = GoBool.parse(text) else {
            throw .badRequest(
                "Error parsing local-only: strconv.ParseBool: parsing \"\(text)\": invalid syntax"
            )
        }
        return flag
    }
}
