// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Telemetry

@Suite("The Prometheus text is what its parsers read")
struct PrometheusTextTests {
    private func text(
        retention: Int = 60,
        _ fill: (inout MetricBook) throws -> Void
    ) rethrows
        -> String
    {
        var book = MetricBook(naming: MetricNaming(), retention: retention, now: 100)
        try fill(&book)
        return PrometheusText.text(book)
    }

    @Test("gauges, counters and summaries in families with help and type")
    func families() throws {
        let text = try text { book in
            let labels = [MetricKey.Label("datacenter", "dc1")]
            let nodes = try book.known(MetricKey("state.nodes", labels), .gauge)
            book.set(nodes, to: 3)
            let applied = try book.known(MetricKey("raft.apply"), .counter)
            book.add(2, to: applied)
            let commit = try book.known(MetricKey("raft.commitTime"), .sample)
            for value in [1.0, 2, 4] { book.take(value, in: commit) }
        }
        let lines = text.split(separator: "\n").map(String.init)
        #expect(lines.contains("# TYPE consul_state_nodes gauge"))
        #expect(lines.contains("consul_state_nodes{datacenter=\"dc1\"} 3"))
        #expect(lines.contains("# TYPE consul_raft_apply counter"))
        #expect(lines.contains("consul_raft_apply 2"))
        #expect(lines.contains("# TYPE consul_raft_commitTime summary"))
        #expect(lines.contains("consul_raft_commitTime_sum 7"))
        #expect(lines.contains("consul_raft_commitTime_count 3"))
        let middle = try #require(lines.first { $0.contains("quantile=\"0.5\"") })
        let value = try #require(middle.split(separator: " ").last.flatMap { Double($0) })
        #expect(abs(value - 2) < 0.03)
    }

    @Test("our own names have Prometheus' suffixes and seconds")
    func own() throws {
        let text = try text { book in
            let count = try book.known(MetricKey("waypost.dns.truncated"), .counter)
            book.add(1, to: count)
            let time = try book.known(MetricKey("waypost.check.run"), .sample)
            book.take(1500, in: time)
        }
        #expect(text.contains("waypost_dns_truncated_total 1\n"))
        #expect(text.contains("waypost_check_run_seconds_sum 1.5\n"))
    }

    @Test("a histogram has rising buckets, the last without bound, and its sum")
    func histogram() throws {
        let text = try text { book in
            let labels = [MetricKey.Label("proto", "udp")]
            let key = MetricKey("waypost.dns.request_duration", labels)
            let id = try book.known(key, .histogram)
            book.set(id, to: .init(bounds: [0.00001, 1], counts: [3, 0, 2], sum: 4.5))
        }
        let name = "waypost_dns_request_duration_seconds"
        let expected = [
            "# TYPE \(name) histogram",
            "\(name)_bucket{proto=\"udp\",le=\"1e-05\"} 3",
            "\(name)_bucket{proto=\"udp\",le=\"1\"} 3",
            "\(name)_bucket{proto=\"udp\",le=\"+Inf\"} 5",
            "\(name)_sum{proto=\"udp\"} 4.5",
            "\(name)_count{proto=\"udp\"} 5",
        ]
        #expect(text.split(separator: "\n").dropFirst().map(String.init) == expected)
    }

    @Test("a counter that is read elsewhere is there at zero")
    func zero() throws {
        let text = try text { book in
            let id = try book.known(MetricKey("waypost.dns.truncated"), .counter)
            book.advance(id, to: 0)
        }
        #expect(text.contains("waypost_dns_truncated_total 0\n"))
    }

    @Test("a gauge or sample without values for the retention time goes, a counter stays")
    func expiry() throws {
        var book = MetricBook(naming: MetricNaming(), retention: 30, now: 100)
        let gauge = try book.known(MetricKey("server.isLeader"), .gauge)
        let counter = try book.known(MetricKey("raft.apply"), .counter)
        book.set(gauge, to: 1)
        book.add(1, to: counter)
        book.advance(to: 130)
        #expect(PrometheusText.text(book).contains("isLeader"))
        book.advance(to: 131)
        #expect(!PrometheusText.text(book).contains("isLeader"))
        #expect(PrometheusText.text(book).contains("consul_raft_apply 1"))
    }

    @Test("names and label values that no parser takes are mended")
    func escapes() throws {
        let text = try text { book in
            let labels = [MetricKey.Label("a-b", "x\"y\\z\n")]
            let id = try book.known(MetricKey("prepared-query.ä", labels), .counter)
            book.add(1, to: id)
        }
        #expect(text.contains("consul_prepared_query___{a_b=\"x\\\"y\\\\z\\n\"} 1\n"))
    }

    @Test("numbers are Go's")
    func numbers() {
        #expect(PrometheusText.number(3) == "3")
        #expect(PrometheusText.number(0.25) == "0.25")
        #expect(PrometheusText.number(.nan) == "NaN")
        #expect(PrometheusText.number(-.infinity) == "-Inf")
    }
}

@Suite("Statsd servers get lines in packets")
struct StatsdLinesTests {
    private func text(_ packets: [[UInt8]]) -> [String] {
        packets.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test("plain: labels are parts of the name, counters are added up")
    func plain() {
        var lines = StatsdLines(.plain)
        lines.take("consul.raft.apply", [], .counter, 1)
        lines.take("consul.raft.apply", [], .counter, 2)
        lines.take("consul.state.nodes", [.init("datacenter", "dc1")], .gauge, 4)
        lines.take("consul.kvs.apply", [], .sample, 0.5)
        #expect(
            text(lines.packets()) == [
                "consul.state.nodes.dc1:4|g\nconsul.kvs.apply:0.5|ms\nconsul.raft.apply:3|c\n"
            ]
        )
        #expect(lines.packets().isEmpty)
    }

    @Test("datadog: labels and the configured tags are tags")
    func datadog() {
        var lines = StatsdLines(.datadog(tags: ["env:test"]))
        lines.take("consul.api.http", [.init("method", "GET")], .sample, 2)
        #expect(
            text(lines.packets()) == ["consul.api.http:2|ms|#env:test,method:GET\n"]
        )
    }

    @Test("a value that stands for many says for how many")
    func share() {
        var lines = StatsdLines(.plain)
        lines.take("consul.dns.domain_query", [], .sample, 0.5, times: 4)
        #expect(text(lines.packets()) == ["consul.dns.domain_query:0.5|ms|@0.25\n"])
    }

    @Test("no packet is larger than a datagram should be, and no line is cut")
    func packets() {
        var lines = StatsdLines(.plain)
        for number in 0..<500 { lines.take("consul.gauge\(number)", [], .gauge, Double(number)) }
        let packets = lines.packets()
        #expect(packets.count > 1)
        #expect(packets.allSatisfy { $0.count <= StatsdLines.packetSize && $0.last == 10 })
        let all = text(packets).joined().split(separator: "\n")
        #expect(all.count == 500)
        #expect(all.last == "consul.gauge499:499|g")
    }

    @Test("what would end a name or a line is replaced; too many lines are left out and counted")
    func limits() {
        var lines = StatsdLines(.plain)
        lines.take("a:b|c d\n", [], .gauge, 1)
        #expect(text(lines.packets()) == ["a_b_c_d_:1|g\n"])
        for _ in 0..<(StatsdLines.maximumLines + 3) { lines.take("x", [], .sample, 1) }
        #expect(lines.lost == 3)
    }
}

@Suite("The list of all series is sound")
struct MetricCatalogueTests {
    @Test("no name twice, each with a sentence")
    func entries() {
        let names = MetricCatalogue.all.map(\.name)
        #expect(Set(names).count == names.count)
        #expect(MetricCatalogue.all.allSatisfy { $0.help.hasSuffix(".") })
    }
}
