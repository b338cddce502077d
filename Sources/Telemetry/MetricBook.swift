// SPDX-License-Identifier: Apache-2.0

/// All measurements of this process: of the present interval, of the one before, and since the
/// start.
///
/// A plain value; whoever owns it tells the time.
public struct MetricBook: Sendable {
    /// The length of an interval in seconds (Consul: 10 s, kept for a minute; only the last whole
    /// one is ever shown).
    public static let interval = 10
    /// The most series that are kept: labels may come from clients.
    public static let maximumSeries = 8192
    /// The most series of services (``MetricKey/isOfService``) that are kept; the rest is for the agent itself.
    ///
    /// With more than half of them, those are forgotten at the end of an interval that took no values since the one
    /// before began: whoever writes services and asks for each of them takes no room for longer.
    public static let maximumServiceSeries = 6144

    /// Where measurements of one series go.
    public struct SeriesID: Hashable, Sendable {
        fileprivate let position: Int
    }

    struct Series: Sendable {
        var key: MetricKey
        var kind: MetricKind
        var fullName: String
        /// Whether the filters let it in; nothing is taken otherwise.
        var isKept: Bool
        var present = Aggregate()
        var past = Aggregate()
        /// A gauge's last value.
        var value = 0.0
        var isSetNow = false
        var wasSet = false
        /// A counter's sum, or how many values a sample took, since the start.
        var total = 0.0
        /// The sum of a sample's values since the start.
        var totalSum = 0.0
        /// The last total that was read elsewhere.
        var seen: UInt64 = 0
        /// Quantiles of the present half of the retention time, and of the half before.
        var sketch = QuantileSketch()
        var pastSketch = QuantileSketch()
        /// What a histogram shows.
        var histogram = Histogram(bounds: [], counts: [], sum: 0)
        /// When a value last came, in seconds since 1970.
        var touched = 0
        /// When the series was last asked for, whether or not the filters let it in.
        var used: Int
    }

    /// A distribution that is counted elsewhere.
    public struct Histogram: Hashable, Sendable {
        /// The largest value of each step but the last, rising.
        public var bounds: [Double]
        /// How many values each step has: one more than bounds.
        public var counts: [UInt64]
        /// The sum of all values.
        public var sum: Double

        /// A distribution.
        public init(bounds: [Double], counts: [UInt64], sum: Double) {
            self.bounds = bounds
            self.counts = counts
            self.sum = sum
        }
    }

    /// How series are called, and which are kept.
    public private(set) var naming: MetricNaming
    /// How long Prometheus sees a gauge or sample that takes no values, in seconds; 0: no
    /// Prometheus.
    public let retention: Int
    private(set) var series: [Series] = []
    private var positions: [SeriesName: Int] = [:]
    private var start: Int
    private var pastStart: Int?
    /// Whether this is the interval the process started in, of which it saw the end alone.
    private var isCut: Bool
    private var sketchStart: Int
    private var now: Int
    /// How often a series was not kept because there are too many.
    public private(set) var refusedSeries = 0
    /// How many of ``series`` are of services.
    private var serviceCount = 0

    private struct SeriesName: Hashable {
        var key: MetricKey
        var kind: MetricKind
    }

    /// An empty book.
    public init(naming: MetricNaming, retention: Int = 0, now: Int) {
        self.naming = naming
        self.retention = retention
        self.now = now
        start = now - now % Self.interval
        isCut = start < now
        sketchStart = now
    }

    /// Where measurements with this key go, until time is told again.
    ///
    /// - Returns: `nil` when there are too many series.
    public mutating func series(_ key: MetricKey, _ kind: MetricKind) -> SeriesID? {
        let name = SeriesName(key: key, kind: kind)
        if let position = positions[name] {
            series[position].used = now
            return SeriesID(position: position)
        }
        let isOfService = key.isOfService
        guard series.count < Self.maximumSeries,
            !isOfService || serviceCount < Self.maximumServiceSeries
        else {
            refusedSeries += 1
            return nil
        }
        if isOfService { serviceCount += 1 }
        positions[name] = series.count
        let fullName = naming.fullName(key, kind)
        let isKept = naming.keeps(fullName)
        series.append(
            Series(key: key, kind: kind, fullName: fullName, isKept: isKept, used: now)
        )
        return SeriesID(position: series.count - 1)
    }

    /// Whether measurements of a series are taken, and how the series is called outside.
    public func shownName(of id: SeriesID) -> String? {
        let series = series[id.position]
        return series.isKept ? series.fullName : nil
    }

    /// The labels of a series.
    public func labels(of id: SeriesID) -> [MetricKey.Label] { series[id.position].key.labels }

    /// Takes up other filters; series that they drop are not shown, and go on from where they
    /// were when they are let in again.
    public mutating func setFilters(_ filters: [MetricNaming.Filter], keepsByDefault: Bool) {
        naming.filters = filters
        naming.keepsByDefault = keepsByDefault
        for position in series.indices {
            series[position].isKept = naming.keeps(series[position].fullName)
        }
    }

    /// A gauge's new value.
    public mutating func set(_ id: SeriesID, to value: Double) {
        guard series[id.position].isKept else { return }
        series[id.position].value = value
        series[id.position].isSetNow = true
        series[id.position].touched = now
    }

    /// Adds to a counter.
    public mutating func add(_ amount: Double, to id: SeriesID) {
        guard series[id.position].isKept else { return }
        series[id.position].present.take(amount)
        series[id.position].total += amount
        series[id.position].touched = now
    }

    /// Brings a counter to a total that is counted elsewhere; what was added since the last time
    /// counts as one value.
    ///
    /// A total that is lower than before began anew.
    ///
    /// - Returns: what was added.
    @discardableResult
    public mutating func advance(_ id: SeriesID, to total: UInt64) -> UInt64 {
        let seen = series[id.position].seen
        series[id.position].seen = total
        // Prometheus must see a counter before it counts: it learns of growth alone.
        series[id.position].touched = now
        let more = total >= seen ? total - seen : total
        if more > 0 { add(Double(more), to: id) }
        return more
    }

    /// Takes a value of a sample, as often as told.
    public mutating func take(_ value: Double, times: Int = 1, in id: SeriesID) {
        guard times > 0, series[id.position].isKept else { return }
        series[id.position].present.take(value, times: times)
        series[id.position].total += Double(times)
        series[id.position].totalSum += value * Double(times)
        series[id.position].touched = now
        if retention > 0 { series[id.position].sketch.take(value, times: times) }
    }

    /// Brings a histogram to what was counted elsewhere.
    public mutating func set(_ id: SeriesID, to histogram: Histogram) {
        guard series[id.position].isKept else { return }
        series[id.position].histogram = histogram
        series[id.position].touched = now
    }

    /// Tells the time, in seconds since 1970.
    ///
    /// An interval that the process saw the end of alone, before it had read any gauge, is one with the next:
    /// who looks right after the start would be shown an interval without gauges.
    ///
    /// - Returns: whether an interval ended.
    @discardableResult
    public mutating func advance(to now: Int) -> Bool {
        self.now = max(self.now, now)
        if retention > 0, self.now - sketchStart >= (retention + 1) / 2 {
            sketchStart = self.now
            for position in series.indices where series[position].kind == .sample {
                series[position].pastSketch = series[position].sketch
                series[position].sketch = QuantileSketch()
            }
        }
        let begin = self.now - self.now % Self.interval
        guard begin > start else { return false }
        defer { start = begin }
        if isCut {
            isCut = false
            guard series.contains(where: \.isSetNow) else { return false }
        }
        pastStart = start
        for position in series.indices {
            series[position].past = series[position].present
            series[position].present = Aggregate()
            series[position].wasSet = series[position].isSetNow
            series[position].isSetNow = false
        }
        if serviceCount > Self.maximumServiceSeries / 2 { forgetUnused() }
        return true
    }

    /// Forgets series of services that were not used in this interval or the one before.
    private mutating func forgetUnused() {
        let limit = now - 2 * Self.interval
        series.removeAll { $0.used < limit && $0.key.isOfService }
        positions.removeAll(keepingCapacity: true)
        serviceCount = 0
        for (position, series) in series.enumerated() {
            positions[SeriesName(key: series.key, kind: series.kind)] = position
            if series.key.isOfService { serviceCount += 1 }
        }
    }

    /// The last whole interval, or the present one while there is no other.
    public func report() -> MetricReport {
        let isPast = pastStart != nil
        var report = MetricReport(start: pastStart ?? start)
        for series in series where series.isKept {
            let aggregate = isPast ? series.past : series.present
            let summary = MetricReport.Summary(
                name: series.fullName,
                labels: series.key.labels,
                aggregate: aggregate
            )
            switch series.kind {
            case .gauge where isPast ? series.wasSet : series.isSetNow:
                report.gauges.append(
                    .init(name: series.fullName, labels: series.key.labels, value: series.value)
                )
            case .counter where aggregate.count > 0: report.counters.append(summary)
            case .sample where aggregate.count > 0: report.samples.append(summary)
            case .gauge, .counter, .sample, .histogram: break
            }
        }
        report.gauges.sort { Self.isBefore($0.name, $0.labels, $1.name, $1.labels) }
        report.counters.sort { Self.isBefore($0.name, $0.labels, $1.name, $1.labels) }
        report.samples.sort { Self.isBefore($0.name, $0.labels, $1.name, $1.labels) }
        return report
    }

    /// The series that Prometheus sees now.
    var current: [Series] {
        series.filter { series in
            series.isKept && series.touched > 0
                && (series.kind == .counter || series.kind == .histogram
                    || now - series.touched <= retention)
        }
    }

    static func isBefore(
        _ name: String,
        _ labels: [MetricKey.Label],
        _ other: String,
        _ otherLabels: [MetricKey.Label]
    ) -> Bool {
        if name != other { return name < other }
        return labels.lexicographicallyPrecedes(otherLabels) {
            $0.name == $1.name ? $0.value < $1.value : $0.name < $1.name
        }
    }
}
