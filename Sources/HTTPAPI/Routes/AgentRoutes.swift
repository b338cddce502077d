// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import NIOCore
import StateStore

/// `/v1/agent/…` about the agent as a whole (HTTP API 4.2).
extension API {
    static let agentRoutes = [
        Route(.get, path: "/v1/agent/self") { api, request throws(APIFailure) in
            api.agentSelf(request)
        },
        Route(.get, path: "/v1/agent/version") { api, request throws(APIFailure) in
            request.json { api.writeVersion(to: &$0) }
        },
        Route(.get, path: "/v1/agent/host") { api, request throws(APIFailure) in
            request.json { api.control.hostReport().write(to: &$0) }
        },
        Route(.put, path: "/v1/agent/join/") { api, request throws(APIFailure) in
            try api.joinRefused(request)
        },
        Route(.put, path: "/v1/agent/force-leave/") { api, request throws(APIFailure) in
            try api.forceLeave(request)
        },
        Route(.get, path: "/v1/agent/members") { api, request throws(APIFailure) in
            try api.agentMembers(request)
        },
        Route(.put, path: "/v1/agent/reload") { api, _ throws(APIFailure) in
            try await api.perform { () throws(AgentFailure) in try await api.control.reload() }
        },
        Route(.put, path: "/v1/agent/leave") { api, _ throws(APIFailure) in
            await api.control.leave()
            return .empty
        },
        Route(.put, path: "/v1/agent/maintenance") { api, request throws(APIFailure) in
            let isEnabled = try api.maintenanceFlag(request)
            return try await api.perform { () throws(AgentFailure) in
                try await api.control.setNodeMaintenance(
                    enabled: isEnabled,
                    reason: request.query.first("reason") ?? ""
                )
            }
        },
    ]

    /// Other agents cannot be reached before there is gossip: refused, in the form of Consul's text.
    private func joinRefused(_ request: APIRequest) throws(APIFailure) -> APIReply {
        throw .server(
            "1 error occurred:\n\t* Failed to join \(request.argument): "
                + "this agent has no gossip; it stands alone\n\n"
        )
    }

    /// A member that is alive stays, as in Consul; there is none but this agent itself.
    private func forceLeave(_ request: APIRequest) throws(APIFailure) -> APIReply {
        let identity = control.identity
        let names = [identity.nodeName, "\(identity.nodeName).\(identity.datacenter)"]
        guard names.contains(request.argument) else {
            throw .server("agent: No node found with name '\(request.argument)'")
        }
        return .empty
    }

    /// Has the agent do something that is answered by an empty 200 or an error.
    func perform(
        _ body: () async throws(AgentFailure) -> Void
    ) async throws(APIFailure) -> APIReply {
        do { try await body() } catch { throw APIFailure(error) }
        return .empty
    }

    /// `?enable=`, as Go's `strconv.ParseBool` reads it.
    func maintenanceFlag(_ request: APIRequest) throws(APIFailure) -> Bool {
        guard let text = request.query.first("enable") else {
            throw .badRequest("Missing value for enable")
        }
        guard let flag = GoBool.parse(text) else {
            throw .badRequest("Invalid value for enable: \(GoQuoted.text(text))")
        }
        return flag
    }

    private func writeVersion(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("SHA", "")
            writer.member("BuildDate", Self.buildDate)
            writer.member("HumanVersion", control.identity.compatibleVersion)
            writer.member("FIPS", "")
        }
    }

    private func agentMembers(_ request: APIRequest) throws(APIFailure) -> APIReply {
        let filter = try RequestFilter(request, MemberFilter.fields)
        let isWAN = request.query.has("wan")
        let segment = request.query.first("segment") ?? ""
        if !segment.isEmpty {
            if isWAN { throw .badRequest("Cannot provide a segment with wan=true") }
            guard segment == "_all" else {
                throw .server(
                    "Network segments are not supported in this version of Consul"
                )
            }
        }
        let members = [control.identity].filter { identity in
            filter.keeps { MemberFilter.member($0, of: identity, wan: isWAN) }
        }
        try filter.finish()
        return request.json { writer in
            writer.array(members) { MemberObject.write($1, wan: isWAN, to: &$0) }
        }
    }

    private func agentSelf(_ request: APIRequest) -> APIReply {
        let identity = control.identity
        let catalog = snapshots.snapshot()
        let coordinates = catalog.coordinates(ofNode: identity.nodeName).value
        // With what agents add to the metadata of the configuration, and after a reload the new one.
        let registered = catalog.node(named: identity.nodeName)?.meta ?? [:]
        let meta = registered.isEmpty ? identity.meta : registered
        // A node that has measured nothing is where all begin.
        let coordinate = coordinates.first?.coordinate ?? NetworkCoordinate()
        return request.json { writer in
            writer.object { writer in
                writer.key("Config")
                writeConfig(identity, to: &writer)
                writer.member("DebugConfig", identity.debugConfiguration)
                writer.key("Coord")
                CoordinateObject.write(coordinate, to: &writer)
                writer.key("Member")
                MemberObject.write(identity, wan: false, to: &writer)
                writer.key("Stats")
                writeStats(identity, to: &writer)
                writer.member("Meta", meta)
            }
        }
    }

    private func writeConfig(_ identity: AgentIdentity, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("Datacenter", identity.datacenter)
            writer.member("PrimaryDatacenter", identity.datacenter)
            writer.member("NodeName", identity.nodeName)
            writer.member("NodeID", identity.nodeID)
            // No commit is known to the program: what `version` says (spec http-api.md 5.10).
            writer.member("Revision", "waypost-\(identity.version)")
            writer.member("Server", identity.isServer)
            writer.member("Version", identity.compatibleVersion)
            writer.member("BuildDate", Self.buildDate)
        }
    }

    /// All values are strings (HTTP API 5.10).
    private func writeStats(_ identity: AgentIdentity, to writer: inout JSONWriter) {
        let local = control.localSnapshot()
        let index = String(snapshots.snapshot().lastIndex.rawValue)
        let stats: [String: [String: String]] = [
            "agent": [
                "check_monitors": "0",
                "check_ttls": String(local.checks.values.count { $0.type == "ttl" }),
                "checks": String(local.checks.count),
                "services": String(local.services.count),
            ],
            "build": [
                "prerelease": "", "revision": "", "version": identity.compatibleVersion,
                "version_metadata": "waypost \(identity.version)",
            ],
            "consul": [
                "acl": "disabled", "bootstrap": "true", "known_datacenters": "1",
                "leader": "true", "leader_addr": leaderAddress,
                "server": String(identity.isServer),
            ],
            "raft": [
                "applied_index": index, "commit_index": index, "fsm_pending": "0",
                "last_contact": "0", "last_log_index": index, "last_log_term": "1",
                "num_peers": "0", "protocol_version": "3", "state": "Leader", "term": "1",
            ],
            "runtime": [
                "arch": Self.architecture, "cpu_count": String(System.coreCount),
                "os": "linux", "version": "swift",
            ],
            "serf_lan": Self.aloneInGossip, "serf_wan": Self.aloneInGossip,
        ]
        writer.map(stats) { writer, values in writer.map(values) { $0.string($1) } }
    }

    /// A pool of one member, in which nothing waits to be told.
    private static let aloneInGossip = [
        "coordinate_resets": "0", "encrypted": "false", "event_queue": "0", "failed": "0",
        "health_score": "0", "intent_queue": "0", "left": "0", "members": "1", "query_queue": "0",
    ]

    /// What a development build of Consul reports; our builds are reproducible and carry no date.
    private static let buildDate = "1970-01-01T00:00:01Z"

    private static var architecture: String {
        #if arch(x86_64)
        "amd64"
        #elseif arch(arm64)
        "arm64"
        #else
        "unknown"
        #endif
    }
}
