// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Telemetry

@Suite("Measurements are shown by interval")
struct MetricBookTests {
    private func book(retention: Int = 0) -> MetricBook {
        MetricBook(naming: MetricNaming(), retention: retention, now: 1_000_000)
    }

    @Test("the present interval until one is whole, then the last whole one")
    func intervals() throws {
        var book = book()
        let id = try book.known(MetricKey("kvs.apply"), .sample)
        book.take(3, in: id)
        #expect(book.report().start == 1_000_000)
        #expect(book.report().samples.first?.aggregate.sum == 3)
        let isOver = book.advance(to: 1_000_010)
        #expect(isOver)
        book.take(5, in: id)
        #expect(book.report().start == 1_000_000)
        #expect(book.report().samples.first?.aggregate.sum == 3)
        book.advance(to: 1_000_025)
        #expect(book.report().start == 1_000_010)
        #expect(book.report().samples.first?.aggregate.sum == 5)
        book.advance(to: 1_000_030)
        #expect(book.report().samples.isEmpty)
    }

    @Test("a start right before the end of an interval does not leave one without gauges")
    func cutInterval() throws {
        var book = MetricBook(naming: MetricNaming(), now: 1_000_009)
        let applied = try book.known(MetricKey("kvs.apply"), .sample)
        let nodes = try book.known(MetricKey("state.nodes"), .gauge)
        book.take(3, in: applied)
        let isOver = book.advance(to: 1_000_010)
        #expect(!isOver)
        book.set(nodes, to: 1)
        #expect(book.report().gauges.map(\.value) == [1])
        #expect(book.report().samples.first?.aggregate.sum == 3)
        book.advance(to: 1_000_020)
        #expect(book.report().start == 1_000_010)
        #expect(book.report().gauges.map(\.value) == [1])
        #expect(book.report().samples.first?.aggregate.sum == 3)
        book.advance(to: 1_000_030)
        #expect(book.report().gauges.isEmpty)
    }

    @Test("a cut first interval in which gauges were read is shown")
    func cutIntervalWithGauges() throws {
        var book = MetricBook(naming: MetricNaming(), now: 1_000_009)
        book.set(try book.known(MetricKey("state.nodes"), .gauge), to: 1)
        let isOver = book.advance(to: 1_000_010)
        #expect(isOver)
        #expect(book.report().start == 1_000_000)
        #expect(book.report().gauges.map(\.value) == [1])
    }

    @Test("a clock that goes back changes nothing")
    func clockGoesBack() {
        var book = book()
        book.advance(to: 1_000_020)
        let isOver = book.advance(to: 999_000)
        #expect(!isOver)
        #expect(book.report().start == 1_000_000)
    }

    @Test("series are in order of names and labels")
    func order() {
        var book = book()
        for (name, label) in [("b", "2"), ("a", "9"), ("b", "1")] {
            if let id = book.series(MetricKey(name, [.init("k", label)]), .gauge) {
                book.set(id, to: 1)
            }
        }
        let shown = book.report().gauges.map { $0.name + ($0.labels.first?.value ?? "") }
        #expect(shown == ["consul.a9", "consul.b1", "consul.b2"])
    }

    @Test("a gauge that was not set within an interval is not shown in it")
    func gauges() throws {
        var book = book()
        let id = try book.known(MetricKey("state.nodes"), .gauge)
        book.set(id, to: 1)
        book.set(id, to: 4)
        book.advance(to: 1_000_010)
        #expect(book.report().gauges.map(\.value) == [4])
        book.advance(to: 1_000_020)
        #expect(book.report().gauges.isEmpty)
    }

    @Test("totals that are counted elsewhere count by what was added; a fall begins anew")
    func totals() throws {
        var book = book()
        let id = try book.known(MetricKey("waypost.dns.queries"), .counter)
        #expect(book.advance(id, to: 10) == 10)
        #expect(book.advance(id, to: 10) == 0)
        #expect(book.advance(id, to: 25) == 15)
        #expect(book.advance(id, to: 5) == 5)
        #expect(book.report().counters.first?.aggregate.sum == 30)
        #expect(book.report().counters.first?.aggregate.count == 3)
    }

    @Test("the same name as counter and as gauge are two series")
    func kinds() throws {
        var book = book()
        let counter = try book.known(MetricKey("x"), .counter)
        let gauge = try book.known(MetricKey("x"), .gauge)
        #expect(counter != gauge)
        #expect(book.series(MetricKey("x"), .counter) == counter)
    }

    @Test("there are never more series than allowed; the rest is counted")
    func cap() {
        var book = book()
        for number in 0..<(MetricBook.maximumSeries + 5) {
            _ = book.series(MetricKey("s", [.init("n", "\(number)")]), .counter)
        }
        #expect(book.refusedSeries == 5)
        #expect(book.series(MetricKey("s", [.init("n", "0")]), .counter) != nil)
    }

    @Test("services leave room for the agent's own, and are forgotten once nobody asks for them")
    func services() throws {
        var book = book(retention: 3600)
        func key(_ number: Int) -> MetricKey {
            MetricKey("catalog.service.query", [.init("service", "s\(number)")])
        }
        for number in 0..<MetricBook.maximumSeries {
            guard let id = book.series(key(number), .counter) else { continue }
            book.add(1, to: id)
        }
        #expect(book.refusedSeries == MetricBook.maximumSeries - MetricBook.maximumServiceSeries)
        let own = try book.known(MetricKey("kvs.apply"), .counter)
        book.add(1, to: own)
        for time in [10, 20] {
            book.advance(to: 1_000_000 + time)
            let id = try book.known(key(5), .counter)
            book.add(1, to: id)
        }
        #expect(book.series.count == MetricBook.maximumServiceSeries + 1)
        book.advance(to: 1_000_030)
        #expect(book.series.map(\.total) == [3, 1])
        let again = try book.known(MetricKey("kvs.apply"), .counter)
        book.add(1, to: again)
        #expect(book.series.map(\.total) == [3, 2])
        _ = try book.known(key(7000), .counter)
        // Few are never forgotten: totals do not go back.
        book.advance(to: 1_000_900)
        #expect(book.series.count == 3)
    }
}

@Suite("Names and filters are Consul's")
struct MetricNamingTests {
    @Test("prefix, the host's name for gauges alone, and our own names as they are")
    func names() {
        var naming = MetricNaming()
        #expect(naming.fullName(MetricKey("kvs.apply"), .sample) == "consul.kvs.apply")
        naming.hostName = "web1"
        #expect(naming.fullName(MetricKey("state.nodes"), .gauge) == "consul.web1.state.nodes")
        #expect(naming.fullName(MetricKey("raft.apply"), .counter) == "consul.raft.apply")
        naming.prefix = ""
        #expect(naming.fullName(MetricKey("raft.apply"), .counter) == "raft.apply")
        #expect(
            naming.fullName(MetricKey("waypost.dns.queries"), .counter) == "waypost.dns.queries"
        )
    }

    @Test("the longest filter that fits decides, else the default")
    func filters() {
        var naming = MetricNaming()
        naming.filters = ["-consul.api", "+consul.api.http", "-waypost.", "bogus", "", "+"]
            .compactMap(MetricNaming.Filter.init)
        #expect(naming.filters.count == 3)
        #expect(!naming.keeps("consul.api.other"))
        #expect(naming.keeps("consul.api.http"))
        #expect(!naming.keeps("waypost.dns.queries"))
        #expect(naming.keeps("consul.raft.apply"))
        naming.keepsByDefault = false
        #expect(!naming.keeps("consul.raft.apply"))
    }

    @Test("a changed filter hides a series, and its total goes on when it comes back")
    func reload() throws {
        var book = MetricBook(naming: MetricNaming(), retention: 60, now: 0)
        let id = try book.known(MetricKey("raft.apply"), .counter)
        book.advance(to: 5)
        book.add(2, to: id)
        let dropped = ["-consul.raft"].compactMap(MetricNaming.Filter.init)
        book.setFilters(dropped, keepsByDefault: true)
        book.add(40, to: id)
        #expect(book.report().counters.isEmpty)
        #expect(book.shownName(of: id) == nil)
        book.setFilters([], keepsByDefault: true)
        book.add(1, to: id)
        #expect(PrometheusText.text(book).contains("consul_raft_apply 3\n"))
    }
}
