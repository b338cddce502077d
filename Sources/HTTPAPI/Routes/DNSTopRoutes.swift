// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import Telemetry

/// Who asks DNS what (``AgentControl/topQueries(minutes:limit:)``).
public struct TopReport: Sendable, Hashable {
    /// A line of a list.
    public struct Line: Sendable, Hashable {
        /// What is counted: a name, an address, a mnemonic.
        public var key: String
        /// How often it was asked, at most.
        public var count: UInt64
        /// By how much ``count`` may be too high.
        public var error: UInt64

        /// Makes a line.
        public init(_ key: String, _ count: UInt64, error: UInt64 = 0) {
            self.key = key
            self.count = count
            self.error = error
        }
    }

    /// Since when, in seconds since 1970.
    public var since: Int
    /// How many queries there were, about.
    public var queries: UInt64
    /// How many of them were looked at.
    public var samples: UInt64
    /// Names, names with other codes than NOERROR, and clients, the most frequent first.
    public var names: [Line] = []
    /// See ``names``.
    public var failingNames: [Line] = []
    /// See ``names``.
    public var clients: [Line] = []
    /// Queries by type, code and source.
    public var types: [Line] = []
    /// See ``types``.
    public var codes: [Line] = []
    /// See ``types``.
    public var sources: [Line] = []

    /// Makes a report without lines.
    public init(since: Int, queries: UInt64, samples: UInt64) {
        self.since = since
        self.queries = queries
        self.samples = samples
    }

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("Since", since)
            writer.member("Queries", queries)
            writer.member("Samples", samples)
            for (name, key, lines) in [
                ("Names", "Name", names), ("FailingNames", "Name", failingNames),
                ("Clients", "Address", clients), ("Types", "Type", types),
                ("Codes", "Code", codes), ("Sources", "Source", sources),
            ] {
                writer.key(name)
                writer.array(lines) { writer, line in
                    writer.object { writer in
                        writer.member(key, line.key)
                        writer.member("Count", line.count)
                        writer.member("Error", line.error)
                    }
                }
            }
        }
    }
}

/// `/v1/dns/top`: what Consul does not have.
extension API {
    /// The most lines of a list.
    private static let topLimit = 100

    static let dnsTopRoutes = [
        Route(.get, .delete, path: "/v1/dns/top") { api, request throws(APIFailure) in
            if request.method == .delete {
                api.control.resetTopQueries()
                return .empty
            }
            return try api.topQueries(request)
        }
    ]

    private func topQueries(_ request: APIRequest) throws(APIFailure) -> APIReply {
        var limit = 10
        if let text = request.query.first("limit") {
            guard let number = Int(text), (1...Self.topLimit).contains(number) else {
                throw .badRequest("Invalid limit: write a number from 1 to \(Self.topLimit)")
            }
            limit = number
        }
        let minutes = try Self.minutes(request.query.first("window"))
        guard let report = control.topQueries(minutes: minutes, limit: limit) else {
            throw APIFailure(
                .notFound,
                "Queries are not counted: set dns_config.top to true and reload"
            )
        }
        return request.json { report.write(to: &$0) }
    }

    /// `?window=5m`: whole minutes; absent for all that was counted.
    private static func minutes(_ window: String?) throws(APIFailure) -> Int? {
        guard let window, !window.isEmpty else { return nil }
        guard window.hasSuffix("m"), let number = Int(window.dropLast()),
            (1...TopQueries.minutes).contains(number)
        else {
            throw .badRequest("Invalid window: write 1m to \(TopQueries.minutes)m, or leave it out")
        }
        return number
    }
}
