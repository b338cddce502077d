// SPDX-License-Identifier: Apache-2.0
import DNSTransport
import Forwarding
import Publication
import Replication
import StateStore
import Synchronization
import Telemetry
import Testing

@testable import Agent

@Suite("What is counted elsewhere is read")
struct MetricsCollectorTests {
    private struct EmptyState: SnapshotReader {
        func snapshot() -> StateStore { StateStore() }
    }

    private func collector(
        _ board: MetricsBoard,
        _ dns: @escaping @Sendable () -> DNSServerCounters
    ) -> MetricsCollector {
        MetricsCollector(
            board: board,
            sources: .init(
                snapshots: EmptyState(),
                watches: WatchRegistry(),
                dns: dns,
                waiting: { 0 }
            ),
            datacenter: "dc1",
            version: "1"
        )
    }

    private func board() -> MetricsBoard {
        var settings = TelemetrySettings()
        settings.retention = 60
        return MetricsBoard(settings) { 1000 }
    }

    @Test("many readers at once add up to what was counted, and none ends the agent")
    func concurrent() async throws {
        let board = board()
        let total = Atomic<UInt64>(0)
        let collector = collector(board) {
            let now = total.wrappingAdd(3, ordering: .relaxed).newValue
            var counters = DNSServerCounters()
            counters.datagrams = now
            counters.datagramQuestions.v4[1] = now
            counters.datagramQuestions.v6[0] = 7
            counters.streamQuestions.v4[5] = now
            counters.fastAnswers = now
            counters.replies[.catalog, 0] = now
            counters.replies[.zone, 3] = now
            counters.replies[.none, 5] = 2
            counters.workerDurations.counts[0] = now
            counters.workerDurations.nanoseconds = now * 1000
            return counters
        }
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask { for _ in 0..<200 { collector.collect() } }
            }
        }
        let text = try #require(board.prometheusText())
        let udp = "waypost_dns_queries_total{proto=\"udp\",family="
        #expect(text.contains("\(udp)\"1\",type=\"A\"} 4800\n"))
        #expect(text.contains("\(udp)\"2\",type=\"other\"} 7\n"))
        #expect(text.contains("\(udp)\"2\",type=\"SRV\"} 0\n"))
        #expect(text.contains("waypost_dns_answers_total{source=\"catalog\"} 4800\n"))
        let replies = "waypost_dns_responses_total{rcode="
        #expect(text.contains("\(replies)\"NOERROR\",source=\"catalog\"} 4800\n"))
        #expect(text.contains("\(replies)\"NXDOMAIN\",source=\"zone\"} 4800\n"))
        #expect(text.contains("\(replies)\"REFUSED\",source=\"none\"} 2\n"))
        #expect(text.contains("\(replies)\"NXDOMAIN\",source=\"catalog\"} 0\n"))
        #expect(!text.contains("\(replies)\"NOERROR\",source=\"upstream\"}"))
        #expect(text.contains("consul_dns_domain_query_count 4800\n"))
        #expect(text.contains("consul_dns_domain_query_sum 4.8"))
        #expect(text.contains("consul_dns_ptr_query_count 4800\n"))
    }

    @Test("how long replies took is a histogram by transport and source, and by upstream")
    func distributions() throws {
        let board = board()
        let collector = collector(board) {
            var counters = DNSServerCounters()
            var durations = DurationCounts()
            durations.counts[1] = 128
            durations.counts[11] = 1
            durations.nanoseconds = 1_500_000_000
            counters.datagramDurations[Int(QuerySource.cache.rawValue)] = durations
            counters.forwarder.upstreamDurations["192.0.2.1:53"] = durations
            return counters
        }
        collector.collect()
        let text = try #require(board.prometheusText())
        let name = "waypost_dns_request_duration_seconds"
        let labels = "proto=\"udp\",source="
        #expect(text.contains("\(name)_bucket{\(labels)\"cache\",le=\"1e-05\"} 0\n"))
        #expect(text.contains("\(name)_bucket{\(labels)\"cache\",le=\"3e-05\"} 128\n"))
        #expect(text.contains("\(name)_bucket{\(labels)\"cache\",le=\"1\"} 128\n"))
        #expect(text.contains("\(name)_count{\(labels)\"cache\"} 129\n"))
        #expect(text.contains("\(name)_sum{\(labels)\"cache\"} 1.5\n"))
        #expect(text.contains("\(name)_count{\(labels)\"catalog\"} 0\n"))
        #expect(!text.contains("proto=\"tcp\",source"))
        let upstream = "waypost_forward_duration_seconds_count{upstream=\"192.0.2.1:53\"} 129\n"
        #expect(text.contains(upstream))
    }

    @Test("totals that begin anew are no end of the agent")
    func anew() throws {
        let board = board()
        let calls = Atomic<UInt64>(0)
        let collector = collector(board) {
            let isFirst = calls.wrappingAdd(1, ordering: .relaxed).newValue == 1
            var counters = DNSServerCounters()
            counters.fastAnswers = isFirst ? 10 : 2
            counters.slowAnswers = isFirst ? 5 : 0
            counters.workerDurations.counts[0] = isFirst ? 4 : 1
            counters.workerDurations.nanoseconds = isFirst ? 4000 : 1000
            counters.slowDurations.counts[8] = isFirst ? 5 : 0
            counters.slowDurations.nanoseconds = isFirst ? 50_000_000 : 0
            return counters
        }
        collector.collect()
        collector.collect()
        let text = try #require(board.prometheusText())
        #expect(text.contains("consul_dns_domain_query_count 17\n"))
        // 10 and 2 of 1 µs, 5 of 10 ms.
        #expect(text.contains("consul_dns_domain_query_sum 50.012\n"))
    }

    @Test("each upstream, the log and the room on the disk, the last snapshot, the certificate")
    func labelled() throws {
        let board = board()
        let usage = Mutex(
            StorageUsage(logOctets: 4096, space: StorageUsage.Space(free: 50, size: 200))
        )
        let certificateEnd = Mutex<Int?>(nil)
        let collector = MetricsCollector(
            board: board,
            sources: .init(
                snapshots: EmptyState(),
                watches: WatchRegistry(),
                dns: {
                    var counters = DNSServerCounters()
                    counters.forwarder.cookies = [.right: 3, .wrong: 1]
                    counters.forwarder.upstreams = [
                        .init(address: "a:53", isHealthy: true, requests: 5, failures: 2),
                        .init(address: "b:53", isHealthy: false, requests: 0, failures: 0),
                    ]
                    return counters
                },
                waiting: { 0 },
                storage: { usage.withLock { $0 } },
                certificateEnd: { certificateEnd.withLock { $0 } },
                now: { 1000 }
            ),
            datacenter: "dc1",
            version: "1"
        )
        collector.collect()
        var text = try #require(board.prometheusText())
        let requests = "waypost_forward_upstream_requests_total{upstream="
        #expect(text.contains("\(requests)\"a:53\"} 5\n"))
        #expect(text.contains("\(requests)\"b:53\"} 0\n"))
        #expect(text.contains("waypost_forward_upstream_failures_total{upstream=\"a:53\"} 2\n"))
        #expect(text.contains("waypost_forward_cookies_total{result=\"right\"} 3\n"))
        #expect(text.contains("consul_raft_leader_lastContact_sum 0\n"))
        #expect(text.contains("waypost_raft_log_bytes 4096\n"))
        #expect(text.contains("waypost_disk_free_bytes 50\n"))
        #expect(text.contains("waypost_disk_size_bytes 200\n"))
        #expect(!text.contains("snapshot_age"))
        #expect(!text.contains("cert_expiry"))
        #expect(!text.contains("oldestLogAge"))
        usage.withLock {
            $0.snapshotTime = 940
            $0.logTime = 900
            $0.segments = [.init(sequence: 1, changed: 999)]
        }
        certificateEnd.withLock { $0 = 970 }
        collector.collect()
        text = try #require(board.prometheusText())
        #expect(text.contains("waypost_raft_snapshot_age_seconds 60\n"))
        #expect(text.contains("consul_raft_leader_oldestLogAge 100000\n"))
        #expect(text.contains("consul_agent_tls_cert_expiry -30\n"))
    }

    @Test("the oldest entry of the log is as old as its segment, where that is known")
    func oldestEntry() {
        var oldest = OldestEntry()
        var usage = StorageUsage()
        #expect(oldest.time(usage) == nil)
        usage.logTime = 50
        usage.segments = [.init(sequence: 1, changed: 60)]
        #expect(oldest.time(usage) == 50)
        usage.segments = [.init(sequence: 1, changed: 70), .init(sequence: 2, changed: 75)]
        #expect(oldest.time(usage) == 50)
        usage.segments = [.init(sequence: 2, changed: 80), .init(sequence: 3, changed: 90)]
        #expect(oldest.time(usage) == 70)
        usage.segments = [.init(sequence: 3, changed: 95)]
        #expect(oldest.time(usage) == 80)
        #expect(oldest.time(usage) == 80)
        // After a start.
        oldest = OldestEntry()
        #expect(oldest.time(usage) == nil)
        usage.segments = [.init(sequence: 3, changed: 99), .init(sequence: 4, changed: 100)]
        #expect(oldest.time(usage) == nil)
        usage.segments.removeFirst()
        #expect(oldest.time(usage) == 99)
    }

    @Test("what is allocated is counted once a minute")
    func allocated() throws {
        let board = board()
        let now = Mutex(1000)
        let collector = MetricsCollector(
            board: board,
            sources: .init(
                snapshots: EmptyState(),
                watches: WatchRegistry(),
                dns: { DNSServerCounters() },
                waiting: { 0 },
                now: { now.withLock { $0 } }
            ),
            datacenter: "dc1",
            version: "1"
        )
        func line() throws -> String {
            collector.collect()
            let text = try #require(board.prometheusText())
            let lines = text.split(separator: "\n")
            return try #require(
                lines.first { $0.hasPrefix("consul_runtime_alloc_bytes ") }.map(String.init)
            )
        }
        let first = try line()
        let block = [UInt8](repeating: 1, count: 64 << 20)
        now.withLock { $0 = 1059 }
        #expect(try line() == first)
        now.withLock { $0 = 1060 }
        #expect(try line() != first)
        withExtendedLifetime(block) {}
    }
}
