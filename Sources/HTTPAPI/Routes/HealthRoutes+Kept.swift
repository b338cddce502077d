// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import NIOCore
import StateStore

/// `/v1/health/service/:n` in the forms that clients ask for over and over (HTTP API 4.5).
extension API {
    /// Beyond so many instances a body is written away from the event loop.
    static let mostAtOnce = 256

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

    /// The instances of a service.
    ///
    /// - Parameters:
    ///   - request: the request.
    ///   - limit: the most instances that may be written now.
    /// - Returns: `nil` for a reply of another form, or of more instances.
    /// - Throws: 400 for parameters that are none.
    func keptHealthService(
        _ request: APIRequest,
        upTo limit: Int
    ) throws(APIFailure) -> APIReply? {
        let name = request.argument
        guard !name.isEmpty,
            request.query.names.allSatisfy(Self.keptParameters.contains)
        else { return nil }
        let options = try readOptions(request)
        let isPassingOnly = try passingFlag(request)
        let result = try read(request, options, isAbsent: { $0.count == 0 }) { store in
            store.countedInstances(ofService: name).map { ServiceState(store: store, count: $0) }
        }
        let tags = request.query.all("tag")
        let form = KeptBodies.Form(
            name: name,
            isPassingOnly: isPassingOnly,
            tags: tags,
            isIndented: request.isDevelopment
        )
        var reply = APIReply()
        if let body = bodies.body(of: form, at: result.index) {
            reply.body = body
        } else {
            guard result.value.count <= limit else { return nil }
            reply.body = write(result.value.store, form, request)
            // Names that clients make up have no end.
            if result.value.count > 0 { bodies.keep(reply.body, of: form, at: result.index) }
        }
        noteService(name, section: "health", found: result.value.count > 0, tag: tags.first)
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
        var writer = JSONWriter(indented: form.isIndented, reserving: 640 * kept.count)
        HealthInstanceObject.write(kept, datacenter: datacenter, to: &writer)
        return writer.buffer
    }
}
