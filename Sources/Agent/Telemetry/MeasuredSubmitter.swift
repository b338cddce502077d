// SPDX-License-Identifier: Apache-2.0
import StateStore
import Telemetry

/// Times the writes of one duty.
struct TimedSubmitter: CommandSubmitter {
    let next: any CommandSubmitter
    let key: MetricKey
    let board: MetricsBoard

    func perform(_ command: Command) async throws(SubmitError) -> CommandOutcome {
        let start = ContinuousClock.now
        defer { board.take((ContinuousClock.now - start) / .milliseconds(1), in: key) }
        return try await next.perform(command)
    }
}

/// Measures every write on its way: how many, and how long each took until it was durable, applied and
/// visible.
struct MeasuredSubmitter: CommandSubmitter, StateRestorer {
    let next: any CommandSubmitter & StateRestorer
    let board: MetricsBoard

    func perform(_ command: Command) async throws(SubmitError) -> CommandOutcome {
        let start = ContinuousClock.now
        defer {
            let took = (ContinuousClock.now - start) / .milliseconds(1)
            board.add(1, to: MetricKey("raft.apply"))
            board.add(1, to: MetricKey("rpc.request"))
            board.add(1, to: MetricKey("client.rpc"))
            board.take(took, in: MetricKey("raft.commitTime"))
            board.take(took, in: MetricKey(Self.name(of: command)))
        }
        return try await next.perform(command)
    }

    func restore(_ state: StateStore) async throws(SubmitError) -> RaftIndex {
        try await next.restore(state)
    }

    /// The series of a command (HTTP API 9.2).
    static func name(of command: Command) -> String {
        switch command {
        case .register: "catalog.register"
        case .deregister: "catalog.deregister"
        case .preparedQuery: "prepared-query.apply"
        case .configEntry: "config_entry.apply"
        case .coordinates: "coordinate.apply"
        case .kv: "kvs.apply"
        case .session: "session.apply"
        case .transaction: "txn.apply"
        case .autopilot: "autopilot.apply"
        }
    }
}
