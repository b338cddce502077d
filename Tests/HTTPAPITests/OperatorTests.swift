// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import StateStore
import Testing

@testable import HTTPAPI

@Suite("The operator's endpoints of a server that is alone")
struct OperatorTests {
    @Test("API-222 raft configuration: itself, leader and voter")
    func raftConfiguration() async throws {
        try await TestAPI.run { api in
            let json = try await api.get("/v1/operator/raft/configuration").json
            #expect(json.names == ["Servers", "Index"])
            #expect(json["Servers"].count == 1)
            let server = json["Servers"][0]
            #expect(server["ID"] == .string(TestAPI.nodeID))
            #expect(server["Node"] == "n1")
            #expect(server["Address"] == "10.0.0.5:8300")
            #expect(server["Leader"] == true)
            #expect(server["ProtocolVersion"] == "3")
            #expect(server["Voter"] == true)
            #expect(
                try await api.get("/v1/operator/raft/configuration?dc=zz").text
                    == "No path to datacenter"
            )
        }
    }

    @Test("members stand in Consul's order, and modes that exclude each other are refused")
    func order() async throws {
        try await TestAPI.run { api in
            let health = try await api.get("/v1/operator/autopilot/health").json["Servers"][0]
            #expect(
                health.names == [
                    "ID", "Name", "Address", "SerfStatus", "Version", "Leader", "LastContact",
                    "LastTerm",
                    "LastIndex", "Healthy", "Voter", "StableSince",
                ]
            )
            let state = try await api.get("/v1/operator/autopilot/state").json
            #expect(
                state["Servers"][TestAPI.nodeID].names == [
                    "ID", "Name", "Address", "NodeStatus", "Version", "LastContact", "LastTerm",
                    "LastIndex",
                    "Healthy", "StableSince", "ReadReplica", "Status", "Meta", "NodeType",
                ]
            )
            let both = try await api.get("/v1/operator/raft/configuration?stale&consistent")
            #expect(both.status == 400)
        }
    }

    @Test("API-223 a peer that is removed must be named, once, and be there")
    func removePeer() async throws {
        try await TestAPI.run { api in
            let path = "/v1/operator/raft/peer"
            let unnamed = try await api.send(.delete, path)
            #expect(unnamed.status == 400)
            #expect(
                unnamed.text.contains(
                    "Must specify either ?id with the server's ID or ?address"
                )
            )
            let both = try await api.send(.delete, path + "?id=a&address=b")
            #expect(both.status == 400)
            #expect(both.text == "Must specify only one of ?id or ?address")
            let unknown = try await api.send(.delete, path + "?id=x")
            #expect(unknown.status == 500)
            #expect(unknown.text == "id \"x\" was not found in the Raft configuration")
            let address = try await api.send(.delete, path + "?address=10.0.0.9:8300")
            #expect(
                address.text == "address \"10.0.0.9:8300\" was not found in the Raft configuration"
            )
            let own = try await api.send(.delete, path + "?address=10.0.0.5:8300")
            #expect(own.status == 500)
            #expect(own.text.contains("only server"))
        }
    }

    @Test("API-225 autopilot's health and state: healthy, nothing to spare")
    func autopilot() async throws {
        try await TestAPI.run { api in
            let health = try await api.get("/v1/operator/autopilot/health")
            #expect(health.status == 200)
            #expect(health.json["Healthy"] == true)
            #expect(health.json["FailureTolerance"] == 0)
            let server = health.json["Servers"][0]
            #expect(server["SerfStatus"] == "alive")
            #expect(server["Leader"] == true && server["Voter"] == true)
            #expect(server["StableSince"] == "1970-01-01T00:00:00Z")
            let state = try await api.get("/v1/operator/autopilot/state").json
            #expect(state["Leader"] == .string(TestAPI.nodeID))
            #expect(state["Servers"][TestAPI.nodeID]["Status"] == "leader")
            #expect(state["Voters"] == .array([.string(TestAPI.nodeID)]))
        }
    }

    @Test("the leader can be handed to nobody")
    func transfer() async throws {
        try await TestAPI.run { api in
            let reply = try await api.send(.post, "/v1/operator/raft/transfer-leader?id=x")
            #expect(reply.status == 404)
            #expect(reply.text.hasPrefix("Failed to transfer Leader: "))
        }
    }

    @Test("usage counts nodes, services, instances and what would be billed")
    func usage() async throws {
        try await TestAPI.run { api in
            for (id, kind) in [("a1", ""), ("a2", ""), ("p", "connect-proxy")] {
                var service = ServiceRow(node: "n2", id: id, name: kind.isEmpty ? "a" : "p")
                service.kind = kind
                try api.catalog.apply(
                    .register(
                        Registration(
                            node: NodeRow(name: "n2", address: "10.0.0.6"),
                            service: service
                        )
                    )
                )
            }
            let reply = try await api.get("/v1/operator/usage")
            let usage = reply.json["Usage"]["dc1"]
            #expect(usage["Nodes"] == 2)
            #expect(usage["Services"] == 3)
            #expect(usage["ServiceInstances"] == 4)
            #expect(usage["ConnectServiceInstances"]["connect-proxy"] == 1)
            #expect(usage["ConnectServiceInstances"]["connect-native"] == 0)
            #expect(usage["BillableServiceInstances"] == 2)
            #expect(reply["X-Consul-Index"] == "4")
        }
    }

    @Test("CLI-037 without gossip encryption there are no keys; wrong parameters are told first")
    func keyring() async throws {
        try await TestAPI.run { api in
            let path = "/v1/operator/keyring"
            let list = try await api.get(path)
            #expect(list.status == 500)
            #expect(
                list.text
                    == "4 errors occurred:\n\t* WAN error: 1/1 nodes reported failure\n"
                    + "\t* n1.dc1: Keyring is empty (encryption not enabled)\n"
                    + "\t* dc1 (LAN) error: 1/1 nodes reported failure\n"
                    + "\t* n1: Keyring is empty (encryption not enabled)\n\n"
            )
            let local = try await api.get(path + "?local-only=true")
            #expect(local.text.hasPrefix("2 errors occurred:\n\t* dc1 (LAN) error: "))
            #expect(try await api.get(path + "?local-only=x").status == 400)
            let install = try await api.send(.post, path, #"{"Key":"x"}"#)
            #expect(install.status == 500)
            #expect(install.text.contains("No keyring to modify (encryption not enabled)"))
            #expect(try await api.get(path + "?relay-factor=9").status == 400)
            #expect(
                try await api.get(path + "?relay-factor=x").text
                    .hasPrefix("Error parsing relay factor: ")
            )
            let put = try await api.send(.put, path + "?local-only", #"{"Key":"x"}"#)
            #expect(put.status == 400)
            #expect(put.text.hasPrefix("Invalid use of local-only: "))
        }
    }

    @Test("API-158 API-240 while ACLs are off their endpoints say so")
    func aclOff() async throws {
        try await TestAPI.run { api in
            for (method, path) in [
                (.put, "/v1/agent/token/default"), (.get, "/v1/acl/tokens"),
                (.get, "/v1/acl/token/self"), (.put, "/v1/acl/bootstrap"),
                (.get, "/v1/acl/policy/name/x"), (.post, "/v1/internal/acl/authorize"),
                (.post, "/v1/acl/login"), (.delete, "/v1/acl/role/1"),
            ] as [(HTTPRequest.Method, String)] {
                let reply = try await api.send(method, path, "{}")
                #expect(reply.status == 401, "\(path)")
                #expect(reply.text == "ACL support disabled")
            }
            #expect(try await api.send(.delete, "/v1/acl/tokens").status == 405)
        }
    }
}
