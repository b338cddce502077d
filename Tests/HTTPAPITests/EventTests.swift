// SPDX-License-Identifier: Apache-2.0
import Definitions
import Events
import Testing

@testable import HTTPAPI

@Suite("Events over HTTP")
struct EventTests {
    @Test("API-200 an event is fired and listed")
    func fired() async throws {
        try await TestAPI.run { api in
            #expect(try await api.get("/v1/event/list").text == "[]")
            let fired = try await api.put("/v1/event/fire/ev1", "pay")
            #expect(fired.status == 200)
            guard case .string(let id) = fired.json["ID"] else {
                Issue.record("\(fired.text)")
                return
            }
            #expect(UUIDText.problem(id) == nil)
            func object(_ time: Int) -> String {
                #"{"ID":"\#(id)","Name":"ev1","Payload":"cGF5","NodeFilter":"","ServiceFilter":"","#
                    + #""TagFilter":"","Version":1,"LTime":\#(time)}"#
            }
            #expect(fired.text == object(0))
            let list = try await api.get("/v1/event/list")
            #expect(list.text == "[\(object(1))]")
            let bare = try await api.put("/v1/event/fire/ev%202")
            #expect(bare.json["Name"] == "ev 2" && bare.json["Payload"] == .null)
            #expect(try await api.get("/v1/event/list").json.count == 2)
            #expect(try await api.get("/v1/event/list?name=ev1").text == list.text)
            #expect(try await api.get("/v1/event/list?name=ev").text == "[]")
        }
    }

    @Test("API-201 API-202 API-203 API-204 what cannot be fired")
    func refused() async throws {
        try await TestAPI.run { api in
            for (path, status, text) in [
                ("/v1/event/fire/", 400, "Missing name"),
                ("/v1/event/fire/e?tag=x", 500, "Cannot provide tag filter without service filter"),
                (
                    "/v1/event/fire/e?node=(", 500,
                    "Invalid node filter: error parsing regexp: missing closing ): `(`"
                ),
                (
                    "/v1/event/fire/e?service=a&tag=%5B", 500,
                    "Invalid tag filter: error parsing regexp: missing closing ]: `[`"
                ),
                ("/v1/event/fire/e?dc=other", 500, "No path to datacenter"),
            ] {
                let reply = try await api.put(path)
                #expect(reply.status == status && reply.text == text)
            }
            let long = try await api.put(
                "/v1/event/fire/e",
                String(repeating: "x", count: 600)
            )
            #expect(long.status == 500)
            #expect(long.text == "user event exceeds configured limit of 512 bytes before encoding")
            #expect(try await api.get("/v1/event/list").text == "[]")
        }
    }

    @Test("API-205 the index is the newest event's; a reader waits only while it has just that")
    func blocking() async throws {
        try await TestAPI.run { api in
            let empty = try await api.get("/v1/event/list")
            #expect(empty.index == 1)
            let first = try await api.blocked("/v1/event/list?index=1") {
                _ = try await api.put("/v1/event/fire/one")
            }
            #expect(first.json.count == 1)
            guard case .string(let id) = first.json[0]["ID"] else {
                Issue.record("\(first.text)")
                return
            }
            #expect(first.index == UserEvent(id: id, name: "").index && first.index > 1)
            // Another index, larger or smaller, waits for nothing.
            for other in [first.index &+ 1, first.index &- 1, 1] {
                #expect(try await api.get("/v1/event/list?index=\(other)").text == first.text)
            }
            // An event of another name leaves the list, and the index, alone.
            let named = try await api.blocked("/v1/event/list?name=one&index=\(first.index)") {
                _ = try await api.put("/v1/event/fire/two")
                _ = try await api.put("/v1/event/fire/one")
            }
            #expect(named.json.count == 2 && named.json[1]["LTime"] == 3)
            let over = try await api.get(
                "/v1/event/list?name=one&index=\(named.index)&wait=1ms"
            )
            #expect(over.text == named.text && over.index == named.index)
            #expect(try await api.get("/v1/event/list?index=x").status == 400)
        }
    }

    @Test("filters choose by this agent's node, services and tags")
    func filtered() async throws {
        try await TestAPI.run { api in
            let body = #"{"Name": "web", "Tags": ["v1"]}"#
            #expect(try await api.put("/v1/agent/service/register", body).status == 200)
            for query in [
                "node=n2", "service=db", "service=web&tag=v2", "node=n1", "service=we",
                "service=web&tag=v", "node=n&service=web",
            ] {
                let reply = try await api.put("/v1/event/fire/e?\(query)")
                #expect(reply.status == 200 && reply.json["ID"] != .null)
            }
            // Consul keeps the name for itself.
            #expect(try await api.put("/v1/event/fire/_rexec").status == 200)
            let list = try await api.get("/v1/event/list")
            #expect(list.json.count == 4)
            #expect(list.json[0]["NodeFilter"] == "n1" && list.json[2]["TagFilter"] == "v")
        }
    }
}
