// SPDX-License-Identifier: Apache-2.0
import DNSTransport
import Forwarding
import Telemetry

// Recursors and the cache of their replies.
extension MetricsCollector {
    /// What recursors were asked, and what is kept of their replies.
    func forwarding(_ forwarder: ForwarderCounters) {
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
        for (result, count) in forwarder.cookies {
            board.advance("waypost.forward.cookies", count, ("result", result.rawValue))
        }
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
        for (upstream, durations) in forwarder.upstreamDurations {
            let key = MetricKey("waypost.forward.duration", [.init("upstream", upstream)])
            board.set(key, to: MetricBook.Histogram(durations))
        }
    }
}
