// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import HTTPAPI

@Suite("The API read from within", .timeLimit(.minutes(1)))
struct LocalReaderTests {
    @Test("a read gives what a client gets")
    func reads() async throws {
        try await TestAPI.run { api in
            let reader = api.server.localReader
            let mine = await reader.get("/v1/catalog/nodes?filter=Node%20%3D%3D%20n1", token: "t")
            let theirs = try await api.get("/v1/catalog/nodes?filter=Node%20%3D%3D%20n1")
            #expect(mine.status == 200 && mine.index == theirs.index)
            #expect(String(decoding: mine.body, as: UTF8.self) == theirs.text)
            #expect(await reader.get("/v1/kv/none").status == 404)
            #expect(await reader.get("/v1/nothing").status == 404)
            #expect(await reader.get("/v1/catalog/nodes?dc=x").status == 500)
            try await api.put("/v1/agent/service/register", #"{"Name": "web"}"#)
            let own = await reader.get("/v1/agent/service/web")
            #expect(own.status == 200 && !own.contentHash.isEmpty && own.index == 0)
        }
    }

    @Test("a wait ends with a change, and with its task")
    func waits() async throws {
        try await TestAPI.run { api in
            let reader = api.server.localReader
            let waits = api.server.waits
            let index = await reader.get("/v1/kv/a").index
            let path = "/v1/kv/a?index=\(index)&wait=10m"
            try await withThrowingTaskGroup(of: LocalReader.Reply.self) { group in
                group.addTask { await reader.get(path) }
                while waits.count == 0 { await Task.yield() }
                try await api.put("/v1/kv/a", "1")
                let woken = try await group.next()
                #expect(woken?.status == 200 && (woken?.index ?? 0) > index)
            }
            let later = await reader.get("/v1/kv/a").index
            await withTaskGroup(of: LocalReader.Reply.self) { group in
                group.addTask { await reader.get("/v1/kv/a?index=\(later)&wait=10m") }
                while waits.count == 0 { await Task.yield() }
                group.cancelAll()
                let ended = await group.next()
                #expect(ended?.status == 200 && ended?.index == later)
            }
            #expect(waits.count == 0)
        }
    }
}
