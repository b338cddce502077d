// SPDX-License-Identifier: Apache-2.0
internal import Definitions
internal import FoundationEssentials

/// Follows the keys in which agents tell how a job goes (spec cli.md 4.3), until all is quiet.
struct RemoteResults: Sendable {
    let agent: AgentClient
    let query: [(String, String)]
    /// What the keys begin with, with a final slash.
    let directory: String
    /// How long silence is the end; twice that while somebody is at work.
    let quiet: Duration
    let isVerbose: Bool
    let console: Console

    /// What was told so far.
    private struct Tally {
        var acknowledged = 0
        var completed = 0
        var failed = 0
    }

    /// Shows what comes.
    ///
    /// - Returns: 0 when all that began ended well, 2 when not, 1 after an interrupt.
    func follow() async throws(CommandFailure) -> Int32 {
        var seen: Set<String> = []
        var tally = Tally()
        var index: UInt64 = 0
        var lastNews = ContinuousClock.now
        while TerminationSignals.received == nil {
            let patience = tally.acknowledged > tally.completed ? quiet * 2 : quiet
            let rest = patience - (ContinuousClock.now - lastNews)
            guard rest > .zero else { return finish(tally) }
            let reply = try await keys(after: index, rest)
            let news = reply.keys.filter { seen.insert($0).inserted }
            // Keys come sorted, "exit" before "out": what a command printed is shown before its end.
            for key in news where !key.hasSuffix("/exit") { try await take(key, &tally) }
            for key in news where key.hasSuffix("/exit") { try await take(key, &tally) }
            if !news.isEmpty { lastNews = .now }
            if reply.index == index {
                // Not every agent waits as it was asked; the loop's condition ends this.
                try? await Task.sleep(for: min(rest, .milliseconds(20)))
            }
            index = reply.index
        }
        return 1
    }

    private func finish(_ tally: Tally) -> Int32 {
        console.write(
            "\(tally.completed) / \(tally.acknowledged) node(s) completed / acknowledged"
        )
        if tally.acknowledged == 0 {
            console.writeError(
                "No agent took the command up: agents do so only with disable_remote_exec = false "
                    + "in their configuration, and if the filters fit."
            )
        }
        return tally.failed > 0 || tally.completed < tally.acknowledged ? 2 : 0
    }

    private func keys(
        after index: UInt64,
        _ wait: Duration
    ) async throws(CommandFailure) -> (keys: [String], index: UInt64) {
        var query = query + [("keys", ""), ("wait", GoDuration.print(wait))]
        if index > 0 { query.append(("index", "\(index)")) }
        let path = KVAccess.path(directory)
        do throws(CommandFailure) {
            let reply = try await agent.reply("GET", path, query)
            if reply.status == 404 { return ([], reply.index) }
            guard reply.status == 200 else { throw AgentClient.failure(reply) }
            let keys: [String] = try agent.decode(reply.body, of: path)
            return (keys, reply.index)
        } catch { throw error.prefixed("Failed to read results") }
    }

    private func take(_ key: String, _ tally: inout Tally) async throws(CommandFailure) {
        let name = String(key.dropFirst(directory.count))
        if name == "job" { return }
        if name.hasSuffix("/ack") {
            tally.acknowledged += 1
            if isVerbose { tell(String(name.dropLast(4)), "acknowledged") }
            return
        }
        if name.hasSuffix("/exit") {
            let node = String(name.dropLast(5))
            let text = String(decoding: try await value(of: key), as: UTF8.self)
            guard let code = Int32(text) else {
                return console.writeError("Failed to parse exit code '\(text)'")
            }
            tally.completed += 1
            if code != 0 { tally.failed += 1 }
            return tell(node, "finished with exit code \(code)")
        }
        guard let place = name.ranges(of: "/out/").last?.lowerBound else {
            return console.writeError("Unknown key '\(name)', ignoring.")
        }
        let node = String(name[..<place])
        let output = try await value(of: key)
        if output.isEmpty {
            if isVerbose { tell(node, "heartbeat received") }
            return
        }
        var lines = String(decoding: output, as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false)
        while lines.last?.isEmpty == true { lines.removeLast() }
        for line in lines { console.write("    \(node): \(line)") }
    }

    private func tell(_ node: String, _ text: String) { console.write("==> \(node): \(text)") }

    private func value(of key: String) async throws(CommandFailure) -> [UInt8] {
        let pairs: [KVPair] = try await agent.getIfAny(KVAccess.path(key), query) ?? []
        return pairs.first?.octets ?? []
    }
}
