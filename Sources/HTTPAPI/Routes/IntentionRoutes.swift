// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import StateStore

/// `/v1/connect/intentions…` (HTTP API 4.16): the sources of `service-intentions` entries, one by
/// one. The writes are in `IntentionRoutes+Writes.swift`.
extension API {
    static let intentionRoutes = [
        Route(
            .get,
            .post,
            path: "/v1/connect/intentions",
            namespaced: true,
            reading: { api, request throws(APIFailure) in try api.intentions(request) }
        ) { api, request throws(APIFailure) in
            try await api.createIntention(request)
        },
        Route(
            .get,
            .put,
            .delete,
            path: "/v1/connect/intentions/exact",
            namespaced: true,
            reading: { api, request throws(APIFailure) in try api.intention(request) }
        ) { api, request throws(APIFailure) in
            request.method == .put
                ? try await api.writeIntention(request) : try await api.deleteIntention(request)
        },
        Route(reading: "/v1/connect/intentions/check", namespaced: true) {
            api,
            request throws(APIFailure) in
            try api.checkIntentions(request)
        },
        Route(reading: "/v1/connect/intentions/match", namespaced: true) {
            api,
            request throws(APIFailure) in
            try api.matchIntentions(request)
        },
        Route(
            .get,
            .put,
            .delete,
            path: "/v1/connect/intentions/",
            namespaced: true,
            reading: { api, request throws(APIFailure) in try api.intentionByID(request) }
        ) { api, request throws(APIFailure) in
            request.method == .put
                ? try await api.updateIntentionByID(request)
                : try await api.deleteIntentionByID(request)
        },
    ]

    private func intentions(_ request: APIRequest) throws(APIFailure) -> APIReply {
        let options = try readOptions(request)
        let filter = try RequestFilter(request, Intention.fields)
        let result = try read(request, options) { $0.intentions() }
        let kept = result.value.filter { intention in
            filter.keeps { intention.member($0) }
        }
        try filter.finish()
        return reply(request, options, result) { writer in
            writer.array(kept) { $1.write(to: &$0) }
        }
    }

    private func intention(_ request: APIRequest) throws(APIFailure) -> APIReply {
        let options = try readOptions(request)
        let source = try intentionSource(request)
        let destination = try intentionName(request, "destination")
        return try one(request, options) { intention in
            intention.sourceName == source.name && intention.peer == source.peer
                && StateStore.folded(intention.destination) == StateStore.folded(destination)
        }
    }

    private func intentionByID(_ request: APIRequest) throws(APIFailure) -> APIReply {
        let options = try readOptions(request)
        let id = request.argument
        guard UUIDText.problem(id) == nil else {
            throw .badRequest("Failed intention lookup: index error: UUID must be 36 characters")
        }
        return try one(request, options) { $0.id == id }
    }

    private func one(
        _ request: APIRequest,
        _ options: ReadOptions,
        where isMeant: @Sendable (Intention) -> Bool
    ) throws(APIFailure) -> APIReply {
        let result = try read(request, options, isAbsent: { $0 == nil }) { store in
            store.intentions().map { $0.first(where: isMeant) }
        }
        guard let intention = result.value else {
            throw absent(result, options, "Intention not found")
        }
        return reply(request, options, result) { intention.write(to: &$0) }
    }

    private func checkIntentions(_ request: APIRequest) throws(APIFailure) -> APIReply {
        try checkDatacenter(request)
        let kind = request.query.first("source-type") ?? "consul"
        let source = try intentionName(request, "source")
        let destination = try intentionName(request, "destination")
        guard kind == "consul" else { throw .server("unsupported SourceType: \"\(kind)\"") }
        let store = snapshots.snapshot()
        let first = store.intentions(matching: destination, bySource: false).first { intention in
            [source, Intention.wildcard].contains(intention.sourceName)
        }
        // Without ACLs what nobody forbids is allowed; permissions look at requests, which are not
        // known here.
        let isAllowed = first.map { !$0.hasPermissions && $0.action == "allow" } ?? true
        return request.json { writer in writer.object { $0.member("Allowed", isAllowed) } }
    }

    private func matchIntentions(_ request: APIRequest) throws(APIFailure) -> APIReply {
        let options = try readOptions(request)
        let kinds = request.query.all("by")
        guard kinds.count == 1 else { throw .server("required query parameter 'by' not set") }
        guard ["source", "destination"].contains(kinds[0]) else {
            throw .server("'by' parameter must be one of 'source' or 'destination'")
        }
        let names = request.query.all("name")
        guard !names.isEmpty else { throw .server("required query parameter 'name' not set") }
        var plain: [(given: String, name: String)] = []
        for name in names { plain.append((name, try Self.plainName(name, "name"))) }
        let wanted = plain
        let result = try read(request, options) { store in
            store.intentions().map { _ in
                wanted.map { store.intentions(matching: $0.name, bySource: kinds[0] == "source") }
            }
        }
        return reply(request, options, result, cacheable: true) { writer in
            writer.object { writer in
                for (name, found) in zip(names, result.value) {
                    writer.key(name)
                    writer.array(found) { $1.write(to: &$0) }
                }
            }
        }
    }

    /// A service that the query names.
    func intentionName(_ request: APIRequest, _ key: String) throws(APIFailure) -> String {
        let values = request.query.all(key)
        guard values.count == 1, !values[0].isEmpty else {
            throw .server("required query parameter '\(key)' not set")
        }
        return try Self.plainName(values[0], key)
    }

    /// The source that the query names: a service of here, or `peer:NAME/service`.
    func intentionSource(_ request: APIRequest) throws(APIFailure) -> (name: String, peer: String) {
        let values = request.query.all("source")
        guard values.count == 1, let text = values.first, text.hasPrefix("peer:") else {
            return (try intentionName(request, "source"), "")
        }
        let parts = text.dropFirst(5).split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            throw .server(
                "source \"\(text)\" is invalid: need to specify the service name as well"
            )
        }
        return (String(parts[1]), String(parts[0]))
    }

    /// A name, perhaps with the only namespace that there is before it.
    private static func plainName(_ text: String, _ key: String) throws(APIFailure) -> String {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        if text.hasPrefix("peer:") {
            throw .server("\(key) \"\(text)\" is invalid: cannot specify a peer here")
        }
        switch parts.count {
        case 1: return text
        case 2 where parts[0] == "default": return parts[1]
        case 3 where parts[0] == "default" && parts[1] == "default": return parts[2]
        default:
            throw .badRequest(
                "\(key) \"\(text)\" is invalid: Namespaces are a Consul Enterprise feature"
            )
        }
    }
}
