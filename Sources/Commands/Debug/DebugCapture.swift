// SPDX-License-Identifier: Apache-2.0

/// Collects what tells how an agent is, for a while.
struct DebugCapture: Sendable {
    /// The most octets of a log that are kept: what comes later is left out.
    static let logLimit = 64 << 20

    let agent: AgentClient
    let targets: [DebugTarget]
    let duration: Duration
    let interval: Duration

    /// A file of the bundle.
    struct File: Hashable, Sendable {
        var name: String
        var octets: [UInt8]
    }

    /// What was collected, and what could not be.
    struct Bundle: Sendable {
        var files: [File] = []
        var problems: [String] = []
    }

    /// Collects everything.
    ///
    /// - Parameter note: is told each time that figures were taken, with their number.
    /// - Returns: the files.
    func run(_ note: @Sendable @escaping (Int) -> Void) async -> Bundle {
        var bundle = Bundle()
        for (target, path) in [
            (DebugTarget.agent, "/v1/agent/self"), (.host, "/v1/agent/host"),
            (.members, "/v1/agent/members?wan=1"),
        ] where targets.contains(target) {
            await fetch(path, as: "\(target.rawValue).json", into: &bundle)
        }
        await fetch("/v1/operator/raft/configuration", as: "raft.json", into: &bundle)
        guard targets.contains(.metrics) || targets.contains(.logs) else { return bundle }
        let parts = await withTaskGroup(of: Bundle.self) { group in
            if targets.contains(.metrics) {
                group.addTask { await metrics(note) }
            }
            if targets.contains(.logs) {
                group.addTask { await logs() }
            }
            var all = Bundle()
            for await part in group {
                all.files += part.files
                all.problems += part.problems
            }
            return all
        }
        bundle.files += parts.files.sorted { $0.name < $1.name }
        bundle.problems += parts.problems
        return bundle
    }

    private func fetch(_ path: String, as name: String, into bundle: inout Bundle) async {
        do {
            let parts = path.split(separator: "?", maxSplits: 1)
            let query = parts.count > 1 ? [("wan", "1")] : []
            let reply = try await agent.request("GET", String(parts[0]), query)
            bundle.files.append(File(name: name, octets: SecretRemoval.cleaned(reply)))
        } catch { bundle.problems.append("\(name): \(error.message)") }
    }

    private func metrics(_ note: @Sendable (Int) -> Void) async -> Bundle {
        var bundle = Bundle()
        var lines: [UInt8] = []
        let end = ContinuousClock.now + duration
        var number = 0
        while true {
            do {
                lines += SecretRemoval.cleaned(try await agent.request("GET", "/v1/agent/metrics"))
                lines.append(UInt8(ascii: "\n"))
                note(number)
            } catch { bundle.problems.append("metrics.json: \(error.message)") }
            number += 1
            let next = ContinuousClock.now + interval
            guard next < end, await Self.sleep(until: next) else { break }
        }
        bundle.files.append(File(name: "metrics.json", octets: lines))
        return bundle
    }

    private func logs() async -> Bundle {
        let end = ContinuousClock.now + duration
        let log = SharedOctets(limit: Self.logLimit)
        let problem = await withTaskGroup(of: String?.self) { group in
            group.addTask {
                do throws(CommandFailure) {
                    try await agent.download("/v1/agent/monitor", [("loglevel", "trace")]) {
                        log.append($0)
                    }
                    return nil
                } catch { return Task.isCancelled ? nil : "consul.log: \(error.message)" }
            }
            group.addTask {
                _ = await Self.sleep(until: end)
                return nil
            }
            let first = await group.next() ?? nil
            // A log that ended, or never began, is no reason to wait for the rest of the time.
            group.cancelAll()
            for await _ in group {}
            return first
        }
        var bundle = Bundle(files: [File(name: "consul.log", octets: log.value)])
        if let problem { bundle.problems.append(problem) }
        return bundle
    }

    /// Waits for a time.
    ///
    /// - Returns: `false` when a signal came first.
    private static func sleep(until time: ContinuousClock.Instant) async -> Bool {
        while ContinuousClock.now < time, TerminationSignals.received == nil, !Task.isCancelled {
            let pause = min(.milliseconds(100), time - ContinuousClock.now)
            // Cancelled: the loop's condition ends it.
            try? await Task.sleep(for: pause)
        }
        return TerminationSignals.received == nil && !Task.isCancelled
    }
}
