// SPDX-License-Identifier: Apache-2.0
import Dispatch
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import SnapshotArchive
import StateStore
import Synchronization
import Testing

@testable import HTTPAPI

@Suite("Snapshots over HTTP")
struct SnapshotTests {
    /// The state of an agent as an archive.
    private static func save(_ api: TestAPI, _ query: String = "") async throws -> [UInt8] {
        let reply = try await api.client.execute(uri: "/v1/snapshot\(query)", method: .get)
        #expect(reply.status == .ok)
        return Array(reply.body.readableBytesView)
    }

    private static func restore(
        _ api: TestAPI,
        _ octets: [UInt8],
        _ query: String = ""
    ) async throws -> Reply {
        Reply(
            try await api.client.execute(
                uri: "/v1/snapshot\(query)",
                method: .put,
                body: ByteBuffer(bytes: octets)
            )
        )
    }

    /// The names of the files in an archive's tar, found by their headers' magic.
    private static func metadata(_ octets: [UInt8]) throws -> ArchiveMetadata {
        let reader = ArchiveReader()
        var stream = StateStreamReader()
        try reader.take(octets) { part throws(ArchiveProblem) in try stream.take(part) { _ in } }
        let metadata = try reader.finish()
        try stream.finish()
        return metadata
    }

    @Test("API-227 the archive, with the headers of a read")
    func save() async throws {
        try await TestAPI.run { api in
            try await api.put("/v1/kv/a", "1")
            let reply = try await api.client.execute(uri: "/v1/snapshot", method: .get)
            #expect(reply.status == .ok)
            let headers = Reply(reply)
            #expect(headers["Content-Type"] == "application/x-gzip")
            #expect(headers["X-Consul-Index"] == "2" && headers["X-Consul-Knownleader"] == "true")
            #expect(headers["X-Consul-Lastcontact"] == "0")
            let metadata = try Self.metadata(Array(reply.body.readableBytesView))
            #expect(metadata.index == 2 && metadata.version == 1)
            #expect(metadata.id.hasPrefix("1-2-"))
            #expect(try Self.metadata(await Self.save(api, "?stale")).index == 2)
            let elsewhere = try await api.get("/v1/snapshot?dc=dc9")
            #expect(elsewhere.status == 500 && elsewhere.text == "No path to datacenter")
            let method = try await api.send(.post, "/v1/snapshot")
            #expect(method.status == 405 && method["Allow"] == "OPTIONS,GET,PUT")
        }
    }

    @Test("API-228 what is no archive is refused in Consul's words, and changes nothing")
    func garbage() async throws {
        try await TestAPI.run { api in
            try await api.put("/v1/kv/a", "1")
            let archive = try await Self.save(api)
            try await api.put("/v1/kv/b", "2")
            var flipped = archive
            flipped[archive.count / 2] ^= 1
            let cases: [([UInt8], String)] = [
                (Array("garbage".utf8), "failed to decompress snapshot: "),
                ([], "failed to decompress snapshot: EOF"),
                (Array(archive.dropLast(30)), "failed to read snapshot file: "),
                (flipped, "failed to"),
                (archive + [0], "failed to read snapshot file: octets follow"),
            ]
            for (octets, words) in cases {
                let reply = try await Self.restore(api, octets)
                #expect(reply.status == 500 && reply.text.hasPrefix(words), "\(reply.text)")
            }
            let stale = try await Self.restore(api, archive, "?stale")
            #expect(stale.status == 500 && stale.text == "stale not allowed for restore")
            let elsewhere = try await Self.restore(api, archive, "?dc=dc9")
            #expect(elsewhere.status == 500 && elsewhere.text == "No path to datacenter")
            #expect(try await api.get("/v1/kv/b").json[0]["Value"] == "Mg==")
            #expect(api.catalog.snapshot().lastIndex.rawValue == 3)
            #expect(api.catalog.snapshot().restoredAt == .zero)
        }
    }

    @Test("a restore brings back every table; rows keep their indexes, reads tell none below it")
    func restore() async throws {
        try await TestAPI.run { api in
            try await api.registerExternal()
            try await api.put("/v1/kv/a", "1")
            let session = try await api.put("/v1/session/create", #"{"TTL":"30s"}"#).json["ID"]
            guard case .string(let id) = session else { throw CancellationError() }
            try await api.put("/v1/query", #"{"Name":"q","Service":{"Service":"xs"}}"#)
            let paths = [
                "/v1/catalog/nodes", "/v1/catalog/service/xs", "/v1/health/state/any",
                "/v1/kv/?recurse",
                "/v1/session/list", "/v1/query",
            ]
            var before: [String: String] = [:]
            for path in paths { before[path] = try await api.get(path).text }
            let archive = try await Self.save(api)
            try await api.put("/v1/kv/b", "2")
            try await api.put("/v1/catalog/deregister", #"{"Node":"ext1"}"#)
            try await api.put("/v1/session/destroy/\(id)")
            let last = api.catalog.snapshot().lastIndex.rawValue
            let reply = try await Self.restore(api, archive)
            #expect(reply.status == 200 && reply.text.isEmpty && reply.index == last + 1)
            for path in paths {
                let now = try await api.get(path)
                #expect(now.text == before[path], "\(path)")
                #expect(now.index == last + 1, "\(path)")
            }
            #expect(try await api.get("/v1/kv/b").index == last + 1)
            #expect(api.timers.begun.withLock { $0.last } == id)
            try await api.put("/v1/kv/c", "3")
            #expect(try await api.get("/v1/kv/c").index == last + 2)
            #expect(try await api.get("/v1/catalog/nodes").index == last + 1)
        }
    }

    @Test("a restore ends every blocking query, of what is there and of what is not")
    func wakes() async throws {
        try await TestAPI.run { api in
            try await api.put("/v1/kv/a", "1")
            let archive = try await Self.save(api)
            for number in 0..<3 { try await api.put("/v1/kv/x\(number)", "1") }
            for path in ["/v1/kv/a", "/v1/kv/none", "/v1/catalog/nodes", "/v1/health/service/none"]
            {
                let index = api.catalog.snapshot().lastIndex.rawValue
                let reply = try await api.blocked("\(path)?index=\(index)&wait=60s") {
                    _ = try await Self.restore(api, archive)
                }
                #expect(reply.index == index + 1, "\(path)")
            }
        }
    }

    @Test("an archive of a server with a longer history is taken, too")
    func longerHistory() async throws {
        var store = StateStore()
        for index in [500, 501] as [UInt64] {
            _ = try store.apply(
                .kv(KVOperation(.set, "k\(index)", value: Array("v".utf8))),
                at: RaftIndex(rawValue: index)
            )
        }
        let other = store
        try await TestAPI.run { api in
            _ = try await api.catalog.restore(other)
            let archive = try await Self.save(api)
            try await TestAPI.run { second in
                let reply = try await Self.restore(second, archive)
                #expect(reply.index == 503)
                #expect(try await second.get("/v1/kv/k500").json[0]["ModifyIndex"] == 500)
            }
        }
    }

    @Test("more than the limit is not read")
    func limit() async throws {
        try await TestAPI.run(configure: { $0.maximumSnapshotSize = 100 }) { api in
            let reply = try await Self.restore(api, [UInt8](repeating: 0x1f, count: 101))
            #expect(reply.status == 413)
            #expect(reply.text.contains("at most 100 are taken. Nothing has changed"))
        }
    }

    @Test("a few at once; the next one is told to try again")
    func traffic() {
        let traffic = SnapshotTraffic()
        for _ in 0..<SnapshotTraffic.saveLimit { #expect(traffic.beginSave()) }
        #expect(!traffic.beginSave() && SnapshotDownload(StateStore(), traffic) == nil)
        traffic.endSave()
        do {
            let download = SnapshotDownload(StateStore(), traffic)
            #expect(download != nil && !traffic.beginSave())
        }
        #expect(traffic.beginSave())
        #expect(traffic.beginRestore() && !traffic.beginRestore())
        traffic.endRestore()
        #expect(traffic.beginRestore())
    }

    @Test("who makes an archive waits for who sends it, and ends when nobody wants it")
    func pipe() async {
        let pipe = ArchivePipe()
        let traffic = SnapshotTraffic()
        traffic.queue.async {
            for number in 0..<50 { try? pipe.put([UInt8(number)]) }
            pipe.finish()
        }
        var found: [UInt8] = []
        for await part in pipe.parts {
            found += part
            pipe.sent()
        }
        #expect(found == Array(0..<50) && pipe.isWhole)
        let other = ArchivePipe()
        let count = await withCheckedContinuation { caller in
            traffic.queue.async {
                var count = 0
                while (try? other.put([1])) != nil {
                    count += 1
                    // As many as may wait, and then nobody takes any.
                    if count == 4 { other.cancel() }
                }
                other.finish()
                caller.resume(returning: count)
            }
        }
        #expect(count == 4 && !other.isWhole)
    }
}
