// SPDX-License-Identifier: Apache-2.0
import AgentConfiguration
import CoreMetrics
import Replication
import StateStore
import Synchronization
import Telemetry
import Testing

@testable import Agent

@Suite("The agent's measurements")
struct MetricsBoardTests {
    /// A clock that tests move.
    private final class Clock: Sendable {
        let now = Mutex(1000)
        func advance(_ seconds: Int) { now.withLock { $0 += seconds } }
    }

    private func board(
        _ settings: TelemetrySettings = TelemetrySettings()
    ) -> (MetricsBoard, Clock) {
        let clock = Clock()
        return (MetricsBoard(settings) { clock.now.withLock { $0 } }, clock)
    }

    @Test("what swift-metrics measures is in the report of its interval")
    func factory() {
        let (board, clock) = board()
        Counter(label: "raft.apply", factory: board).increment(by: 3)
        Timer(label: "api.http", dimensions: [("method", "GET")], factory: board)
            .recordNanoseconds(2_500_000)
        Recorder(label: "kvs.apply", factory: board).record(7)
        Gauge(label: "server.isLeader", factory: board).record(1)
        let meter = Meter(label: "rpc.queries_blocking", factory: board)
        meter.increment(by: 5)
        meter.decrement(by: 2)
        clock.advance(10)
        let report = board.report()
        #expect(report.start == 1000)
        #expect(report.counters.map(\.name) == ["consul.raft.apply"])
        #expect(report.counters.first?.aggregate.sum == 3)
        #expect(report.samples.map(\.name) == ["consul.api.http", "consul.kvs.apply"])
        #expect(report.samples.first?.aggregate.sum == 2.5)
        #expect(
            report.gauges.map(\.name) == ["consul.rpc.queries_blocking", "consul.server.isLeader"]
        )
        #expect(report.gauges.first?.value == 3)
    }

    @Test("statsd servers are told what is measured, each in its dialect")
    func sinks() {
        var settings = TelemetrySettings()
        settings.sinks = [
            .init(host: "a", port: 1, dialect: .plain),
            .init(host: "b", port: 2, dialect: .datadog(tags: ["x:y"])),
        ]
        settings.naming.filters = ["-consul.kvs"].compactMap(MetricNaming.Filter.init)
        let (board, _) = board(settings)
        board.add(2, to: MetricKey("raft.apply"))
        board.take(1, in: MetricKey("kvs.apply"))
        board.advance(MetricKey("waypost.dns.queries", [.init("proto", "udp")]), to: 9)
        board.advance(MetricKey("waypost.dns.queries", [.init("proto", "udp")]), to: 9)
        let texts = board.packets().map { $0.map { String(decoding: $0, as: UTF8.self) } }
        #expect(
            texts == [
                ["consul.raft.apply:2|c\nwaypost.dns.queries.udp:9|c\n"],
                ["consul.raft.apply:2|c|#x:y\nwaypost.dns.queries:9|c|#x:y,proto:udp\n"],
            ]
        )
    }

    @Test("Prometheus is there only with a retention time")
    func prometheus() {
        #expect(board().0.prometheusText() == nil)
        var settings = TelemetrySettings()
        settings.retention = 60
        let (board, _) = board(settings)
        board.add(1, to: MetricKey("raft.apply"))
        #expect(board.prometheusText()?.contains("consul_raft_apply 1\n") == true)
    }

    @Test("every write is counted and timed under its own name")
    func writes() async throws {
        struct Accepting: CommandSubmitter, StateRestorer {
            func restore(_ state: StateStore) async throws(SubmitError) -> RaftIndex { .zero }

            func perform(_ command: Command) async throws(SubmitError) -> CommandOutcome {
                if case .deregister = command { throw .overloaded }
                return CommandOutcome(index: RaftIndex(rawValue: 7))
            }
        }
        let (board, _) = board()
        let submitter = MeasuredSubmitter(next: Accepting(), board: board)
        let index = try await submitter.submit(.coordinates([]))
        #expect(index == RaftIndex(rawValue: 7))
        await #expect(throws: SubmitError.overloaded) {
            try await submitter.submit(.deregister(Deregistration(node: "x")))
        }
        let report = board.report()
        #expect(report.counters.first?.aggregate.sum == 2)
        #expect(
            report.samples.map(\.name) == [
                "consul.catalog.deregister", "consul.coordinate.apply", "consul.raft.commitTime",
            ]
        )
    }

    @Test("what writes take on their way is told as Consul does, each entry with its part")
    func raft() throws {
        let (board, _) = board()
        Agent.measure(.dispatched(entries: 3, took: .milliseconds(6)), board)
        Agent.measure(.applied(entries: 4, took: .milliseconds(2)), board)
        let report = board.report()
        let samples = Dictionary(
            uniqueKeysWithValues: report.samples.map { ($0.name, $0.aggregate) }
        )
        let dispatch = try #require(samples["consul.raft.leader.dispatchLog"])
        #expect(dispatch.count == 1 && dispatch.sum == 6)
        let apply = try #require(samples["consul.raft.fsm.apply"])
        #expect(apply.count == 4 && apply.sum == 2)
        let gauges = Dictionary(uniqueKeysWithValues: report.gauges.map { ($0.name, $0.value) })
        #expect(gauges["consul.raft.leader.dispatchNumLogs"] == 3)
        #expect(gauges["consul.raft.commitNumLogs"] == 4)
    }

    @Test("the host's name is in gauges only when somebody outside is told")
    func hostName() {
        var telemetry = TelemetryConfiguration()
        #expect(TelemetrySettings(telemetry, hostName: "h").naming.hostName == nil)
        telemetry.prometheusRetention = .milliseconds(1)
        #expect(TelemetrySettings(telemetry, hostName: "h").naming.hostName == "h")
        #expect(TelemetrySettings(telemetry, hostName: "h").retention == 1)
        telemetry.disablesHostName = true
        #expect(TelemetrySettings(telemetry, hostName: "h").naming.hostName == nil)
    }

    @Test("the resident set is the second field of statm")
    func memory() {
        #expect(ProcessMemory.resident(statm: "900 123 45 1 0 2 0", pageSize: 4096) == 503_808)
        #expect(ProcessMemory.resident(statm: "", pageSize: 4096) == nil)
        #expect((ProcessMemory.resident() ?? 0) > 1_000_000)
    }
}
