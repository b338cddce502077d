// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import NIOCore
import StateStore

/// `/v1/health/service/:n` in the forms that clients ask for over and over (HTTP API 4.5).
extension API {
    /// Beyond so many instances a body is written away from the event loop.
    private static let mostAtOnce = 256

    /// What a reply is written from when it is not kept.
    private struct ServiceState: Sendable {
        let store: StateStore
        let count: Int
    }

    /// Parameters on which a body does not depend, or that are in its form.
    private static let keptParameters: Set = [
        "passing", "tag", "index", "wait", "stale", "consistent", "cached", "dc", "datacenter",
        "token",
    ]

    /// Whether the reply has a form that is kept.
    static func isKept(_ request: APIRequest) -> Bool {
        !request.isDevelopment && request.query.names.allSatisfy(keptParameters.contains)
    }

    /// The instances of a service.
    func keptHealthService(
        _ request: APIRequest,
        passingOnly: Bool
    ) async throws(APIFailure) -> APIReply {
        let name = request.argument
        let options = try readOptions(request)
        let step = step(request, options, isAbsent: { $0.count == 0 }) { store in
            store.countedInstances(ofService: name).map { ServiceState(store: store, count: $0) }
        }
        let result: Indexed<ServiceState>
        switch step {
        case .parked(let parked): return APIReply(parked: parked)
        case .found(let found): result = found
        }
        let tags = request.query.all("tag")
        meters.noteService(name, section: "health", found: result.value.count > 0, tag: tags.first)
        let form = KeptBodies.Form(name: name, isPassingOnly: passingOnly, tags: tags)
        var reply = APIReply()
        if let body = bodies.body(of: form, at: result.index) {
            reply.body = body
        } else {
            let state = result.value
            if state.count > Self.mostAtOnce {
                reply.body = try await Self.offLoop { () async throws(APIFailure) in
                    write(state.store, form, request)
                }
            } else {
                reply.body = write(state.store, form, request)
            }
            bodies.keep(reply.body, of: form, at: result.index)
        }
        reply.headers[.contentType] = "application/json"
        describe(result, options, cacheable: true, in: &reply)
        return reply
    }

    private func write(
        _ store: StateStore,
        _ form: KeptBodies.Form,
        _ request: APIRequest
    ) -> ByteBuffer {
        let selection = Selection(request)
        let kept = store.instances(ofService: form.name).value.filter { instance in
            selection.includes(instance.service)
                && (!form.isPassingOnly || instance.health.isPassing)
        }
        var writer = JSONWriter(reserving: 640 * kept.count)
        HealthInstanceObject.write(kept, datacenter: datacenter, to: &writer)
        return writer.buffer
    }
}
