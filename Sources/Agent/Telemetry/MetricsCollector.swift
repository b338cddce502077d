// SPDX-License-Identifier: Apache-2.0
import DNSTransport
import Glibc
import Publication
import Replication
import StateStore
import Locking
import Telemetry

/// Reads what is counted elsewhere, at the beginning of each interval and before anybody looks.
final class MetricsCollector: Sendable {
    /// What it reads.
    struct Sources: Sendable {
        var snapshots: any SnapshotReader
        var watches: WatchRegistry<WatchTopic>
        /// What the DNS server counted.
        var dns: @Sendable () -> DNSServerCounters
        /// The blocking queries that wait.
        var waiting: @Sendable () -> Int
        /// Lines of the log that were lost, by where they should have gone.
        var lostLines: @Sendable () -> [(output: String, count: UInt64)] = { [] }
        /// What the state takes on the disk, and what is free there; `nil` without a data directory.
        var storage: @Sendable () -> StorageUsage? = { nil }
        /// Until when the certificate of HTTPS counts, in seconds since 1970; `nil` without HTTPS.
        var certificateEnd: @Sendable () -> Int? = { nil }
        /// The time, in seconds since 1970.
        var now: @Sendable () -> Int = { time(nil) }
    }

    /// What was read the last time.
    struct Memory {
        /// What the DNS server had counted.
        var counters = DNSServerCounters()
        /// What the state held, and at which index that was counted.
        var usage: (index: RaftIndex, usage: StateUsage)?
        /// What the files of the log said.
        var oldestEntry = OldestEntry()
        /// What the process has allocated, and when that was counted.
        var allocated: (time: Int, octets: UInt64)?
    }

    /// Where what it reads is told.
    let board: MetricsBoard
    /// What it reads.
    let sources: Sources
    private let datacenter: String
    /// The version that it tells.
    let version: String
    private let memory = Lock(Memory())

    init(board: MetricsBoard, sources: Sources, datacenter: String, version: String) {
        self.board = board
        self.sources = sources
        self.datacenter = datacenter
        self.version = version
    }

    /// Reads everything once; one reader at a time, so that no total is told after a later one.
    func collect() {
        memory.withLock { memory in
            process(&memory)
            server()
            storage(&memory)
            certificate()
            state(sources.snapshots.snapshot(), &memory)
            let counters = sources.dns()
            questions(counters)
            replies(counters)
            logs(counters)
            durations(counters, since: memory.counters)
            distributions(counters)
            forwarding(counters.forwarder)
            memory.counters = counters
        }
    }

    /// One server: its own leader, healthy as long as it answers.
    private func server() {
        board.set("server.isLeader", 1)
        board.advance("raft.state.leader", 1)
        // Consul: the longest time since a follower was heard of; of none it is 0.
        board.take(0, in: MetricKey("raft.leader.lastContact"))
        board.set("autopilot.healthy", 1)
        board.set("autopilot.failure_tolerance", 0)
        board.set("members.servers", 1, [.init("datacenter", datacenter)])
        board.set("members.clients", 0, [.init("datacenter", datacenter)])
        board.set("rpc.queries_blocking", Double(sources.waiting()))
        board.set("waypost.watch.active", Double(sources.watches.count))
        board.advance("waypost.watch.wakeups", sources.watches.wakeups)
        board.advance("waypost.watch.spurious_wakeups", sources.watches.spuriousWakeups)
        board.set("waypost.telemetry.refused_series", Double(board.refusedSeries))
    }

    private func state(_ store: StateStore, _ memory: inout Memory) {
        let index = Double(store.lastIndex.rawValue)
        board.set("raft.applied_index", index)
        board.set("raft.last_index", index)
        let usage = usage(of: store, &memory)
        let here = [MetricKey.Label("datacenter", datacenter)]
        board.set("state.nodes", Double(usage.nodes), here)
        board.set("state.services", Double(usage.services), here)
        board.set("state.service_instances", Double(usage.instances), here)
        board.set("state.kv_entries", Double(usage.keys), here)
        for (kind, count) in usage.meshInstances {
            board.set("state.connect_instances", Double(count), here + [.init("kind", kind)])
        }
        for (kind, count) in usage.configEntries {
            board.set("state.config_entries", Double(count), here + [.init("kind", kind)])
        }
        board.set("session_ttl.active", Double(usage.expiringSessions))
    }

    /// Counting costs with the size of the catalog: only when something was written.
    private func usage(of store: StateStore, _ memory: inout Memory) -> StateUsage {
        if let known = memory.usage, known.index == store.lastIndex { return known.usage }
        let usage = store.usage()
        memory.usage = (store.lastIndex, usage)
        return usage
    }

    /// What found no room or could not be written.
    private func logs(_ dns: DNSServerCounters) {
        board.advance("waypost.dns.log_dropped", dns.lostLogRecords)
        board.advance("waypost.dns.top_dropped", dns.lostSampleRecords)
        for (output, count) in sources.lostLines() {
            board.advance("waypost.log.lost_lines", count, ("output", output))
        }
    }

    /// What a total grew by; one that is lower than before began anew, as when the server stopped.
    static func growth(_ total: UInt64, _ before: UInt64) -> UInt64 {
        total >= before ? total - before : total
    }
}

extension MetricBook.Histogram {
    /// What the DNS server or the forwarder counted.
    init(_ durations: DurationCounts) {
        self.init(
            bounds: DurationCounts.bounds.map { Double($0) / 1e9 },
            counts: durations.counts,
            sum: Double(durations.nanoseconds) / 1e9
        )
    }
}

extension MetricsBoard {
    /// A gauge's new value.
    func set(_ name: String, _ value: Double, _ labels: [MetricKey.Label] = []) {
        set(MetricKey(name, labels), to: value)
    }

    /// Brings a counter to a total.
    func advance(_ name: String, _ total: UInt64, _ label: (String, String)? = nil) {
        advance(MetricKey(name, label.map { [.init($0.0, $0.1)] } ?? []), to: total)
    }
}
