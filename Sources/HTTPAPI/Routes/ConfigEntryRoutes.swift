// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import StateStore

/// `/v1/config…` (HTTP API 4.14).
extension API {
    static let configEntryRoutes = [
        Route(.put, path: "/v1/config", namespaced: true) { api, request throws(APIFailure) in
            try await api.writeConfigEntry(request)
        },
        Route(
            .get,
            .delete,
            path: "/v1/config/",
            namespaced: true,
            reading: { api, request throws(APIFailure) in try api.configEntries(request) }
        ) { api, request throws(APIFailure) in
            try await api.deleteConfigEntry(request)
        },
    ]

    private func configEntries(_ request: APIRequest) throws(APIFailure) -> APIReply {
        let options = try readOptions(request)
        let (kind, name) = Self.kindAndName(request.argument)
        guard let kind else {
            throw APIFailure(.notFound, "Must provide either a kind or both kind and name")
        }
        guard Self.isKind(kind) else { throw .server(Self.invalidKind(kind)) }
        guard let name else {
            let filter = try RequestFilter(request, ConfigEntryFilter.fields(of: kind))
            let result = try read(request, options) { $0.configEntries(ofKind: kind) }
            let kept = result.value.filter { entry in
                !filter.isActive || filter.keeps(ConfigEntryFilter.members(of: entry))
            }
            try filter.finish()
            return reply(request, options, result) { writer in
                writer.array(kept) { ConfigEntryObject.write($1, to: &$0) }
            }
        }
        let result = try read(request, options, isAbsent: { $0 == nil }) {
            $0.configEntry(kind, named: name)
        }
        guard let entry = result.value else {
            throw absent(
                result,
                options,
                "Config entry not found for \"\(kind.rawValue)\" / \"\(name)\""
            )
        }
        return reply(request, options, result) { ConfigEntryObject.write(entry, to: &$0) }
    }

    private func writeConfigEntry(_ request: APIRequest) async throws(APIFailure) -> APIReply {
        try checkDatacenter(request)
        let value = try await request.decodedBody()
        let row: ConfigEntryRow
        let content: ConfigContent
        do throws(BodyError) {
            (row, content) = try ConfigEntryBody.entry(value)
        } catch {
            throw .badRequest("Request decoding failed: \(error.message)")
        }
        let expected = try expectedIndex(request)
        let entry: ConfigEntryRow
        do throws(BodyError) {
            entry = try ConfigEntryRules.completed(row, content)
            try ServiceProtocols(snapshots.snapshot()).check(writing: entry)
        } catch {
            throw .server(error.message)
        }
        let change = ConfigEntryChange(entry, expectedIndex: expected)
        let isDone = try await submitChecked(change)
        return request.json { $0.bool(isDone) }
    }

    private func deleteConfigEntry(_ request: APIRequest) async throws(APIFailure) -> APIReply {
        try checkDatacenter(request)
        guard case (let kind?, let name?) = Self.kindAndName(request.argument), !name.isEmpty else {
            throw APIFailure(.notFound, "Must provide both a kind and name to delete")
        }
        guard Self.isKind(kind) else { throw .badRequest(Self.invalidKind(kind)) }
        let expected = try expectedIndex(request)
        let entry: ConfigEntryRow
        do throws(BodyError) {
            let only = try ConfigEntryRules.onlyName(of: kind, given: name)
            entry = ConfigEntryRow(kind: kind, name: only)
            try ServiceProtocols(snapshots.snapshot()).check(deleting: entry)
        } catch {
            throw .server(error.message)
        }
        let change = ConfigEntryChange(
            entry,
            isDeletion: true,
            expectedIndex: expected
        )
        let isDone = try await submitChecked(change)
        return request.json { writer in
            if expected == nil { writer.object { _ in } } else { writer.bool(isDone) }
        }
    }

    /// Submits a change; `false` when its check-and-set failed.
    private func submitChecked(_ change: ConfigEntryChange) async throws(APIFailure) -> Bool {
        do throws(SubmitError) {
            _ = try await submitter.submit(.configEntry(change))
            return true
        } catch {
            if error == .refused(.indexMismatch) { return false }
            throw APIFailure(error)
        }
    }

    /// `?cas=`.
    private func expectedIndex(_ request: APIRequest) throws(APIFailure) -> RaftIndex? {
        guard let text = request.query.first("cas"), !text.isEmpty else { return nil }
        guard let index = UInt64(text) else {
            throw .server(
                "strconv.ParseUint: parsing \"\(text)\": invalid syntax. cas is the ModifyIndex of"
                    + " the entry, or 0 for one that must not exist yet."
            )
        }
        return RaftIndex(rawValue: index)
    }

    private static func kindAndName(_ argument: String) -> (ConfigEntryKind?, String?) {
        let parts = argument.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let kind = parts.first.map { ConfigEntryKind(rawValue: String($0)) }
        // Consul: behind a final slash stands a name without octets, which no entry has.
        let name = parts.count > 1 ? String(parts[1]) : nil
        return (kind?.rawValue.isEmpty == false ? kind : nil, name)
    }

    private static func isKind(_ kind: ConfigEntryKind) -> Bool {
        ConfigEntryKind.known.contains(kind) || ConfigEntryKind.unsupported.contains(kind)
    }

    private static func invalidKind(_ kind: ConfigEntryKind) -> String {
        "invalid config entry kind: \(kind.rawValue)"
    }
}

/// Writes a config entry (HTTP API 5.15).
enum ConfigEntryObject {
    static func write(_ entry: ConfigEntryRow, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("Kind", entry.kind.rawValue)
            // Consul: there is one mesh, without a name.
            if entry.kind != .mesh { writer.member("Name", entry.name) }
            if case .object(let members)? = try? JSONParser.parse(Array(entry.contentJSON.utf8)) {
                for member in members {
                    writer.key(member.name)
                    writer.value(member.value)
                }
            }
            writer.member("CreateIndex", entry.createIndex.rawValue)
            writer.member("ModifyIndex", entry.modifyIndex.rawValue)
        }
    }
}
