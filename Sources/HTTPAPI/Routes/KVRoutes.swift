// SPDX-License-Identifier: Apache-2.0
import Definitions
import HTTPTypes
import NIOCore
import StateStore

/// `/v1/kv/…` (HTTP API 4.6).
extension API {
    static let kvRoutes = [
        Route(
            .get,
            .put,
            .delete,
            path: "/v1/kv/",
            namespaced: true,
            prompt: true,
            immediate: { api, request throws(APIFailure) in try api.getOneKey(request) },
            reading: { api, request throws(APIFailure) in
                if let reply = try api.getOneKey(request) { return reply }
                return try api.tree(request)
            }
        ) { api, request throws(APIFailure) in
            request.method == .put
                ? try await api.putKey(request) : try await api.deleteKey(request)
        }
    ]

    /// A key; `nil` for other requests.
    private func getOneKey(_ request: APIRequest) throws(APIFailure) -> APIReply? {
        guard !request.query.has("keys"), !request.query.has("recurse")
        else { return nil }
        let options = try readOptions(request)
        let key = request.argument
        guard !key.isEmpty else { throw Self.missingKey }
        let result = try read(request, options, isAbsent: { $0 == nil }) { $0.entry(key) }
        guard let entry = result.value else { return Self.absent(result) }
        guard request.query.has("raw") else { return kvReply(request, result.map { _ in [entry] }) }
        // The value is anybody's: no browser may take it for a page of this server.
        var reply = APIReply(body: ByteBuffer(bytes: entry.value))
        reply.headers[.contentType] = "text/plain"
        reply.headers[.xContentTypeOptions] = "nosniff"
        reply.headers[.contentSecurityPolicy] = "sandbox"
        Self.describe(result, in: &reply)
        return reply
    }

    /// All that begins with the key: names, or entries.
    private func tree(_ request: APIRequest) throws(APIFailure) -> APIReply {
        let options = try readOptions(request)
        if request.query.has("keys") { return try keys(request, options) }
        let result = try read(request, options, isAbsent: \.isEmpty) {
            $0.entries(prefix: request.argument)
        }
        if result.value.isEmpty { return Self.absent(result) }
        return kvReply(request, result)
    }

    private func keys(
        _ request: APIRequest,
        _ options: ReadOptions
    ) throws(APIFailure) -> APIReply {
        // Consul: the second spelling is as old as the first.
        let separator = request.query.first("separator") ?? request.query.first("seperator") ?? ""
        let result = try read(request, options, isAbsent: \.isEmpty) {
            $0.keys(prefix: request.argument, separator: separator)
        }
        if result.value.isEmpty, !request.argument.isEmpty { return Self.absent(result) }
        var reply = request.json { $0.strings(result.value) }
        Self.describe(result, in: &reply)
        return reply
    }

    private func kvReply(_ request: APIRequest, _ read: Indexed<[KVRow]>) -> APIReply {
        var reply = request.json { writer in
            writer.array(read.value) { KVObject.write($1, to: &$0) }
        }
        Self.describe(read, in: &reply)
        return reply
    }

    /// 404 without a body, but with the index to wait for.
    private static func absent<Value>(_ read: Indexed<Value>) -> APIReply {
        var reply = APIReply(status: .notFound)
        describe(read, in: &reply)
        return reply
    }

    private static let missingKey = APIFailure.badRequest("Missing key name")

    private func putKey(_ request: APIRequest) async throws(APIFailure) -> APIReply {
        try checkDatacenter(request)
        let query = request.query
        guard !request.argument.isEmpty else { throw Self.missingKey }
        try Self.refuseConflict(of: ["cas", "acquire", "release"], query)
        try Self.checkLength(of: request.argument)
        var operation = KVOperation(.set, request.argument)
        if let flags = try query.unsigned("flags") { operation.flags = flags }
        if let index = try query.unsigned("cas") {
            operation.verb = .cas
            operation.index = RaftIndex(rawValue: index)
        }
        if let session = query.first("acquire") {
            operation.verb = .lock
            operation.session = session
        }
        if let session = query.first("release") {
            operation.verb = .unlock
            operation.session = session
        }
        operation.value = try await request.octets(
            upTo: configuration.maximumValueSize,
            setting: "limits.kv_max_value_size"
        )
        return try await reply(request, operation)
    }

    private func deleteKey(_ request: APIRequest) async throws(APIFailure) -> APIReply {
        try checkDatacenter(request)
        let query = request.query
        try Self.refuseConflict(of: ["recurse", "cas"], query)
        var operation = KVOperation(.delete, request.argument)
        if query.has("recurse") {
            operation.verb = .deleteTree
        } else if request.argument.isEmpty {
            throw Self.missingKey
        }
        if let index = try query.unsigned("cas") {
            operation.verb = .deleteCAS
            operation.index = RaftIndex(rawValue: index)
        }
        return try await reply(request, operation)
    }

    /// Submits an operation; `false` when what it asks for does not hold.
    private func reply(
        _ request: APIRequest,
        _ operation: KVOperation
    ) async throws(APIFailure) -> APIReply {
        do throws(SubmitError) {
            _ = try await submitter.submit(.kv(operation))
        } catch {
            guard error == .refused(.indexMismatch) || error == .refused(.lockRefused) else {
                throw APIFailure(error)
            }
            return request.json { $0.bool(false) }
        }
        return request.json { $0.bool(true) }
    }

    /// Consul: conflictingFlags: at most one of them.
    private static func refuseConflict(
        of names: [String],
        _ query: QueryParameters
    ) throws(APIFailure) {
        guard names.count(where: query.has) > 1 else { return }
        throw .badRequest("Conflicting flags: \(query.encoded)\n")
    }

    private static func checkLength(of key: String) throws(APIFailure) {
        do throws(DefinitionError) {
            try NameLimit.validate(key, "Key")
        } catch {
            throw APIFailure(error)
        }
    }
}

extension API {
    /// Adds the headers of a read that does not tell its consistency: keys and sessions (HTTP API
    /// 1.5).
    static func describe<Value>(_ read: Indexed<Value>, in reply: inout APIReply) {
        reply.headers[ConsulHeader.index] = String(max(1, read.index.rawValue))
        reply.headers[ConsulHeader.knownLeader] = "true"
        reply.headers[ConsulHeader.lastContact] = "0"
        reply.headers[ConsulHeader.backend] = "blocking-query"
    }
}

extension QueryParameters {
    /// A number without sign.
    ///
    /// - Returns: `nil` when the key is not there.
    /// - Throws: 500 with Go's text, as Consul does (API-037).
    func unsigned(_ name: String) throws(APIFailure) -> UInt64? {
        guard let text = first(name) else { return nil }
        let isNumber = !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
        guard isNumber, let number = UInt64(text) else {
            let reason = isNumber ? "value out of range" : "invalid syntax"
            throw .server("strconv.ParseUint: parsing \"\(text)\": \(reason)")
        }
        return number
    }
}
