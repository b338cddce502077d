// SPDX-License-Identifier: Apache-2.0
import Definitions
import HTTPTypes

/// How a read of replicated state is to be done (HTTP API 3.1–3.3).
struct ReadOptions: Hashable, Sendable {
    /// Consul's consistency modes.
    ///
    /// One server answers all alike, but says which was asked for.
    enum Consistency: String, Hashable, Sendable {
        case leader, consistent, stale
    }

    /// Answer when the index is greater; 0 answers at once.
    var index: UInt64 = 0
    /// How long to wait at most, without the jitter.
    var wait: Duration
    var consistency = Consistency.leader
    /// Whether the agent's cache may answer (`?cached`).
    var isCached = false

    /// Reads the options in Consul's order: consistency, cache control, wait.
    ///
    /// Without `usesCache` (`http_config.use_cache`) `?cached` says nothing.
    init(
        _ request: APIRequest,
        defaultWait: Duration,
        maximumWait: Duration,
        usesCache: Bool = true
    ) throws(APIFailure) {
        wait = defaultWait
        try readConsistency(request.query, usesCache: usesCache)
        try Self.validate(cacheControl: request.headers[.cacheControl] ?? "")
        try readWait(request.query, default: defaultWait, maximum: maximumWait)
    }

    /// Reads how long to wait and after which index, and nothing else.
    init(
        waitOf request: APIRequest,
        defaultWait: Duration,
        maximumWait: Duration
    ) throws(APIFailure) {
        wait = defaultWait
        try readWait(request.query, default: defaultWait, maximum: maximumWait)
    }

    private mutating func readConsistency(
        _ query: QueryParameters,
        usesCache: Bool
    ) throws(APIFailure) {
        var isStale = query.has("stale")
        let isConsistent = query.has("consistent")
        isCached = query.has("cached") && usesCache
        if let text = query.first("max_stale"), !text.isEmpty {
            // Consul: these texts do not tell what is wrong with the duration.
            guard let limit = try? GoDuration.parse(text) else {
                throw .badRequest("Invalid max_stale value \"\(text)\"")
            }
            // A bound implies stale; a single server is never behind it.
            isStale = isStale || limit > .zero
        }
        if isConsistent, isCached {
            throw .badRequest(
                "Cannot specify ?cached with ?consistent, conflicting semantics."
            )
        }
        if isStale, isConsistent {
            throw .badRequest("Cannot specify ?stale with ?consistent, conflicting semantics.")
        }
        consistency = isConsistent ? .consistent : isStale ? .stale : .leader
    }

    private mutating func readWait(
        _ query: QueryParameters,
        default defaultWait: Duration,
        maximum: Duration
    ) throws(APIFailure) {
        if let text = query.first("wait"), !text.isEmpty {
            guard let time = try? GoDuration.parse(text) else {
                throw .badRequest("Invalid wait time")
            }
            wait = time > .zero ? time : defaultWait
        }
        wait = min(wait, maximum)
        if let text = query.first("index"), !text.isEmpty {
            guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt64(text)
            else { throw .badRequest("Invalid index") }
            index = number
        }
    }

    /// The state is always current, so that the directives need only be well formed.
    private static func validate(cacheControl: String) throws(APIFailure) {
        for directive in cacheControl.lowercased().split(separator: ",") {
            let text = directive.drop { $0 == " " }
            for name in ["max-age=", "stale-if-error="] where text.hasPrefix(name) {
                guard (try? GoDuration.parse(text.dropFirst(name.count) + "s")) != nil else {
                    throw .badRequest("Invalid Cache-Control header.")
                }
            }
        }
    }
}
