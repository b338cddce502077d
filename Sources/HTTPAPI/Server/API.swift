// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import NIOCore
import Publication
import StateStore

/// What all handlers work with.
///
/// Each section of the API is an extension under `Routes`.
struct API: Sendable {
    let control: any AgentControl
    let submitter: any CommandSubmitter
    let restorer: any StateRestorer
    let snapshots: any SnapshotReader
    let watches: WatchRegistry<WatchTopic>
    let waits: ActiveWaits
    let sessionTimers: any SessionTimers
    let meters: APIMeters
    let snapshotTraffic = SnapshotTraffic()
    let bodies = KeptBodies()
    let configuration: HTTPServerConfiguration

    /// The own datacenter.
    var datacenter: String { control.identity.datacenter }

    /// Takes what every read of replicated state takes: the datacenter and the read options.
    func readOptions(_ request: APIRequest) throws(APIFailure) -> ReadOptions {
        let identity = control.identity
        var options = try ReadOptions(
            request,
            defaultWait: identity.defaultQueryTime,
            maximumWait: identity.maximumQueryTime,
            usesCache: configuration.usesCache
        )
        // HTTP API 3.2: a read that asks for no mode.
        if Self.isDiscovery(request.path), !request.query.has("leader"),
            configuration.discoversStale, !options.isCached, options.consistency == .leader
        {
            options.consistency = .stale
        }
        try checkDatacenter(request)
        return options
    }

    // Consul: by the beginning of the path.
    private static func isDiscovery(_ path: String) -> Bool {
        path.hasPrefix("/v1/catalog") || path.hasPrefix("/v1/health")
    }

    /// `?dc=`, or `?datacenter=`, which wins: only the own one is reachable.
    func checkDatacenter(_ request: APIRequest) throws(APIFailure) {
        let wanted = request.query.first("datacenter") ?? request.query.first("dc") ?? ""
        guard wanted.isEmpty || wanted == datacenter else { throw .noPathToDatacenter }
    }

    /// The reply of a read of replicated state, with its headers (HTTP API 1.5).
    func reply<Value>(
        _ request: APIRequest,
        _ options: ReadOptions,
        _ read: Indexed<Value>,
        cacheable: Bool = false,
        _ write: (inout JSONWriter) -> Void
    ) -> APIReply {
        var reply = request.json(write)
        describe(read, options, cacheable: cacheable, in: &reply)
        return reply
    }

    /// Adds the headers of a read of replicated state (HTTP API 1.5).
    func describe<Value>(
        _ read: Indexed<Value>,
        _ options: ReadOptions,
        cacheable: Bool,
        in reply: inout APIReply
    ) {
        // 0 would make clients spin: it is sent as 1.
        reply.headers[ConsulHeader.index] = String(max(1, read.index.rawValue))
        reply.headers[ConsulHeader.knownLeader] = "true"
        reply.headers[ConsulHeader.lastContact] = "0"
        reply.headers[ConsulHeader.consistency] = options.consistency.rawValue
        reply.headers[ConsulHeader.backend] = "blocking-query"
        if cacheable { describeCache(options, in: &reply) }
    }

    /// Says that the agent's cache answered, if it was asked (HTTP API 3.3).
    func describeCache(_ options: ReadOptions, in reply: inout APIReply) {
        guard options.isCached else { return }
        // The state itself is at hand: always a fresh hit.
        reply.headers[ConsulHeader.cache] = "HIT"
        reply.headers[.age] = "0"
    }

    /// 404 for what a read did not find, with the headers of the read, so that it can be waited for.
    func absent<Value>(
        _ read: Indexed<Value>,
        _ options: ReadOptions,
        _ text: String
    ) -> APIFailure {
        var reply = APIReply()
        describe(read, options, cacheable: false, in: &reply)
        var failure = APIFailure(.notFound, text)
        failure.headers = reply.headers
        return failure
    }

    /// Submits a write and waits until it is published.
    func submit(_ command: Command) async throws(APIFailure) {
        do {
            _ = try await submitter.submit(command)
        } catch {
            throw APIFailure(error)
        }
    }
}
