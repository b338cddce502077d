// SPDX-License-Identifier: Apache-2.0

/// Every series that this program measures, for people, dashboards and their tests.
public enum MetricCatalogue {
    /// One of them.
    public struct Entry: Hashable, Sendable {
        /// The name without prefix.
        public var name: String
        /// How it is summed up.
        public var kind: MetricKind
        /// The names of its labels.
        public var labels: [String]
        /// What it means.
        public var help: String
    }

    /// All, Consul's names first.
    public static let all: [Entry] = consul + clients + own

    /// What a name means; `nil` for names that are not listed.
    static func help(of name: String) -> String? { byName[name] }

    private static let byName = Dictionary(
        all.map { ($0.name, $0.help) },
        uniquingKeysWith: { first, _ in first }
    )

    private static func gauge(_ name: String, _ labels: String..., help: String) -> Entry {
        Entry(name: name, kind: .gauge, labels: labels, help: help)
    }

    private static func counter(_ name: String, _ labels: String..., help: String) -> Entry {
        Entry(name: name, kind: .counter, labels: labels, help: help)
    }

    private static func sample(_ name: String, _ labels: String..., help: String) -> Entry {
        Entry(name: name, kind: .sample, labels: labels, help: help)
    }

    private static func histogram(_ name: String, _ labels: String..., help: String) -> Entry {
        Entry(name: name, kind: .histogram, labels: labels, help: help)
    }

    private static let consul: [Entry] = [
        gauge(
            "runtime.alloc_bytes",
            help: "Octets that the process has allocated, counted once a minute."
        ),
        gauge("runtime.sys_bytes", help: "Octets of memory that the process holds (resident set)."),
        gauge(
            "agent.tls.cert.expiry",
            help: "Seconds until the certificate of HTTPS ends; below 0 when it has."
        ),
        gauge("version", "version", "pre_release", help: "1, labelled with the version."),
        gauge("server.isLeader", help: "1 on the leader."),
        gauge("autopilot.healthy", help: "1 while all servers are healthy."),
        gauge("autopilot.failure_tolerance", help: "How many servers may fail without harm."),
        gauge("raft.applied_index", help: "The index of the last entry that was applied."),
        gauge("raft.last_index", help: "The index of the last entry of the log."),
        gauge(
            "raft.leader.oldestLogAge",
            help: "Milliseconds since the oldest entry of the log was written, as far as known."
        ),
        counter("raft.state.leader", help: "How often this server became the leader."),
        counter("raft.apply", help: "Entries that were submitted to the log."),
        sample(
            "raft.commitTime",
            help: "Milliseconds until an entry was durable, applied and visible."
        ),
        sample(
            "raft.leader.lastContact",
            help: "Milliseconds since followers were heard of; 0, since there are none."
        ),
        sample(
            "raft.leader.dispatchLog",
            help: "Milliseconds until entries written together were on the disk."
        ),
        gauge(
            "raft.leader.dispatchNumLogs",
            help: "How many entries were written together the last time."
        ),
        gauge("raft.commitNumLogs", help: "How many entries were applied together the last time."),
        sample(
            "raft.fsm.apply",
            help:
                "Milliseconds that applying and publishing an entry took, its part of those done together."
        ),
        sample("raft.snapshot.persist", help: "Milliseconds that writing a snapshot took."),
        gauge("state.nodes", "datacenter", help: "Nodes in the catalog."),
        gauge("state.services", "datacenter", help: "Names of services in the catalog."),
        gauge(
            "state.service_instances",
            "datacenter",
            help: "Instances of services in the catalog."
        ),
        gauge("state.kv_entries", "datacenter", help: "Keys."),
        gauge(
            "state.connect_instances",
            "datacenter",
            "kind",
            help: "Instances of the service mesh."
        ),
        gauge("state.config_entries", "datacenter", "kind", help: "Config entries."),
        gauge("members.servers", "datacenter", help: "Servers in the datacenter."),
        gauge("members.clients", "datacenter", help: "Client agents in the datacenter."),
        gauge("session_ttl.active", help: "Sessions with a time to live."),
        sample("session_ttl.invalidate", help: "Milliseconds of the end of a session by its time."),
        sample("kvs.apply", help: "Milliseconds of a change of keys."),
        sample("txn.apply", help: "Milliseconds of a transaction."),
        sample("autopilot.apply", help: "Milliseconds of a write of autopilot's configuration."),
        sample("session.apply", help: "Milliseconds of a change of sessions."),
        sample("catalog.register", help: "Milliseconds of a registration."),
        sample("catalog.deregister", help: "Milliseconds of a removal from the catalog."),
        sample("prepared-query.apply", help: "Milliseconds of a change of prepared queries."),
        sample("config_entry.apply", help: "Milliseconds of a change of config entries."),
        sample("coordinate.apply", help: "Milliseconds of a change of coordinates."),
        sample("api.http", "method", "path", help: "Milliseconds of a request of the HTTP API."),
        counter("rpc.query", help: "Reads of replicated state."),
        counter(
            "rpc.rate_limit.exceeded",
            "limit_type",
            "mode",
            help: "Requests over limits.request_limits."
        ),
        counter("rpc.request", help: "Reads and writes of replicated state."),
        counter("client.rpc", help: "The same, as this agent sends them."),
        counter("rpc.request_error", help: "Of these, those that failed."),
        counter("client.rpc.failed", help: "The same, as this agent saw them."),
        counter("agent.event", help: "User events that this agent took up."),
        gauge("rpc.queries_blocking", help: "Blocking queries that wait now."),
        counter("catalog.service.query", "service", help: "Requests for a service's instances."),
        counter("catalog.service.query-tag", "service", "tag", help: "Of these, with a tag."),
        counter("catalog.service.not-found", help: "Requests for a service without instances."),
        counter("health.service.query", "service", help: "Requests for a service's health."),
        counter("health.service.query-tag", "service", "tag", help: "Of these, with a tag."),
        counter("health.service.not-found", help: "Requests for a service without instances."),
        sample(
            "dns.domain_query",
            help: "Milliseconds of a DNS query (of one batch in 64, for all)."
        ),
        sample("dns.ptr_query", help: "Of these, those for PTR, with the mean of all."),
        counter(
            "dns.stale_queries",
            help: "DNS queries answered from old state; never happens here."
        ),
    ]

    /// The calls of the catalog's endpoints.
    private static let clients: [Entry] = [
        ("register", "register"), ("deregister", "deregister"), ("datacenters", "datacenters"),
        ("nodes", "nodes"), ("services", "services"), ("service_nodes", "service/"),
        ("connect_service_nodes", "connect/"), ("node_services", "node/"),
        ("node_service_list", "node-services/"),
    ].flatMap { name, path in
        [
            ("client.api.", "Calls of"), ("client.api.success.", "Of these, answered well:"),
            ("client.rpc.error.", "Of these, failed:"),
        ].map { series, meaning in
            counter("\(series)catalog_\(name)", "node", help: "\(meaning) /v1/catalog/\(path).")
        }
    }

    private static let own: [Entry] = [
        counter(
            "waypost.dns.queries",
            "proto",
            "family",
            "type",
            help: "DNS queries that came in; family 1 is IPv4, 2 IPv6."
        ),
        counter(
            "waypost.dns.responses",
            "rcode",
            "source",
            help: "DNS replies, by their code and by what they were made from."
        ),
        counter("waypost.dns.answers", "source", help: "DNS replies, by what they were made from."),
        histogram(
            "waypost.dns.request_duration",
            "proto",
            "source",
            help: "From a DNS query to its reply."
        ),
        counter("waypost.dns.line_answers", "line", help: "DNS replies, by who made them."),
        counter("waypost.dns.truncated", help: "DNS replies with TC over UDP."),
        counter("waypost.dns.dropped", "reason", help: "DNS queries that got no reply."),
        counter("waypost.dns.rrl", "action", help: "Replies withheld by the rate limit."),
        counter(
            "waypost.dns.log_dropped",
            help: "Records of the query log that found no room."
        ),
        counter(
            "waypost.dns.top_dropped",
            help: "Samples for the lists of who asks what that found no room."
        ),
        counter("waypost.dns.overflows", help: "Queries answered SERVFAIL: too many at once."),
        counter("waypost.dns.slow_connections", help: "TCP connections closed: client too slow."),
        counter("waypost.dns.send_failures", help: "Replies that the kernel refused."),
        counter("waypost.dns.connections", help: "TCP connections accepted for DNS."),
        counter("waypost.dns.refused_connections", help: "TCP connections closed over a limit."),
        gauge("waypost.dns.open_connections", help: "TCP connections open for DNS now."),
        counter("waypost.forward.queries", help: "Queries for names outside."),
        counter("waypost.forward.requests", help: "Queries sent to recursors."),
        counter("waypost.forward.tcp_retries", help: "Of these, over TCP after truncation."),
        counter("waypost.forward.refusals", help: "Queries refused: too many were open."),
        counter("waypost.forward.dropped", help: "Queries whose client waited too long."),
        counter("waypost.forward.timeouts", help: "Recursors that did not reply in time."),
        counter("waypost.forward.failures", help: "Queries that no recursor answered."),
        counter("waypost.forward.mismatches", help: "Replies to questions that were not asked."),
        counter(
            "waypost.forward.cookies",
            "result",
            help: "Replies to queries with a cookie: right, absent, wrong, refused."
        ),
        counter("waypost.forward.coalesced", help: "Queries that waited for an equal one."),
        counter("waypost.forward.loops", help: "Questions of ours that came back to us."),
        gauge("waypost.forward.healthy", "upstream", help: "1 while this recursor answers."),
        counter(
            "waypost.forward.upstream_requests",
            "upstream",
            help: "Queries sent to this recursor, probes included."
        ),
        counter(
            "waypost.forward.upstream_failures",
            "upstream",
            help: "Of these, without a reply in time."
        ),
        histogram(
            "waypost.forward.duration",
            "upstream",
            help: "From a query to this recursor to its reply."
        ),
        gauge("waypost.forward.in_flight", help: "Queries open at recursors now."),
        counter("waypost.cache.hits", help: "Queries answered from what recursors said before."),
        counter("waypost.cache.misses", help: "Queries that had to be asked."),
        counter("waypost.cache.stale", help: "Answers past their time, for want of another."),
        counter("waypost.cache.prefetch", help: "Answers fetched anew before their end."),
        counter("waypost.cache.evictions", help: "Answers that made room before their end."),
        gauge("waypost.cache.entries", help: "Answers in the cache."),
        gauge("waypost.cache.bytes", help: "Octets that they take."),
        counter(
            "waypost.check.runs",
            "kind",
            "result",
            help: "Runs of checks, by what they found."
        ),
        sample("waypost.check.run", "kind", "status", help: "How long a run of a check took."),
        sample(
            "waypost.check.lateness",
            help: "How long after its time a run of a check began; up to 10 ms are wanted."
        ),
        sample("waypost.raft.fsync", help: "How long a write waited for the disk."),
        gauge("waypost.raft.log_bytes", help: "Octets of the log on the disk."),
        gauge("waypost.raft.snapshot_age_seconds", help: "Seconds since the last snapshot."),
        gauge("waypost.disk.free_bytes", help: "Octets free where data_dir lies."),
        gauge("waypost.disk.size_bytes", help: "Octets of the file system where data_dir lies."),
        counter(
            "waypost.log.lost_lines",
            "output",
            help: "Lines of a log that could not be written."
        ),
        gauge("waypost.watch.active", help: "Watches that wait for a change."),
        counter("waypost.watch.wakeups", help: "Watches that a change woke."),
        counter(
            "waypost.watch.spurious_wakeups",
            help: "Of these, queries that found nothing new and wait on."
        ),
        sample(
            "waypost.watch.wakeup_latency",
            help: "From a change until the last query that it woke went on."
        ),
        gauge(
            "waypost.telemetry.refused_series",
            help: "Series left out because there were too many."
        ),
    ]
}
