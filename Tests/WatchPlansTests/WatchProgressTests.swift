// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import WatchPlans

@Suite("Which answers are news")
struct WatchProgressTests {
    private static func progress(
        _ type: String,
        _ change: (inout WatchParameters) -> Void = { _ in }
    ) throws -> WatchProgress {
        var parameters = WatchParameters()
        parameters.type = type
        change(&parameters)
        return WatchProgress(try WatchPlan(parameters))
    }

    private static func reply(_ index: UInt64, _ body: String, _ status: Int = 200) -> WatchReply {
        WatchReply(status: status, index: index, body: Array(body.utf8))
    }

    private static func changed(_ index: UInt64, _ body: String) -> WatchProgress.Step {
        .changed(WatchResult(position: .index(index), json: Array(body.utf8)))
    }

    @Test("the first answer is news, then whatever differs at another index")
    func changes() throws {
        var progress = try Self.progress("services")
        #expect(progress.path == "/v1/catalog/services")
        #expect(progress.take(Self.reply(3, #"{ "a": [] }"#)) == Self.changed(3, #"{"a":[]}"#))
        #expect(progress.path == "/v1/catalog/services?index=3")
        // The wait was over.
        #expect(progress.take(Self.reply(3, #"{"a":[]}"#)) == .unchanged)
        // Something else moved the index.
        #expect(progress.take(Self.reply(5, #"{"a":[]}"#)) == .unchanged)
        #expect(progress.path == "/v1/catalog/services?index=5")
        #expect(progress.take(Self.reply(6, "{}")) == Self.changed(6, "{}"))
    }

    @Test("an index that went backwards begins anew")
    func backwards() throws {
        var progress = try Self.progress("nodes")
        #expect(progress.take(Self.reply(90, "[1]")) == Self.changed(90, "[1]"))
        #expect(progress.take(Self.reply(4, "[2]")) == Self.changed(4, "[2]"))
        #expect(progress.path == "/v1/catalog/nodes")
        #expect(progress.take(Self.reply(4, "[2]")) == .unchanged)
        #expect(progress.path == "/v1/catalog/nodes?index=4")
    }

    @Test("CLI-031 one key is an object, a missing one null; so are keys below a prefix")
    func keys() throws {
        var progress = try Self.progress("key") { $0.key = "a" }
        #expect(progress.take(Self.reply(2, "", 404)) == Self.changed(2, "null"))
        #expect(progress.take(Self.reply(4, "", 404)) == .unchanged)
        let body = #"[ { "Key": "a", "Value": "W10s" } ]"#
        #expect(
            progress.take(Self.reply(5, body)) == Self.changed(5, #"{"Key":"a","Value":"W10s"}"#)
        )
        var below = try Self.progress("keyprefix") { $0.prefix = "a" }
        #expect(below.take(Self.reply(2, "", 404)) == Self.changed(2, "null"))
        #expect(below.take(Self.reply(5, "[{}]")) == Self.changed(5, "[{}]"))
    }

    @Test("failures are tried again after 5 s, 20 s, 45 s, … 3 min, and then read at once")
    func failures() throws {
        var progress = try Self.progress("services")
        #expect(progress.take(Self.reply(3, "{}")) == Self.changed(3, "{}"))
        for seconds in [5, 20, 45, 80, 125, 180, 180] {
            #expect(progress.fail("x") == .retry(after: .seconds(seconds), reason: "x"))
        }
        #expect(progress.path == "/v1/catalog/services")
        // What is as it was is no news.
        #expect(progress.take(Self.reply(3, "{}")) == .unchanged)
        #expect(progress.path == "/v1/catalog/services?index=3")
        #expect(
            progress.take(Self.reply(0, "No cluster leader\n", 500))
                == .retry(
                    after: .seconds(5),
                    reason: "Unexpected response code: 500 (No cluster leader)"
                )
        )
        #expect(
            progress.take(Self.reply(0, "{}"))
                == .retry(after: .seconds(20), reason: "the reply has no X-Consul-Index")
        )
        var forever = try Self.progress("nodes")
        for _ in 0..<5000 { _ = forever.fail("x") }
        #expect(forever.fail("x") == .retry(after: .seconds(180), reason: "x"))
        // Only keys may be missing.
        #expect(
            forever.take(Self.reply(3, "no", 404))
                == .retry(after: .seconds(180), reason: "Unexpected response code: 404 (no)")
        )
    }

    @Test("of events only those are told that were not told before")
    func events() throws {
        var progress = try Self.progress("event") { $0.name = "e" }
        #expect(progress.take(Self.reply(1, "[]")) == Self.changed(1, "[]"))
        #expect(progress.path == "/v1/event/list?name=e&index=1")
        #expect(
            progress.take(Self.reply(900, #"[{"ID":"a"}]"#)) == Self.changed(900, #"[{"ID":"a"}]"#)
        )
        // The index of events follows no order: a smaller one is no reset.
        #expect(
            progress.take(Self.reply(20, #"[{"ID":"a"},{"ID":"b"},{"ID":"c"}]"#))
                == Self.changed(20, #"[{"ID":"b"},{"ID":"c"}]"#)
        )
        #expect(progress.path == "/v1/event/list?name=e&index=20")
        // After a failure the same events come again.
        _ = progress.fail("x")
        #expect(progress.take(Self.reply(20, #"[{"ID":"b"},{"ID":"c"}]"#)) == .unchanged)
        // The agent started anew.
        #expect(progress.take(Self.reply(1, "[]")) == .unchanged)
        #expect(progress.take(Self.reply(7, #"[{"ID":"d"}]"#)) == Self.changed(7, #"[{"ID":"d"}]"#))
        var early = try Self.progress("event")
        #expect(early.take(Self.reply(8, "[1,2]")) == Self.changed(8, "[1,2]"))
    }

    @Test("services of the agent go by their hash")
    func hashes() throws {
        var progress = try Self.progress("agent_service") { $0.serviceID = "w" }
        func reply(_ hash: String, _ body: String) -> WatchReply {
            WatchReply(status: 200, index: 0, hash: hash, body: Array(body.utf8))
        }
        #expect(
            progress.take(reply("a0", "{}"))
                == .changed(WatchResult(position: .hash("a0"), json: Array("{}".utf8)))
        )
        #expect(progress.path == "/v1/agent/service/w?hash=a0")
        #expect(progress.take(reply("a0", "{}")) == .unchanged)
        #expect(
            progress.take(reply("", "{}"))
                == .retry(after: .seconds(5), reason: "the reply has no X-Consul-ContentHash")
        )
    }
}
