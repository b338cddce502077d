// SPDX-License-Identifier: Apache-2.0
import Definitions
import HTTPTypes
import NIOCore
import StateStore

/// `GET /v1/query/:x/execute` and `…/explain` (HTTP API 4.10).
extension API {
    func executeQuery(_ name: String, _ request: APIRequest) throws(APIFailure) -> APIReply {
        let options = try readOptions(request)
        let store = snapshots.snapshot()
        var execution = PreparedQueryRequest(
            name,
            agentNode: control.identity.nodeName,
            datacenter: datacenter
        )
        if let text = request.query.first("limit"), !text.isEmpty {
            guard let limit = Int(text) else {
                throw .server(
                    "Bad limit: strconv.Atoi: parsing \"\(text)\": invalid syntax"
                )
            }
            execution.limit = limit
        }
        if let text = request.query.first("connect"), !text.isEmpty {
            guard let flag = GoBool.parse(text) else {
                throw .server(
                    "Error parsing 'connect' value: strconv.ParseBool: parsing "
                        + "\(GoQuoted.text(text)): invalid syntax"
                )
            }
            execution.connect = flag
        }
        execution.near = request.query.first("near") ?? ""
        execution.address = request.sourceAddress
        var generator = SystemRandomNumberGenerator()
        let result: PreparedQueryResult?
        do throws(PreparedQueryFailure) {
            result = try store.execute(execution, using: &generator)
        } catch {
            throw .server(error.description)
        }
        guard let result else { throw APIFailure(.notFound, "Query not found") }
        let index = store.instances(ofService: result.service).index
        let read = Indexed(result, index: index, topics: [])
        return reply(request, options, read, cacheable: true) { writer in
            writer.object { writer in
                writer.member("Service", result.service)
                writer.key("Nodes")
                HealthInstanceObject.write(
                    result.instances,
                    datacenter: datacenter,
                    to: &writer
                )
                PreparedQueryObject.dns(result.dnsTTL, to: &writer)
                writer.member("Datacenter", result.datacenter)
                writer.member("Failovers", result.failovers)
                Self.writeMeta(index, options, to: &writer)
            }
        }
    }

    func explainQuery(_ name: String, _ request: APIRequest) throws(APIFailure) -> APIReply {
        let options = try readOptions(request)
        let store = snapshots.snapshot()
        let query: PreparedQueryRow?
        do throws(PreparedQueryFailure) {
            query = try store.resolvePreparedQuery(name, segment: "")
        } catch {
            throw .server(error.description)
        }
        guard let query else { throw APIFailure(.notFound, "Query not found") }
        let read = store.preparedQueries()
        return reply(request, options, read) { writer in
            writer.object { writer in
                writer.key("Query")
                PreparedQueryObject.write(query, to: &writer)
                Self.writeMeta(read.index, options, to: &writer)
            }
        }
    }

    /// What Consul's replies to queries carry in the body too.
    static func writeMeta(
        _ index: RaftIndex,
        _ options: ReadOptions,
        to writer: inout JSONWriter
    ) {
        writer.member("Index", index.rawValue)
        writer.member("LastContact", 0)
        writer.member("KnownLeader", true)
        writer.member("ConsistencyLevel", options.consistency.rawValue)
        writer.member("NotModified", false)
        writer.member("Backend", 0)
    }
}

extension APIRequest {
    /// The address of the caller: the first of `X-Forwarded-For`, else the connection's.
    fileprivate var sourceAddress: String {
        let forwarded = headers[.forwardedFor] ?? ""
        let first = forwarded.prefix { $0 != "," }
        let text = first.drop { $0 == " " }.prefix { $0 != " " }
        if IPAddressText.family(of: text) != nil { return String(text) }
        return channel?.remoteAddress?.ipAddress ?? ""
    }
}
