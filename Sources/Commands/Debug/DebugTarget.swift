// SPDX-License-Identifier: Apache-2.0

/// What `debug` may capture (spec cli.md 2.2).
enum DebugTarget: String, CaseIterable {
    /// What the agent says about itself: `agent.json`.
    case agent
    /// What the machine is and has: `host.json`.
    case host
    /// The members: `members.json`.
    case members
    /// What was measured, once an interval: `metrics.json`, an object a line.
    case metrics
    /// The log from then on, all levels: `consul.log`.
    case logs
    /// Profiles of Go's runtime, which is not there.
    case pprof

    /// What is captured unless something is named.
    static let usual: [DebugTarget] = [.agent, .host, .members, .metrics, .logs]
}
