// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import Synchronization
import Testing

@testable import HTTPAPI

@Suite("The agent over HTTP")
struct AgentTests {
    @Test("API-029 API-030 leader and peers")
    func status() async throws {
        try await TestAPI.run { api in
            let leader = try await api.get("/v1/status/leader")
            #expect(leader.text == #""10.0.0.5:8300""#)
            #expect(leader["X-Consul-Index"] == nil)
            #expect(try await api.get("/v1/status/peers").text == #"["10.0.0.5:8300"]"#)
        }
    }

    @Test("API-150 self")
    func agentSelf() async throws {
        try await TestAPI.run { api in
            let json = try await api.get("/v1/agent/self").json
            #expect(
                json.names == ["Config", "DebugConfig", "Coord", "Member", "Stats", "Meta"]
            )
            #expect(json["Config"]["Datacenter"] == "dc1")
            #expect(json["Config"]["NodeName"] == "n1")
            #expect(json["Config"]["NodeID"] == .string(TestAPI.nodeID))
            #expect(json["Config"]["Server"] == true)
            #expect(json["Config"]["Version"] == "1.21.4")
            #expect(json["Config"]["Revision"] == .string("waypost-\(TestAPI.identity().version)"))
            #expect(json["DebugConfig"]["datacenter"] == "dc1")
            #expect(json["Coord"]["Vec"].count == 8)
            #expect(json["Stats"]["consul"]["server"] == "true")
            #expect(json["Stats"]["raft"]["term"] == "1")
            #expect(json["Stats"]["serf_lan"]["members"] == "1")
            // What the catalog has, with what the agent adds to the configuration's.
            let node = #"{"Node":"n1","Address":"10.0.0.5","NodeMeta":{"consul-version":"1"}}"#
            _ = try await api.send(.put, "/v1/catalog/register", node)
            let after = try await api.get("/v1/agent/self").json
            #expect(after["Meta"].names == ["consul-version"])
        }
    }

    @Test("API-157 the machine")
    func host() async throws {
        try await TestAPI.run { api in
            let json = try await api.get("/v1/agent/host").json
            #expect(
                json.names == ["Memory", "CPU", "Host", "Disk", "CollectionTime", "Errors"]
            )
            #expect(json["Host"]["os"] == "linux")
            #expect(json["Errors"] == .null)
        }
    }

    @Test("API-156 nobody else can be made to leave, and nobody can be joined yet")
    func others() async throws {
        try await TestAPI.run { api in
            let unknown = try await api.send(.put, "/v1/agent/force-leave/no-such")
            #expect(unknown.status == 500)
            #expect(unknown.text == "agent: No node found with name 'no-such'")
            #expect(try await api.send(.put, "/v1/agent/force-leave/n1?prune").status == 200)
            let join = try await api.send(.put, "/v1/agent/join/10.0.0.9")
            #expect(join.status == 500)
            #expect(join.text.contains("Failed to join 10.0.0.9"))
        }
    }

    @Test("API-151 API-152 members: itself")
    func members() async throws {
        try await TestAPI.run { api in
            let member = try await api.get("/v1/agent/members").json[0]
            #expect(member["Name"] == "n1")
            #expect(member["Addr"] == "10.0.0.5")
            #expect(member["Port"] == 8301)
            #expect(member["Status"] == 1)
            #expect(member["Tags"]["role"] == "consul")
            #expect(member["Tags"]["dc"] == "dc1")
            #expect(member["Tags"]["id"] == .string(TestAPI.nodeID))
            #expect(
                member.names == [
                    "Name", "Addr", "Port", "Tags", "Status", "ProtocolMin", "ProtocolMax",
                    "ProtocolCur", "DelegateMin", "DelegateMax", "DelegateCur",
                ]
            )
            #expect(
                try await api.get("/v1/agent/members?wan=1").json[0]["Name"] == "n1.dc1"
            )
            #expect(try await api.get("/v1/agent/members?segment=_all").status == 200)
            #expect(try await api.get("/v1/agent/members?segment=x").status == 500)
            #expect(try await api.get("/v1/agent/members?segment=x&wan=1").status == 400)
        }
    }

    @Test("API-155 reload, and what is wrong with the files")
    func reload() async throws {
        try await TestAPI.run { api in
            let reply = try await api.put("/v1/agent/reload")
            #expect(reply.status == 200)
            #expect(reply.text == "")
            api.control.reloadProblem.withLock { $0 = "web.hcl:3:1: unknown key" }
            let failed = try await api.put("/v1/agent/reload")
            #expect(failed.status == 500)
            #expect(failed.text == "web.hcl:3:1: unknown key")
        }
    }

    @Test("leave answers, then leaves")
    func leave() async throws {
        try await TestAPI.run { api in
            let reply = try await api.put("/v1/agent/leave")
            #expect(reply.status == 200)
            #expect(reply.text == "")
            #expect(api.control.hasLeft.withLock { $0 })
        }
    }

    @Test("API-159 version")
    func version() async throws {
        try await TestAPI.run { api in
            let json = try await api.get("/v1/agent/version").json
            #expect(json.names == ["SHA", "BuildDate", "HumanVersion", "FIPS"])
            #expect(json["HumanVersion"] == "1.21.4")
        }
    }
}
