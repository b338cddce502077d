// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import HummingbirdCore
import NIOCore
import SnapshotArchive
import StateStore

/// `/v1/snapshot` (HTTP API 4.13, 9.1).
extension API {
    static let snapshotRoutes = [
        Route(.get, .put, path: "/v1/snapshot") { api, request throws(APIFailure) in
            if request.method == .put {
                try await api.restoreSnapshot(request)
            } else {
                try await api.saveSnapshot(request)
            }
        }
    ]

    /// Streams the state as it is published now.
    private func saveSnapshot(_ request: APIRequest) async throws(APIFailure) -> APIReply {
        try checkDatacenter(request)
        let store = snapshots.snapshot()
        guard let download = SnapshotDownload(store, snapshotTraffic) else {
            throw APIFailure(
                .serviceUnavailable,
                "Too many snapshots at once: \(SnapshotTraffic.saveLimit) are being saved. Try again."
            )
        }
        let length = await download.length()
        guard length <= ArchiveLimits.largestState else {
            throw .server(
                "The state has \(length) octets; an archive holds at most "
                    + "\(ArchiveLimits.largestState)."
            )
        }
        var reply = APIReply()
        // Consul: what Go finds when it looks at the first octets.
        reply.headers[.contentType] = "application/x-gzip"
        Self.describe(Indexed((), index: store.lastIndex, topics: []), in: &reply)
        reply.stream = ResponseBody { writer in
            try await download.send(to: &writer, length: length)
        }
        return reply
    }

    /// Replaces the state by that of an archive, once the archive was found to be whole.
    private func restoreSnapshot(_ request: APIRequest) async throws(APIFailure) -> APIReply {
        try checkDatacenter(request)
        guard !request.query.has("stale") else { throw .server("stale not allowed for restore") }
        guard snapshotTraffic.beginRestore() else {
            throw APIFailure(
                .serviceUnavailable,
                "Another snapshot is being restored. Wait for it, then look at the state."
            )
        }
        defer { snapshotTraffic.endRestore() }
        let state = try await receiveState(request)
        let index: RaftIndex
        do throws(SubmitError) { index = try await restorer.restore(state) } catch {
            throw APIFailure(error)
        }
        // Nobody renewed these sessions here: their time starts now.
        for session in state.sessions().value { sessionTimers.begin(session) }
        await control.stateWasRestored()
        var reply = APIReply.empty
        reply.headers[ConsulHeader.index] = String(index.rawValue)
        return reply
    }

    private func receiveState(_ request: APIRequest) async throws(APIFailure) -> StateStore {
        let limit = configuration.maximumSnapshotSize
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit {
            throw Self.tooLarge("\(length)", limit)
        }
        var upload = SnapshotUpload()
        var problem: ArchiveProblem?
        var count = 0
        do {
            for try await part in request.body {
                count += part.readableBytes
                if count > limit { break }
                // The rest is read all the same: who is still sending does not read a reply.
                if problem != nil { continue }
                do throws(ArchiveProblem) { try upload.take(Array(part.readableBytesView)) } catch {
                    problem = error
                }
            }
        } catch {
            throw .badRequest(
                "The snapshot was cut off after \(count) octets; nothing has changed."
            )
        }
        if count > limit { throw Self.tooLarge("more than \(limit)", limit) }
        if let problem { throw .server(problem.message) }
        do throws(ArchiveProblem) { return try upload.finish() } catch {
            throw .server(error.message)
        }
    }

    private static func tooLarge(_ length: String, _ limit: Int) -> APIFailure {
        APIFailure(
            .contentTooLarge,
            "The snapshot has \(length) octets; at most \(limit) are taken. Nothing has changed."
        )
    }
}
