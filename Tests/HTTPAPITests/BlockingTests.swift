// SPDX-License-Identifier: Apache-2.0
import Publication
import StateStore
import Synchronization
import Testing

@testable import HTTPAPI

@Suite("Blocking queries")
struct BlockingTests {
    private static let registerA = #"{"Name":"a","Check":{"TTL":"1h","Status":"passing"}}"#
    private static let registerB = #"{"Name":"b","Check":{"TTL":"1h","Status":"passing"}}"#

    @Test("API-060 a change of what was read wakes the reader")
    func wakes() async throws {
        try await TestAPI.run { api in
            try await api.put("/v1/agent/service/register", Self.registerA)
            let index = try await api.get("/v1/health/service/a").index
            let reply = try await api.blocked(
                "/v1/health/service/a?index=\(index)&wait=1m"
            ) {
                try await api.put("/v1/agent/check/fail/service:a")
            }
            #expect(reply.index > index)
            #expect(reply.json[0]["Checks"][1]["Status"] == "critical")
        }
    }

    @Test("API-061 other changes wake nobody")
    func others() async throws {
        try await TestAPI.run { api in
            try await api.put("/v1/agent/service/register", Self.registerA)
            try await api.put("/v1/agent/service/register", Self.registerB)
            let index = try await api.get("/v1/health/service/a").index
            let reply = try await api.blocked(
                "/v1/health/service/a?index=\(index)&wait=1m"
            ) {
                try await api.put("/v1/agent/check/fail/service:b")
                try await api.registerExternal()
                // The reader still waits: it is the next change that it reports.
                #expect(api.server.waits.count == 1)
                try await api.put("/v1/agent/check/warn/service:a")
            }
            #expect(reply.json[0]["Checks"][1]["Status"] == "warning")
            #expect(reply.index == api.catalog.snapshot().lastIndex.rawValue)
        }
    }

    @Test("API-059 API-062 the time ends the wait, with the real index")
    func timeout() async throws {
        try await TestAPI.run { api in
            let current = try await api.get("/v1/catalog/nodes")
            for ahead in [0, 100_000] as [UInt64] {
                let reply = try await api.get(
                    "/v1/catalog/nodes?index=\(current.index + ahead)&wait=20ms"
                )
                #expect(reply.status == 200)
                #expect(reply.index == current.index)
                #expect(reply.text == current.text)
            }
            #expect(api.server.waits.count == 0)
        }
    }

    @Test("API-063 index 0 never blocks, an older index neither")
    func noWait() async throws {
        try await TestAPI.run { api in
            try await api.registerExternal()
            for index in [0, 1] {
                let reply = try await api.get("/v1/catalog/nodes?index=\(index)&wait=10m")
                #expect(reply.json.count == 2)
            }
        }
    }

    @Test("API-065 checks do not move the index of the services")
    func servicesIndex() async throws {
        try await TestAPI.run { api in
            try await api.put("/v1/agent/service/register", Self.registerA)
            let before = try await api.get("/v1/catalog/services").index
            try await api.put("/v1/agent/check/fail/service:a")
            #expect(try await api.get("/v1/catalog/services").index == before)
        }
    }

    @Test("API-066 a check moves the index of its service only")
    func serviceIndex() async throws {
        try await TestAPI.run { api in
            try await api.put("/v1/agent/service/register", Self.registerA)
            try await api.put("/v1/agent/service/register", Self.registerB)
            let a = try await api.get("/v1/health/service/a").index
            let b = try await api.get("/v1/health/service/b").index
            try await api.put("/v1/agent/check/fail/service:a")
            #expect(try await api.get("/v1/health/service/a").index > a)
            #expect(try await api.get("/v1/health/service/b").index == b)
        }
    }

    @Test("API-067 the last instance leaves an index that does not fall")
    func extinction() async throws {
        try await TestAPI.run { api in
            try await api.put("/v1/agent/service/register", Self.registerA)
            let before = try await api.get("/v1/health/service/a").index
            let reply = try await api.blocked("/v1/health/service/a?index=\(before)&wait=1m") {
                try await api.put("/v1/agent/service/deregister/a")
            }
            #expect(reply.text == "[]")
            #expect(reply.index >= before)
        }
    }

    @Test("a service that is absent and stays so wakes nobody")
    func absent() async throws {
        try await TestAPI.run { api in
            try await api.put("/v1/agent/service/register", Self.registerB)
            let index = try await api.get("/v1/catalog/service/a").index
            let reply = try await api.blocked("/v1/catalog/service/a?index=\(index)&wait=1m") {
                // Moves the index of all absent services.
                try await api.put("/v1/agent/service/deregister/b")
                #expect(api.server.waits.count == 1)
                try await api.put("/v1/agent/service/register", Self.registerA)
            }
            #expect(reply.json.count == 1)
        }
    }

    @Test(
        "who is woken for nothing waits on and is counted, and wake-ups are timed",
        arguments: ["catalog", "health"]
    )
    func spurious(section: String) async throws {
        try await TestAPI.run { api in
            let path = "/v1/\(section)/service/a"
            try await api.put("/v1/agent/service/register", Self.registerB)
            let index = try await api.get(path).index
            let watches = api.catalog.watches
            let reply = try await api.blocked("\(path)?index=\(index)&wait=1m") {
                #expect(watches.spuriousWakeups == 0)
                watches.wake([.service("a")])
                while watches.spuriousWakeups == 0 { await Task.yield() }
                try await api.put("/v1/agent/service/register", Self.registerA)
            }
            #expect(reply.json.count == 1)
            #expect(watches.spuriousWakeups < watches.wakeups)
            let notes = api.control.measured.notes.withLock { $0 }
            #expect(notes.contains("waypost.watch.wakeup_latency"))
        }
    }

    @Test("lists of nodes, of services and of checks wake on their tables")
    func tables() async throws {
        try await TestAPI.run { api in
            for path in ["catalog/nodes", "catalog/services", "health/state/any"] {
                let index = try await api.get("/v1/\(path)").index
                let reply = try await api.blocked("/v1/\(path)?index=\(index)&wait=1m") {
                    try await api.registerExternal()
                }
                #expect(reply.index > index)
                try await api.put("/v1/catalog/deregister", #"{"Node":"ext1"}"#)
            }
        }
    }

    @Test("API-068 hash blocking on a service of the agent")
    func hash() async throws {
        try await TestAPI.run { api in
            try await api.put("/v1/agent/service/register", #"{"Name":"hb1"}"#)
            let first = try await api.get("/v1/agent/service/hb1")
            let hash = try #require(first["X-Consul-ContentHash"])
            #expect(first["X-Consul-Index"] == nil)
            #expect(first.json["ContentHash"] == .string(hash))
            #expect(UInt64(hash, radix: 16) != nil)
            let uri = "/v1/agent/service/hb1?hash=\(hash)"
            let unchanged = try await api.get(uri + "&wait=20ms")
            #expect(unchanged["X-Consul-ContentHash"] == hash)
            let changed = try await api.blocked(uri + "&wait=1m") {
                try await api.put("/v1/agent/service/register", #"{"Name":"other"}"#)
                #expect(api.server.waits.count == 1)
                try await api.put("/v1/agent/service/register", #"{"Name":"hb1","Port":1}"#)
            }
            #expect(changed.json["Port"] == 1)
            let newHash = try #require(changed["X-Consul-ContentHash"])
            #expect(newHash != hash)
            let gone = try await api.blocked(
                "/v1/agent/service/hb1?hash=\(newHash)&wait=1m"
            ) {
                try await api.put("/v1/agent/service/deregister/hb1")
            }
            #expect(gone.status == 404)
        }
    }

    @Test("all waits end when the server stops")
    func stop() async throws {
        try await TestAPI.run { api in
            let current = try await api.get("/v1/catalog/nodes")
            let reply = try await api.blocked(
                "/v1/catalog/nodes?index=\(current.index)&wait=10m"
            ) {
                api.server.waits.stop()
            }
            #expect(reply.text == current.text)
            #expect(
                try await api.get("/v1/catalog/nodes?index=\(current.index)&wait=10m").text
                    == current.text
            )
        }
    }
}
