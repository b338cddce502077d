// SPDX-License-Identifier: Apache-2.0
import StateStore

/// Writes a prepared query (HTTP API 5.12).
enum PreparedQueryObject {
    static func write(_ query: PreparedQueryRow, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("ID", query.id)
            writer.member("Name", query.name)
            writer.member("Session", query.session)
            writer.member("Token", query.token)
            writer.key("Template")
            writer.object { writer in
                writer.member("Type", query.template.type)
                writer.member("Regexp", query.template.regexp)
                writer.member("RemoveEmptyTags", query.template.removeEmptyTags)
            }
            writer.key("Service")
            write(query.service, to: &writer)
            dns(query.dnsTTL, to: &writer)
            writer.member("CreateIndex", query.createIndex.rawValue)
            writer.member("ModifyIndex", query.modifyIndex.rawValue)
        }
    }

    /// The member `DNS`.
    static func dns(_ ttl: String, to writer: inout JSONWriter) {
        writer.key("DNS")
        writer.object { $0.member("TTL", ttl) }
    }

    private static func write(_ service: ServiceQuery, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("Service", service.service)
            writer.key("Failover")
            write(service.failover, to: &writer)
            writer.member("OnlyPassing", service.onlyPassing)
            list("IgnoreCheckIDs", service.ignoreCheckIDs, to: &writer)
            writer.member("Near", service.near)
            list("Tags", service.tags, to: &writer)
            writer.member("NodeMeta", service.nodeMeta)
            writer.member("ServiceMeta", service.serviceMeta)
            writer.member("Connect", service.connect)
            if !service.peer.isEmpty { writer.member("Peer", service.peer) }
        }
    }

    private static func write(_ failover: QueryFailover, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("NearestN", failover.nearestN)
            list("Datacenters", failover.datacenters, to: &writer)
            guard !failover.targets.isEmpty else { return }
            writer.key("Targets")
            writer.array(failover.targets) { writer, target in
                writer.object { writer in
                    if !target.peer.isEmpty { writer.member("Peer", target.peer) }
                    if !target.datacenter.isEmpty {
                        writer.member("Datacenter", target.datacenter)
                    }
                }
            }
        }
    }

    /// A list; `null` when empty, as Go writes one that was never given.
    private static func list(_ name: String, _ values: [String], to writer: inout JSONWriter) {
        writer.key(name)
        if values.isEmpty { writer.null() } else { writer.strings(values) }
    }
}
