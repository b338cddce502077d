// SPDX-License-Identifier: Apache-2.0
import StateStore

/// Parameters that say where a read finds instances, and what is put into them: `?peer=`, `?sg=`
/// and `?merge-central-config` (HTTP API 1.7).
extension API {
    /// Finds instances as the parameters ask.
    ///
    /// - Parameters:
    ///   - request: the request.
    ///   - mayImport: whether a peer may be asked for.
    ///   - own: finds those of this datacenter.
    /// - Returns: what finds those that are asked for.
    func instanceRead(
        _ request: APIRequest,
        mayImport: Bool = true,
        _ own: @escaping InstanceRead
    ) -> InstanceRead {
        if asksForPeer(request), mayImport { return { _, _ in Self.imported([]) } }
        guard mergesCentralConfig(request) else { return own }
        return { CentralConfiguration.completed(own($0, $1), in: $0) }
    }

    /// Whether what a peer exports is asked for (`?peer=`).
    func asksForPeer(_ request: APIRequest) -> Bool {
        !(request.query.first("peer") ?? "").isEmpty
    }

    /// What a peer exports: there are no peers, so that it is nothing, and nothing changes it.
    ///
    /// Consul: the tables of a peer that is not known are empty and have index 0, sent as 1.
    static func imported<Value: Sendable>(_ nothing: Value) -> Indexed<Value> {
        Indexed(nothing, index: .zero, topics: [])
    }

    /// Whether what config entries say is to be filled in (`?merge-central-config`, whatever its
    /// value).
    func mergesCentralConfig(_ request: APIRequest) -> Bool {
        request.query.has("merge-central-config")
    }

    /// Refuses sameness groups (`?sg=`, `?sameness-group=`), as Consul does that is not Enterprise.
    func refuseSamenessGroup(_ request: APIRequest) throws(APIFailure) {
        let group = request.query.first("sg") ?? request.query.first("sameness-group") ?? ""
        guard !group.isEmpty else { return }
        guard !asksForPeer(request) else {
            throw .badRequest("peer-name and sameness-group are mutually exclusive")
        }
        throw .server("sameness groups are not supported in consul CE")
    }
}
