// SPDX-License-Identifier: Apache-2.0
import CoreMetrics
import Publication
import StateStore

/// What the API counts besides the time of requests (HTTP API 9.2).
struct APIMeters: Sendable {
    private let factory: any MetricsFactory
    private let reads: Counter
    private let requests: Counter
    private let calls: Counter
    private let failures: Counter
    private let failedCalls: Counter
    private let wakeups: Timer

    init(_ factory: any MetricsFactory) {
        self.factory = factory
        reads = Counter(label: "rpc.query", factory: factory)
        requests = Counter(label: "rpc.request", factory: factory)
        calls = Counter(label: "client.rpc", factory: factory)
        failures = Counter(label: "rpc.request_error", factory: factory)
        failedCalls = Counter(label: "client.rpc.failed", factory: factory)
        wakeups = Timer(label: "waypost.watch.wakeup_latency", factory: factory)
    }

    /// Replicated state is read.
    func noteRead() {
        reads.increment()
        requests.increment()
        calls.increment()
    }

    /// A read or write of replicated state failed.
    func noteFailure() {
        failures.increment()
        failedCalls.increment()
    }

    /// A query that a change woke goes on.
    func noteResumption<Topic>(_ watch: WatchRegistry<Topic>.Watch) {
        guard let latency = watch.noteResumption() else { return }
        wakeups.recordNanoseconds(Int64(latency / .nanoseconds(1)))
    }

    /// A request came over `limits.request_limits` (Consul: `rpc.rate_limit.exceeded`).
    func noteRateLimit(isWrite: Bool, mode: RequestLimits.Mode) {
        let label = [
            ("limit_type", isWrite ? "global/write" : "global/read"), ("mode", mode.rawValue),
        ]
        Counter(label: "rpc.rate_limit.exceeded", dimensions: label, factory: factory).increment()
    }

    /// The instances of a service were asked for, through `catalog` or `health`.
    ///
    /// - Parameters:
    ///   - names: how the state spells the name and the tag that were asked for; `nil` when nothing was found.
    ///   - section: `catalog` or `health`.
    func noteService(_ names: ServiceLabels?, section: String) {
        guard let names else {
            Counter(label: "\(section).service.not-found", factory: factory).increment()
            return
        }
        let label = [("service", names.service)]
        Counter(label: "\(section).service.query", dimensions: label, factory: factory).increment()
        if let tag = names.tag {
            Counter(
                label: "\(section).service.query-tag",
                dimensions: label + [("tag", tag)],
                factory: factory
            ).increment()
        }
    }
}

extension API {
    /// The instances of a service were asked for, through `catalog` or `health`.
    ///
    /// Consul labels what is not found with its name too, and every tag as it was asked for; texts that clients make up
    /// would become series without end here. So what is not found is counted together, names are labelled as they are
    /// registered, and a tag that no instance has is no label.
    func noteService(_ name: String, section: String, found: Bool, tag: String?) {
        let names = found ? snapshots.snapshot().labels(ofService: name, tag: tag) : nil
        meters.noteService(names, section: section)
    }
}
