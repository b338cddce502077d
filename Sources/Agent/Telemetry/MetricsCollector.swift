// SPDX-License-Identifier: Apache-2.0
import DNSTransport
import DNSWire
import Glibc
import Publication
import Replication
import StateStore
import Synchronization
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
    private let memory = Mutex(Memory())

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

    /// All queries of the time since the last reading, each with the mean of its line: of the fast line's
    /// one batch in 64 is timed, of the slow line's every query.
    private func durations(_ dns: DNSServerCounters, since before: DNSServerCounters) {
        let key = MetricKey("dns.domain_query")
        let timed = Self.growth(dns.timedQueries, before.timedQueries)
        let fast = Self.growth(dns.fastAnswers, before.fastAnswers)
        var total = 0.0
        if fast > 0 {
            // Until a first batch was timed the mean since the start has to do.
            let mean =
                timed > 0
                ? Double(Self.growth(dns.timedNanoseconds, before.timedNanoseconds)) / Double(timed)
                : Double(dns.timedNanoseconds) / Double(max(1, dns.timedQueries))
            board.take(mean / 1_000_000, times: Int(clamping: fast), in: key)
            total += mean / 1_000_000 * Double(fast)
        }
        let slow = Self.growth(dns.slowAnswers, before.slowAnswers)
        if slow > 0 {
            let took = Self.growth(dns.slowMilliseconds, before.slowMilliseconds)
            let mean = Double(took) / Double(slow)
            board.take(mean, times: Int(clamping: slow), in: key)
            total += Double(took)
        }
        // Which of the queries were reverse ones is not timed apart: they count with the mean of all.
        let reverse = Self.growth(dns.reverseQueries, before.reverseQueries)
        guard reverse > 0, fast + slow > 0 else { return }
        let mean = total / Double(fast + slow)
        board.take(mean, times: Int(clamping: reverse), in: MetricKey("dns.ptr_query"))
    }

    /// How long replies took; what the catalog answers over UDP is there from the start.
    private func distributions(_ dns: DNSServerCounters) {
        for (proto, all) in [("udp", dns.datagramDurations), ("tcp", dns.streamDurations)] {
            for (source, durations) in zip(QuerySource.allCases, all)
            where durations != DurationCounts() || (source == .catalog && proto == "udp") {
                let labels: [MetricKey.Label] = [
                    .init("proto", proto), .init("source", QueryLine.name(of: source)),
                ]
                let key = MetricKey("waypost.dns.request_duration", labels)
                board.set(key, to: MetricBook.Histogram(durations))
            }
        }
        for (upstream, durations) in dns.forwarder.upstreamDurations {
            let key = MetricKey("waypost.forward.duration", [.init("upstream", upstream)])
            board.set(key, to: MetricBook.Histogram(durations))
        }
    }

    /// What a total grew by; one that is lower than before began anew, as when the server stopped.
    private static func growth(_ total: UInt64, _ before: UInt64) -> UInt64 {
        total >= before ? total - before : total
    }

    /// Queries by transport, family and type; the usual types are there from the start.
    private func questions(_ dns: DNSServerCounters) {
        for (proto, counts) in [("udp", dns.datagramQuestions), ("tcp", dns.streamQuestions)] {
            for (family, numbers) in [("1", counts.v4), ("2", counts.v6)] {
                for (place, count) in numbers.enumerated() {
                    let type = QuestionCounts.types[place]
                    guard count > 0 || Self.usualTypes.contains(type) else { continue }
                    let labels: [MetricKey.Label] = [
                        .init("proto", proto), .init("family", family),
                        .init("type", type == 0 ? "other" : RecordType(rawValue: type).description),
                    ]
                    board.advance(MetricKey("waypost.dns.queries", labels), to: count)
                }
            }
        }
    }

    /// A, AAAA and SRV.
    private static let usualTypes: Set<UInt16> = [1, 28, 33]

    private func logs(_ dns: DNSServerCounters) {
        board.advance("waypost.dns.log_dropped", dns.lostLogRecords)
        board.advance("waypost.dns.top_dropped", dns.lostSampleRecords)
        for (output, count) in sources.lostLines() {
            board.advance("waypost.log.lost_lines", count, ("output", output))
        }
    }

    /// Replies of all lines, by what they were made from.
    private func answers(_ dns: DNSServerCounters) {
        var sources = dns.slowSources
        for (place, count) in dns.streamSources.enumerated() { sources[place] += count }
        func add(_ source: QuerySource, _ count: UInt64) { sources[Int(source.rawValue)] += count }
        let own = dns.fastAnswers - min(dns.fastAnswers, dns.repeatedAnswers)
        add(.catalog, own - min(own, dns.zoneAnswers))
        add(.zone, dns.zoneAnswers)
        add(.cache, dns.repeatedAnswers)
        add(.none, dns.overflows + dns.rateSlipped)
        for source in QuerySource.allCases {
            board.advance(
                "waypost.dns.answers",
                sources[Int(source.rawValue)],
                ("source", QueryLine.name(of: source))
            )
        }
        let streamed = dns.streamSources.reduce(0, +)
        board.advance("waypost.dns.line_answers", dns.fastAnswers + streamed, ("line", "fast"))
        board.advance("waypost.dns.line_answers", dns.slowAnswers, ("line", "slow"))
    }

    private func replies(_ dns: DNSServerCounters) {
        answers(dns)
        // The codes of RFC 1035 are there from the start.
        for (code, count) in dns.codes.enumerated() where code < 6 || count > 0 {
            board.advance(
                "waypost.dns.responses",
                count,
                ("rcode", QueryLine.name(ofCode: UInt8(truncatingIfNeeded: code)))
            )
        }
        board.advance("waypost.dns.dropped", dns.silent, ("reason", "malformed"))
        board.advance("waypost.dns.dropped", dns.expired, ("reason", "expired"))
        board.advance("waypost.dns.overflows", dns.overflows)
        board.advance("waypost.dns.rrl", dns.rateDropped, ("action", "drop"))
        board.advance("waypost.dns.rrl", dns.rateSlipped, ("action", "slip"))
        board.advance("waypost.dns.truncated", dns.truncated)
        board.advance("waypost.dns.send_failures", dns.sendFailures)
        board.advance("waypost.dns.connections", dns.connections)
        board.advance("waypost.dns.refused_connections", dns.refusedConnections)
        board.advance("waypost.dns.slow_connections", dns.streamTimeouts)
        board.set("waypost.dns.open_connections", Double(dns.openConnections))
    }

    private func forwarding(_ forwarder: ForwarderCounters) {
        board.advance("waypost.forward.queries", forwarder.queries)
        board.advance("waypost.forward.requests", forwarder.attempts)
        board.advance("waypost.forward.tcp_retries", forwarder.tcpRetries)
        board.advance("waypost.forward.timeouts", forwarder.timeouts)
        board.advance("waypost.forward.failures", forwarder.failures)
        board.advance("waypost.forward.refusals", forwarder.refusals)
        board.advance("waypost.forward.mismatches", forwarder.mismatches)
        board.advance("waypost.forward.coalesced", forwarder.coalesced)
        board.advance("waypost.forward.dropped", forwarder.dropped)
        board.advance("waypost.forward.loops", forwarder.loops)
        for upstream in forwarder.upstreams {
            board.set(
                "waypost.forward.healthy",
                upstream.isHealthy ? 1 : 0,
                [.init("upstream", upstream.address)]
            )
            let label = ("upstream", upstream.address)
            board.advance("waypost.forward.upstream_requests", upstream.requests, label)
            board.advance("waypost.forward.upstream_failures", upstream.failures, label)
        }
        board.set("waypost.forward.in_flight", Double(forwarder.inFlight))
        board.advance("waypost.cache.hits", forwarder.cacheHits)
        board.advance("waypost.cache.misses", forwarder.cacheMisses)
        board.advance("waypost.cache.stale", forwarder.staleAnswers)
        board.advance("waypost.cache.prefetch", forwarder.prefetches)
        board.advance("waypost.cache.evictions", forwarder.cacheEvictions)
        board.set("waypost.cache.entries", Double(forwarder.cacheEntries))
        board.set("waypost.cache.bytes", Double(forwarder.cacheOctets))
    }
}

extension DNSServerCounters {
    /// Queries for PTR, over either transport.
    fileprivate var reverseQueries: UInt64 {
        guard let place = QuestionCounts.types.firstIndex(of: RecordType.ptr.rawValue) else {
            return 0
        }
        return [datagramQuestions.v4, datagramQuestions.v6, streamQuestions.v4, streamQuestions.v6]
            .reduce(0) { $0 + $1[place] }
    }
}

extension MetricBook.Histogram {
    fileprivate init(_ durations: DurationCounts) {
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
