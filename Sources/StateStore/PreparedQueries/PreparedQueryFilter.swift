// SPDX-License-Identifier: Apache-2.0

/// What a prepared query looks at: its service's instances, each with what keeps it out.
public struct PreparedQueryExamination: Sendable {
    /// An instance of the service.
    public struct Candidate: Sendable {
        /// The instance.
        public var instance: InstanceView
        /// The first filter that does not let it through; `nil` for one that is found.
        public var obstacle: PreparedQueryObstacle?
    }

    /// The query; of a template the one that was made for the name.
    public var query: PreparedQueryRow
    /// The instances, by node and service ID.
    public var candidates: [Candidate]
}

/// Why a prepared query does not find an instance of its service.
public enum PreparedQueryObstacle: Hashable, Sendable {
    /// Checks that count are not well enough.
    case health
    /// `NodeMeta`: the node lacks the pair with this key.
    case nodeMeta(String)
    /// `ServiceMeta`: the instance lacks the pair with this key.
    case serviceMeta(String)
    /// `Tags`: this one is missing.
    case missingTag(String)
    /// `Tags`: this one must not be there.
    case forbiddenTag(String)
}

/// The filters of a prepared query.
struct PreparedQueryFilter: Sendable {
    private let query: ServiceQuery
    private let tags: QueryTags

    /// Reads the filters of a query.
    init(_ query: ServiceQuery) {
        self.query = query
        tags = QueryTags(query.tags)
    }

    /// The first filter that does not let an instance through; `nil` if all do.
    func obstacle(to instance: InstanceView) -> PreparedQueryObstacle? {
        if !query.isServed(instance) { return .health }
        if let key = Self.missing(query.nodeMeta, in: instance.node.meta) { return .nodeMeta(key) }
        if let key = Self.missing(query.serviceMeta, in: instance.service.meta) {
            return .serviceMeta(key)
        }
        return tags.obstacle(to: instance.service)
    }

    private static func missing(_ wanted: [String: String]?, in meta: [String: String]?) -> String?
    {
        guard let wanted, !wanted.isEmpty else { return nil }
        return wanted.filter { meta?[$0.key] != $0.value }.keys.min()
    }
}

extension ServiceQuery {
    /// Whether checks let an instance through: those that the query ignores do not count.
    fileprivate func isServed(_ instance: InstanceView) -> Bool {
        if ignoreCheckIDs.isEmpty { return instance.health.isServed(onlyPassing: onlyPassing) }
        let counting = instance.checks.filter { !ignoreCheckIDs.contains($0.id) }
        return InstanceHealth(counting).isServed(onlyPassing: onlyPassing)
    }
}

/// The tags of a query: compared without case, `!` negates.
private struct QueryTags {
    private var required: [FoldedText] = []
    private var forbidden: [FoldedText] = []

    init(_ tags: [String]) {
        for tag in tags {
            if tag.hasPrefix("!") {
                forbidden.append(FoldedText(String(tag.dropFirst())))
            } else {
                required.append(FoldedText(tag))
            }
        }
    }

    func obstacle(to service: ServiceRow) -> PreparedQueryObstacle? {
        if let tag = required.first(whosePresence: false, in: service.tags) {
            return .missingTag(tag.text)
        }
        return forbidden.first(whosePresence: true, in: service.tags)
            .map { .forbiddenTag($0.text) }
    }
}
