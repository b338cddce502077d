// SPDX-License-Identifier: Apache-2.0
import StateStore

/// Decodes the bodies of `POST /v1/query` and `PUT /v1/query/:id` (HTTP API 5.12).
enum PreparedQueryBody {
    static func query(_ value: JSONValue) throws(BodyError) -> PreparedQueryRow {
        var reader = try JSONObjectReader(value, type: "structs.PreparedQuery")
        var query = PreparedQueryRow(
            id: try reader.string("ID"),
            name: try reader.string("Name"),
            session: try reader.string("Session"),
            token: try reader.string("Token"),
            template: try template(reader.value("Template")),
            service: try service(reader.value("Service"))
        )
        if let value = reader.value("DNS") {
            var reader = try JSONObjectReader(value, type: "structs.QueryDNSOptions")
            query.dnsTTL = try reader.string("TTL")
            try reader.finish()
        }
        // What a read gave can be written back.
        _ = try reader.integer("CreateIndex")
        _ = try reader.integer("ModifyIndex")
        try reader.finish()
        return query
    }

    private static func template(_ value: JSONValue?) throws(BodyError) -> QueryTemplateOptions {
        guard let value else { return QueryTemplateOptions() }
        var reader = try JSONObjectReader(value, type: "structs.QueryTemplateOptions")
        let options = QueryTemplateOptions(
            type: try reader.string("Type"),
            regexp: try reader.string("Regexp"),
            removeEmptyTags: try reader.bool("RemoveEmptyTags") ?? false
        )
        try reader.finish()
        return options
    }

    private static func service(_ value: JSONValue?) throws(BodyError) -> ServiceQuery {
        var reader = try JSONObjectReader(value ?? .null, type: "structs.ServiceQuery")
        let query = ServiceQuery(
            service: try reader.string("Service"),
            failover: try failover(reader.value("Failover")),
            onlyPassing: try reader.bool("OnlyPassing") ?? false,
            ignoreCheckIDs: try reader.strings("IgnoreCheckIDs") ?? [],
            near: try reader.string("Near"),
            tags: try reader.strings("Tags") ?? [],
            nodeMeta: try reader.map("NodeMeta"),
            serviceMeta: try reader.map("ServiceMeta"),
            connect: try reader.bool("Connect") ?? false,
            peer: try reader.string("Peer")
        )
        guard try reader.string("SamenessGroup").isEmpty else {
            throw BodyError("SamenessGroup: sameness groups are a Consul Enterprise feature")
        }
        try reader.finish()
        return query
    }

    private static func failover(_ value: JSONValue?) throws(BodyError) -> QueryFailover {
        guard let value else { return QueryFailover() }
        var reader = try JSONObjectReader(value, type: "structs.QueryFailoverOptions")
        var failover = QueryFailover(
            nearestN: try reader.integer("NearestN") ?? 0,
            datacenters: try reader.strings("Datacenters") ?? []
        )
        for element in try reader.elements("Targets") ?? [] {
            var target = try JSONObjectReader(element, type: "structs.QueryFailoverTarget")
            failover.targets.append(
                QueryFailover.Target(
                    datacenter: try target.string("Datacenter"),
                    peer: try target.string("Peer")
                )
            )
            try target.finish()
        }
        try reader.finish()
        return failover
    }
}
