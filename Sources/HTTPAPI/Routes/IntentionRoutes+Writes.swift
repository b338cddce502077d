// SPDX-License-Identifier: Apache-2.0
import Glibc
import HTTPTypes
import StateStore

/// The writes of intentions: each changes one source of an entry, whatever else happens to it.
extension API {
    /// How often a change is tried anew when the entry changed in between.
    private static let attempts = 16

    func writeIntention(_ request: APIRequest) async throws(APIFailure) -> APIReply {
        try checkDatacenter(request)
        let source = try intentionName(request, "source")
        let destination = try intentionName(request, "destination")
        let body = try await intentionBody(request)
        guard body.meta.isEmpty else { throw .server("Meta must not be specified") }
        try await change(intentionsOf: destination) { sources throws(APIFailure) in
            var new = body.source
            new["Name"] = .string(source)
            if let place = sources.place(ofSource: source, peer: "") {
                sources.sources[place] = new
            } else {
                sources.sources.append(new)
            }
        }
        return request.json { $0.bool(true) }
    }

    func deleteIntention(_ request: APIRequest) async throws(APIFailure) -> APIReply {
        try checkDatacenter(request)
        let source = try intentionSource(request)
        let destination = try intentionName(request, "destination")
        try await change(intentionsOf: destination) { sources throws(APIFailure) in
            sources.sources.removeAll {
                $0.text("Name") == source.name && $0.text("Peer") == source.peer
            }
        }
        return request.json { $0.bool(true) }
    }

    func createIntention(_ request: APIRequest) async throws(APIFailure) -> APIReply {
        try checkDatacenter(request)
        let body = try await intentionBody(request)
        guard body.id.isEmpty else {
            throw .server("ID must be empty when creating a new intention")
        }
        try Self.checkNames(of: body)
        let id = UUIDText.random()
        let now = Self.now
        try await change(intentionsOf: body.destinationName) { sources throws(APIFailure) in
            try Self.demandLegacy(sources, body.destinationName)
            if sources.place(ofSource: body.sourceName, peer: "") != nil {
                throw .server(
                    "duplicate intention found: \(body.source.text("Action").uppercased()) default/"
                        + "\(body.sourceName) => default/\(body.destinationName)"
                )
            }
            sources.sources.append(Self.source(body, id: id, created: now, updated: now))
        }
        return Self.idReply(request, id)
    }

    func updateIntentionByID(_ request: APIRequest) async throws(APIFailure) -> APIReply {
        try checkDatacenter(request)
        let id = request.argument
        let body = try await intentionBody(request)
        try Self.checkNames(of: body)
        let old = try intention(withID: id)
        guard StateStore.folded(old.destination) == StateStore.folded(body.destinationName) else {
            throw .server(
                "Cannot modify DestinationNS or DestinationName for an intention once it exists."
            )
        }
        let now = Self.now
        try await change(intentionsOf: old.destination) { sources throws(APIFailure) in
            try Self.demandLegacy(sources, old.destination)
            guard let place = sources.sources.firstIndex(where: { $0.text("LegacyID") == id })
            else { throw Self.noSuchIntention(id) }
            let created = sources.sources[place].text("LegacyCreateTime")
            sources.sources[place] = Self.source(body, id: id, created: created, updated: now)
        }
        return Self.idReply(request, id)
    }

    func deleteIntentionByID(_ request: APIRequest) async throws(APIFailure) -> APIReply {
        try checkDatacenter(request)
        let id = request.argument
        let old = try intention(withID: id)
        try await change(intentionsOf: old.destination) { sources throws(APIFailure) in
            sources.sources.removeAll { $0.text("LegacyID") == id }
        }
        return request.json { $0.bool(true) }
    }

    private func intentionBody(_ request: APIRequest) async throws(APIFailure) -> IntentionBody {
        let value = try await request.decodedBody()
        do throws(BodyError) { return try IntentionBody(value) } catch { throw APIFailure(error) }
    }

    private func intention(withID id: String) throws(APIFailure) -> Intention {
        let found = snapshots.snapshot().intentions().value.first { $0.id == id }
        guard !id.isEmpty, let found else { throw Self.noSuchIntention(id) }
        return found
    }

    /// Changes the sources of a destination's entry, which goes with its last source.
    ///
    /// When somebody else wrote it in between, all is done anew.
    private func change(
        intentionsOf destination: String,
        _ body: (inout IntentionSources) throws(APIFailure) -> Void
    ) async throws(APIFailure) {
        for _ in 0..<Self.attempts {
            let present = snapshots.snapshot()
                .configEntry(.serviceIntentions, named: destination).value
            var sources = IntentionSources(present)
            try body(&sources)
            let row = ConfigEntryRow(kind: .serviceIntentions, name: present?.name ?? destination)
            var change = ConfigEntryChange(row, expectedIndex: present?.modifyIndex ?? .zero)
            if sources.sources.isEmpty {
                if present == nil { return }
                change.isDeletion = true
            } else {
                do throws(BodyError) {
                    let (kept, content) = try ConfigEntryBody.kept(row, sources.content)
                    change.entry = try ConfigEntryRules.completed(kept, content)
                } catch { throw .server(error.message) }
            }
            do throws(SubmitError) {
                _ = try await submitter.submit(.configEntry(change))
                return
            } catch {
                guard error == .refused(.indexMismatch) else { throw APIFailure(error) }
            }
        }
        throw APIFailure(.serviceUnavailable, "The intentions change all the time. Try again.")
    }

    private static func source(
        _ body: IntentionBody,
        id: String,
        created: String,
        updated: String
    ) -> ConfigContent {
        var source = body.source
        source["Name"] = .string(body.sourceName)
        source["LegacyID"] = .string(id)
        let pairs = body.meta.sortedByKey().map { JSONMember(name: $0, value: .string($1)) }
        if !pairs.isEmpty { source["LegacyMeta"] = .object(pairs) }
        source["LegacyCreateTime"] = .string(created)
        source["LegacyUpdateTime"] = .string(updated)
        return source
    }

    private static func checkNames(of body: IntentionBody) throws(APIFailure) {
        var problems: [String] = []
        for (name, value) in [
            ("SourceName", body.sourceName), ("DestinationName", body.destinationName),
        ] {
            if value.isEmpty { problems.append("\(name) must be set") }
            if value != Intention.wildcard, value.contains(Intention.wildcard) {
                problems.append(
                    "\(name): wildcard character '*' cannot be used with partial values"
                )
            }
        }
        if !["allow", "deny"].contains(body.source.text("Action")) {
            problems.append("Action must be set to 'allow' or 'deny'")
        }
        guard !problems.isEmpty else { return }
        // Consul: the text of a multierror.
        let noun = problems.count == 1 ? "error" : "errors"
        let lines = problems.map { "\t* \($0)\n" }.joined()
        throw .server("\(problems.count) \(noun) occurred:\n\(lines)\n")
    }

    private static func demandLegacy(
        _ sources: IntentionSources,
        _ destination: String
    ) throws(APIFailure) {
        guard !sources.areLegacy else { return }
        throw .server(
            "cannot use legacy intention API to edit intentions with a destination of"
                + " \"\(destination)\" after editing them via a service-intentions config entry"
        )
    }

    private static func noSuchIntention(_ id: String) -> APIFailure {
        .server("Cannot modify non-existent intention: '\(id)'")
    }

    private static func idReply(_ request: APIRequest, _ id: String) -> APIReply {
        request.json { writer in writer.object { $0.member("ID", id) } }
    }

    /// The time of day, as intentions show when they were made.
    private static var now: String {
        var now = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &now)
        return CalendarTime(seconds: max(0, now.tv_sec)).internetText
    }
}
