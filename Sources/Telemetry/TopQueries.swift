// SPDX-License-Identifier: Apache-2.0

/// Who asks DNS what: names, names that fail, clients, types, codes and sources, since the start and for
/// each of the last minutes.
///
/// Memory: a list of the whole time has 1,024 keys, one of a minute 256; with three lists, ten
/// minutes, and names of 255 octets at most, that is 4 MB at the very most, and a few hundred
/// kilobytes with usual names.
///
/// A plain value; whoever owns it tells the time.
public struct TopQueries: Sendable {
    /// The minutes that are kept.
    public static let minutes = 10
    /// Keys of each list of a minute, and of the whole time.
    static let minuteCapacity = 256
    static let totalCapacity = 1024
    /// Types that are told apart; more count as the type 0.
    static let typeLimit = 64

    /// One query, or several alike.
    public struct Query: Sendable {
        /// The name as on the wire, folded to lower case; empty when there is none.
        public var name: [UInt8]
        /// The octets of the client's address.
        public var client: [UInt8]
        /// QTYPE.
        public var type: UInt16
        /// The response code.
        public var code: UInt8
        /// What the reply was made from, by a number of the caller's.
        public var source: UInt8
        /// How many queries it stands for.
        public var weight: UInt64

        /// Makes one.
        public init(
            name: [UInt8],
            client: [UInt8],
            type: UInt16,
            code: UInt8,
            source: UInt8,
            weight: UInt64 = 1
        ) {
            self.name = name
            self.client = client
            self.type = type
            self.code = code
            self.source = source
            self.weight = weight
        }
    }

    /// What was counted in a time.
    public struct Report: Sendable {
        /// Since when, in seconds since 1970.
        public var since: Int
        /// How many queries there were, about.
        public var queries: UInt64 = 0
        /// How many of them were looked at.
        public var samples: UInt64 = 0
        /// The names, the most frequent first.
        public var names: [TopSketch<[UInt8]>.Entry] = []
        /// Names whose replies had another code than NOERROR.
        public var failingNames: [TopSketch<[UInt8]>.Entry] = []
        /// The clients.
        public var clients: [TopSketch<[UInt8]>.Entry] = []
        /// Queries by type, the most frequent first.
        public var types: [(type: UInt16, count: UInt64)] = []
        /// Queries by code, in order of the codes.
        public var codes: [(code: UInt8, count: UInt64)] = []
        /// Queries by source.
        public var sources: [(source: UInt8, count: UInt64)] = []
    }

    fileprivate struct Page: Sendable {
        var since: Int
        var queries: UInt64 = 0
        var samples: UInt64 = 0
        var names: TopSketch<[UInt8]>
        var failingNames: TopSketch<[UInt8]>
        var clients: TopSketch<[UInt8]>
        var types: [UInt16: UInt64] = [:]
        var codes: [UInt8: UInt64] = [:]
        var sources: [UInt8: UInt64] = [:]

        init(since: Int, capacity: Int) {
            self.since = since
            names = TopSketch(capacity: capacity)
            failingNames = TopSketch(capacity: capacity)
            clients = TopSketch(capacity: capacity)
        }
    }

    private var whole: Page
    /// The last minutes in which anything was asked, the oldest first.
    private var pages: [Page] = []

    /// Nothing yet; `now` in seconds since 1970.
    public init(now: Int) { whole = Page(since: now, capacity: Self.totalCapacity) }

    /// Counts a query.
    public mutating func take(_ query: Query, now: Int) {
        let minute = now - now % 60
        if pages.last?.since ?? .min < minute {
            pages.append(Page(since: minute, capacity: Self.minuteCapacity))
            pages.removeAll { $0.since <= minute - 60 * Self.minutes }
        }
        whole.take(query)
        pages[pages.count - 1].take(query)
    }

    /// What was counted in the last so many minutes, the present one included, or since the start.
    ///
    /// - Parameters:
    ///   - minutes: 1 to ``minutes``; `nil` for all.
    ///   - limit: how many lines of each list.
    ///   - now: in seconds since 1970.
    /// - Returns: lists without lines where nothing was asked.
    public func report(minutes: Int?, limit: Int, now: Int) -> Report {
        guard let minutes else { return Self.report([whole], since: whole.since, limit: limit) }
        let since = now - now % 60 - 60 * (max(1, minutes) - 1)
        return Self.report(
            pages.filter { $0.since >= since },
            since: max(since, whole.since),
            limit: limit
        )
    }

    private static func report(_ pages: [Page], since: Int, limit: Int) -> Report {
        var report = Report(since: since)
        var (types, codes, sources) = ([UInt16: UInt64](), [UInt8: UInt64](), [UInt8: UInt64]())
        for page in pages {
            report.queries += page.queries
            report.samples += page.samples
            types.merge(page.types, uniquingKeysWith: +)
            codes.merge(page.codes, uniquingKeysWith: +)
            sources.merge(page.sources, uniquingKeysWith: +)
        }
        report.names = TopSketch.top(limit, of: pages.map(\.names))
        report.failingNames = TopSketch.top(limit, of: pages.map(\.failingNames))
        report.clients = TopSketch.top(limit, of: pages.map(\.clients))
        report.types = types.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(limit)
            .map { ($0.key, $0.value) }
        report.codes = codes.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        report.sources = sources.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        return report
    }
}

extension TopQueries.Page {
    fileprivate mutating func take(_ query: TopQueries.Query) {
        queries += query.weight
        samples += 1
        if !query.name.isEmpty {
            names.take(query.name, query.weight)
            if query.code != 0 { failingNames.take(query.name, query.weight) }
        }
        clients.take(query.client, query.weight)
        let isKnown = types[query.type] != nil || types.count < TopQueries.typeLimit
        types[isKnown ? query.type : 0, default: 0] += query.weight
        codes[query.code, default: 0] += query.weight
        sources[query.source, default: 0] += query.weight
    }
}
