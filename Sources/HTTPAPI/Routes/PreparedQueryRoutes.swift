// SPDX-License-Identifier: Apache-2.0
import Definitions
import HTTPTypes
import StateStore

/// `/v1/query…` (HTTP API 4.10).
extension API {
    static let preparedQueryRoutes = [
        Route(
            .get,
            .post,
            path: "/v1/query",
            reading: { api, request throws(APIFailure) in try api.queries(request) }
        ) { api, request throws(APIFailure) in
            try await api.createQuery(request)
        },
        // Consul: this route refuses methods by itself and does not name OPTIONS (HTTP API 1.2).
        Route(
            .get,
            .put,
            .delete,
            path: "/v1/query/",
            namesOptions: false,
            onlyRead: [execution, explanation],
            reading: { api, request throws(APIFailure) in try api.query(request) }
        ) { api, request throws(APIFailure) in
            try await api.changeQuery(request)
        },
    ]

    /// What a path ends with that asks for the query's results, or for what it becomes.
    private static let execution = "/execute"
    private static let explanation = "/explain"

    private func query(_ request: APIRequest) throws(APIFailure) -> APIReply {
        let argument = request.argument
        if argument.hasSuffix(Self.execution) {
            return try executeQuery(String(argument.dropLast(Self.execution.count)), request)
        }
        if argument.hasSuffix(Self.explanation) {
            return try explainQuery(String(argument.dropLast(Self.explanation.count)), request)
        }
        return try query(withID: argument, request)
    }

    private func changeQuery(_ request: APIRequest) async throws(APIFailure) -> APIReply {
        let id = request.argument
        if request.method == .put { return try await updateQuery(id, request) }
        try checkDatacenter(request)
        try checkQueryExists(id)
        let row = PreparedQueryRow(id: id, service: ServiceQuery(service: ""))
        try await submitQuery(.delete, row)
        return .empty
    }

    private func queries(_ request: APIRequest) throws(APIFailure) -> APIReply {
        let options = try readOptions(request)
        let result = try read(request, options) { $0.preparedQueries() }
        return reply(request, options, result) { writer in
            writer.array(result.value) { PreparedQueryObject.write($1, to: &$0) }
        }
    }

    private func query(
        withID id: String,
        _ request: APIRequest
    ) throws(APIFailure) -> APIReply {
        let options = try readOptions(request)
        let result = try read(request, options, isAbsent: { $0 == nil }) {
            $0.preparedQuery(withID: id)
        }
        guard let query = result.value else { throw absent(result, options, "Query not found") }
        return reply(request, options, result) { writer in
            writer.array([query]) { PreparedQueryObject.write($1, to: &$0) }
        }
    }

    private func createQuery(_ request: APIRequest) async throws(APIFailure) -> APIReply {
        var query = try await decodedQuery(request)
        guard query.id.isEmpty else {
            throw .server("ID must be empty when creating a new prepared query")
        }
        try validate(query)
        query.id = UUIDText.random()
        try await submitQuery(.create, query)
        return request.json { writer in
            writer.object { $0.member("ID", query.id) }
        }
    }

    private func updateQuery(
        _ id: String,
        _ request: APIRequest
    ) async throws(APIFailure) -> APIReply {
        // Consul: without a body it is a query of nothing, which is found out last.
        var query = try await decodedQuery(request, ifAny: true)
        query.id = id
        try checkQueryExists(id)
        try validate(query)
        try await submitQuery(.update, query)
        return .empty
    }

    private func decodedQuery(
        _ request: APIRequest,
        ifAny: Bool = false
    ) async throws(APIFailure) -> PreparedQueryRow {
        try checkDatacenter(request)
        let value =
            ifAny
            ? try await request.decodedBodyIfAny() ?? .object([]) : try await request.decodedBody()
        do throws(BodyError) {
            return try PreparedQueryBody.query(value)
        } catch {
            throw APIFailure(error)
        }
    }

    private func validate(_ query: PreparedQueryRow) throws(APIFailure) {
        do throws(DefinitionError) {
            try query.validate()
            try query.validateLengths()
        } catch {
            throw .server("Invalid prepared query: \(error.message)")
        }
    }

    private func checkQueryExists(_ id: String) throws(APIFailure) {
        guard snapshots.snapshot().preparedQuery(withID: id).value != nil else {
            throw .server("Cannot modify non-existent prepared query: '\(id)'")
        }
    }

    private func submitQuery(
        _ operation: PreparedQueryChange.Operation,
        _ query: PreparedQueryRow
    ) async throws(APIFailure) {
        do throws(SubmitError) {
            _ = try await submitter.submit(.preparedQuery(.init(operation, query)))
        } catch {
            guard case .refused(let refusal) = error else { throw APIFailure(error) }
            throw .server("raft apply failed: \(refusal.text)")
        }
    }
}

extension UUIDText {
    /// A random UUID, from the system's generator.
    static func random() -> String {
        let digits = (0..<32).map { _ in String(Int.random(in: 0..<16), radix: 16) }.joined()
        var rest = digits[...]
        return [8, 4, 4, 4, 12].map { count in
            defer { rest = rest.dropFirst(count) }
            return String(rest.prefix(count))
        }.joined(separator: "-")
    }
}
