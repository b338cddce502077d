// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import StateStore
import Testing

@testable import HTTPAPI

@Suite("Keys and values over HTTP")
struct KVTests {
    /// Writes what the cases read.
    private func fill(_ api: TestAPI) async throws {
        for (key, value) in [("a", "hello"), ("d1/x", "1"), ("d1/y", "2"), ("d2/z", "3")] {
            try await api.put("/v1/kv/c/\(key)", value)
        }
    }

    @Test("API-001 API-031 API-032 API-033 a key is written and read; one that is not there is 404")
    func simple() async throws {
        try await TestAPI.run { api in
            let refused = try await api.send(.post, "/v1/kv/c1")
            #expect(refused.status == 405 && refused.text == "method POST not allowed")
            #expect(refused["Allow"] == "OPTIONS,GET,PUT,DELETE")
            let absent = try await api.get("/v1/kv/c-none")
            #expect(absent.status == 404 && absent.text.isEmpty && absent.index == 1)
            let written = try await api.put("/v1/kv/c/a", "hello")
            #expect(written.status == 200 && written.text == "true")
            let read = try await api.get("/v1/kv/c/a")
            #expect(
                read.text
                    == #"[{"LockIndex":0,"Key":"c/a","Flags":0,"Value":"aGVsbG8=","#
                    + #""CreateIndex":2,"ModifyIndex":2}]"#
            )
            #expect(read.index == 2 && read["X-Consul-Query-Backend"] == "blocking-query")
            #expect(read["X-Consul-Knownleader"] == "true")
            #expect(read["X-Consul-Lastcontact"] == "0")
            #expect(read["X-Consul-Effective-Consistency"] == nil)
        }
    }

    @Test("API-034 the bytes alone, and no browser takes them for a page")
    func raw() async throws {
        try await TestAPI.run { api in
            try await api.put("/v1/kv/c/a", "<script>")
            let reply = try await api.get("/v1/kv/c/a?raw")
            #expect(reply.text == "<script>" && reply.index == 2)
            #expect(reply["Content-Type"] == "text/plain")
            #expect(reply["X-Content-Type-Options"] == "nosniff")
            #expect(reply["Content-Security-Policy"] == "sandbox")
            #expect(try await api.get("/v1/kv/c/none?raw").status == 404)
            #expect(try await api.get("/v1/kv/c/?recurse&raw").json.count == 1)
        }
    }

    @Test("API-035 API-036 API-037 flags are kept; an empty value is null; bad flags are named")
    func flags() async throws {
        try await TestAPI.run { api in
            #expect(try await api.put("/v1/kv/c/e?flags=42", "").text == "true")
            let entry = try await api.get("/v1/kv/c/e").json[0]
            #expect(entry["Flags"] == 42 && entry["Value"] == .null)
            let largest = "18446744073709551615"
            try await api.put("/v1/kv/c/e?flags=\(largest)", "")
            #expect(try await api.get("/v1/kv/c/e").json[0]["Flags"] == .number(largest))
            let bad = try await api.put("/v1/kv/c/a?flags=x", "1")
            #expect(bad.status == 500)
            #expect(bad.text == #"strconv.ParseUint: parsing "x": invalid syntax"#)
            let large = try await api.put("/v1/kv/c/a?cas=\(largest)0", "1")
            #expect(large.text.hasSuffix(": value out of range"))
            #expect(try await api.put("/v1/kv/c/a?cas", "1").status == 500)
        }
    }

    @Test("API-038 API-039 API-040 API-041 API-042 API-043 check-and-set")
    func cas() async throws {
        try await TestAPI.run { api in
            try await fill(api)
            #expect(try await api.put("/v1/kv/c/a?cas=0", "1").text == "false")
            #expect(try await api.put("/v1/kv/c/new?cas=0", "1").text == "true")
            #expect(try await api.put("/v1/kv/c/a?cas=999999", "1").text == "false")
            let before = try await api.get("/v1/kv/c/a")
            #expect(before.json[0]["Value"] == "aGVsbG8=")
            #expect(try await api.put("/v1/kv/c/a?cas=\(before.index)", "1").text == "true")
            let after = try await api.get("/v1/kv/c/a")
            #expect(after.index > before.index)
            #expect(after.json[0]["CreateIndex"] == before.json[0]["CreateIndex"])
            #expect(try await api.put("/v1/kv/c/a", "1").text == "true")
            #expect(try await api.get("/v1/kv/c/a").index == after.index)
            let conflict = try await api.put("/v1/kv/c/a?cas=1&acquire=x%20y", "1")
            #expect(conflict.status == 400)
            #expect(conflict.text == "Conflicting flags: acquire=x+y&cas=1\n")
        }
    }

    @Test("API-044 API-045 API-046 API-047 API-048 prefixes, as entries and as keys")
    func prefixes() async throws {
        try await TestAPI.run { api in
            try await fill(api)
            let all = try await api.get("/v1/kv/c/?recurse")
            #expect(all.json.count == 4 && all.json[1]["Key"] == "c/d1/x")
            #expect(all.index == 5)
            let absent = try await api.get("/v1/kv/c-none/?recurse")
            #expect(absent.status == 404 && absent.text.isEmpty && absent.index == 5)
            let keys = try await api.get("/v1/kv/c/?keys")
            #expect(keys.json == ["c/a", "c/d1/x", "c/d1/y", "c/d2/z"])
            for spelling in ["separator", "seperator"] {
                let folded = try await api.get("/v1/kv/c/?keys&\(spelling)=/")
                #expect(folded.text == #"["c/a","c/d1/","c/d2/"]"#)
            }
            let none = try await api.get("/v1/kv/c-none/?keys")
            #expect(none.status == 404 && none.text.isEmpty && none.index == 5)
            #expect(try await api.get("/v1/kv/?recurse").json.count == 4)
        }
    }

    @Test("an empty store has no keys, which is no error at the root")
    func emptyRoot() async throws {
        try await TestAPI.run { api in
            let keys = try await api.get("/v1/kv/?keys")
            #expect(keys.status == 200 && keys.text == "[]" && keys.index == 1)
            #expect(try await api.get("/v1/kv/?recurse").status == 404)
        }
    }

    @Test("API-049 API-050 API-051 API-052 API-053 API-054 API-055 keys that go")
    func deletes() async throws {
        try await TestAPI.run { api in
            try await fill(api)
            for reply in [try await api.get("/v1/kv/"), try await api.send(.delete, "/v1/kv/")] {
                #expect(reply.status == 400 && reply.text == "Missing key name")
            }
            #expect(try await api.put("/v1/kv/", "1").text == "Missing key name")
            #expect(try await api.send(.delete, "/v1/kv/c-none").text == "true")
            for index in [1, 0] {
                let reply = try await api.send(.delete, "/v1/kv/c/a?cas=\(index)")
                #expect(reply.status == 200 && reply.text == "false")
            }
            #expect(try await api.get("/v1/kv/c/a").status == 200)
            #expect(try await api.send(.delete, "/v1/kv/c/none?cas=3").text == "true")
            let index = try await api.get("/v1/kv/c/a").index
            #expect(try await api.send(.delete, "/v1/kv/c/a?cas=\(index)").text == "true")
            let conflict = try await api.send(.delete, "/v1/kv/c/a?cas=1&recurse")
            #expect(conflict.status == 400 && conflict.text.hasPrefix("Conflicting flags: "))
            #expect(try await api.send(.delete, "/v1/kv/c/d1?recurse").text == "true")
            #expect(try await api.get("/v1/kv/c/?keys").json == ["c/d2/z"])
            #expect(try await api.send(.delete, "/v1/kv/?recurse").text == "true")
            #expect(try await api.get("/v1/kv/?keys").json == [])
        }
    }

    @Test("API-056 a value of half a mebibyte fits, one octet more does not")
    func size() async throws {
        try await TestAPI.run { api in
            let most = String(repeating: "x", count: 524_288)
            #expect(try await api.put("/v1/kv/c/big", most).text == "true")
            #expect(try await api.get("/v1/kv/c/big?raw").text.utf8.count == 524_288)
            let reply = try await api.send(
                .put,
                "/v1/kv/c/bigger",
                most + "x",
                headers: ["Content-Length": "524289"]
            )
            #expect(reply.status == 413)
            #expect(
                reply.text.contains("(524289 bytes) too large, max size: 524288 bytes")
            )
            #expect(try await api.get("/v1/kv/c/bigger").status == 404)
        }
        try await TestAPI.run(configure: { $0.maximumValueSize = 4 }) { api in
            let fits = try await api.put("/v1/kv/k", "1234")
            let isTooLong = try await api.put("/v1/kv/k", "12345")
            #expect(fits.text == "true" && isTooLong.status == 413)
        }
    }

    @Test("API-057 API-058 escapes are decoded once; a path is cleaned before")
    func paths() async throws {
        try await TestAPI.run { api in
            try await api.put("/v1/kv/c/sp%20ace%2Fx", "1")
            #expect(try await api.get("/v1/kv/c/?keys").json == ["c/sp ace/x"])
            #expect(try await api.get("/v1/kv/c/sp%20ace/x?raw").text == "1")
            let reply = try await api.put("/v1/kv/c//dup", "1")
            #expect(reply.status == 301 && reply["Location"] == "/v1/kv/c/dup")
            try await api.put("/v1/kv/c/%252F", "1")
            #expect(try await api.get("/v1/kv/c/%252F").json[0]["Key"] == "c/%2F")
        }
    }

    @Test("bad input is refused with what is wrong")
    func badInput() async throws {
        try await TestAPI.run { api in
            let long = String(repeating: "k", count: 1025)
            let reply = try await api.put("/v1/kv/\(long)", "1")
            #expect(reply.status == 400)
            #expect(reply.text == "Key is 1025 octets long; at most 1024 are allowed")
            #expect(try await api.get("/v1/kv/\(long)").status == 404)
            #expect(try await api.send(.delete, "/v1/kv/\(long)?recurse").text == "true")
            #expect(try await api.get("/v1/kv/a%00b").status == 400)
            #expect(try await api.get("/v1/kv/a%zz").status == 400)
            #expect(try await api.get("/v1/kv/a?index=x").text == "Invalid index")
            #expect(try await api.get("/v1/kv/a?ns=x").status == 400)
            for method in ["get", "put"] {
                let reply =
                    method == "get"
                    ? try await api.get("/v1/kv/a?dc=nodc")
                    : try await api.put("/v1/kv/a?dc=nodc", "1")
                #expect(reply.status == 500 && reply.text == "No path to datacenter")
            }
        }
    }

    @Test("API-059 API-060 API-061 a reader of a key is woken by that key alone")
    func blocking() async throws {
        try await TestAPI.run { api in
            try await fill(api)
            let index = try await api.get("/v1/kv/c/a").index
            let same = try await api.get("/v1/kv/c/a?index=\(index)&wait=20ms")
            #expect(same.status == 200 && same.index == index)
            let reply = try await api.blocked("/v1/kv/c/a?index=\(index)&wait=1m") {
                try await api.put("/v1/kv/c/ab", "1")
                try await api.put("/v1/kv/c", "1")
                try await api.put("/v1/kv/c/a", "hello")
                #expect(api.server.waits.count == 1)
                try await api.put("/v1/kv/c/a", "new")
            }
            #expect(reply.json[0]["Value"] == "bmV3")
            #expect(reply.index == api.catalog.snapshot().lastIndex.rawValue)
        }
    }

    @Test("API-064 a reader of a prefix is woken by its last key's end, not by other keys")
    func blockingPrefix() async throws {
        try await TestAPI.run { api in
            try await fill(api)
            let index = try await api.get("/v1/kv/c/d2/?recurse").index
            let reply = try await api.blocked("/v1/kv/c/d2/?recurse&index=\(index)&wait=1m") {
                try await api.put("/v1/kv/c/d1/x", "9")
                try await api.put("/v1/kv/c/d2", "9")
                #expect(api.server.waits.count == 1)
                _ = try await api.send(.delete, "/v1/kv/c/d2/z")
            }
            #expect(reply.status == 404 && reply.text.isEmpty && reply.index > index)
        }
    }

    @Test("a reader of a key that is not there waits until it comes")
    func blockingAbsent() async throws {
        try await TestAPI.run { api in
            try await fill(api)
            let index = try await api.get("/v1/kv/c/later").index
            let reply = try await api.blocked("/v1/kv/c/later?index=\(index)&wait=1m") {
                _ = try await api.send(.delete, "/v1/kv/c/d1?recurse")
                try await api.put("/v1/kv/c/later", "1")
            }
            #expect(reply.status == 200 && reply.json[0]["Key"] == "c/later")
        }
    }
}
