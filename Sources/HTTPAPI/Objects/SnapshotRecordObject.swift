// SPDX-License-Identifier: Apache-2.0
public import StateStore

/// Writes a record of a snapshot as a line of JSON, as Consul's `snapshot decode` does; the members
/// are those of the API's objects.
///
/// Nodes, instances and checks are `Register`, with the members of a body of
/// `/v1/catalog/register` (HTTP API 5.2): the node, and `Service` or `Check` unless `null`.
public enum SnapshotRecordObject {
    /// Appends the line of a record, its end included.
    public static func append(_ record: SnapshotRecord, to octets: inout [UInt8]) {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("Type", record.kind)
            writer.key("Data")
            write(record, to: &writer)
        }
        octets += writer.text
        octets.append(UInt8(ascii: "\n"))
    }

    private static func write(_ record: SnapshotRecord, to writer: inout JSONWriter) {
        switch record {
        case .progress(let progress): write(progress, to: &writer)
        case .index(let key, let index):
            writer.object { writer in
                writer.member("Key", key)
                writer.member("Value", index.rawValue)
            }
        case .node(let node): write(node, node.name, nil, nil, to: &writer)
        case .instance(let service, let node):
            write(node, service.node, service, nil, to: &writer)
        case .check(let check, let node): write(node, check.node, nil, check, to: &writer)
        case .preparedQuery(let query): PreparedQueryObject.write(query, to: &writer)
        case .configEntry(let entry): ConfigEntryObject.write(entry, to: &writer)
        case .virtualAddress(let service, let address):
            writer.object { writer in
                writer.member("Service", service)
                writer.member("IP", text(of: address))
            }
        case .freeVirtualAddress(let address, let isCounter):
            writer.object { writer in
                writer.member("IP", text(of: address))
                writer.member("IsCounter", isCounter)
            }
        case .coordinate(let row): CoordinateObject.write(row, to: &writer)
        case .key(let entry): KVObject.write(entry, to: &writer)
        case .tombstone(let key, let index):
            writer.object { writer in
                writer.member("Key", key)
                writer.member("ModifyIndex", index.rawValue)
            }
        case .lockDelay(let key, let end):
            writer.object { writer in
                writer.member("Key", key)
                writer.member("UntilMilliseconds", end.rawValue)
            }
        case .session(let session): SessionObject.write(session, to: &writer)
        case .autopilot(let configuration): AutopilotObject.write(configuration, to: &writer)
        }
    }

    private static func write(_ progress: StateProgress, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("LastIndex", progress.lastIndex.rawValue)
            writer.member("RestoredAt", progress.restoredAt.rawValue)
            writer.member("LogMilliseconds", progress.time.rawValue)
        }
    }

    private static func write(
        _ node: NodeRow?,
        _ name: String,
        _ service: ServiceRow?,
        _ check: CheckRow?,
        to writer: inout JSONWriter
    ) {
        writer.object { writer in
            if let node {
                writer.member("ID", node.id)
                writer.member("Node", node.name)
                writer.member("Address", node.address)
                writer.member("TaggedAddresses", node.taggedAddresses)
                writer.member("NodeMeta", node.meta)
                writer.member("CreateIndex", node.createIndex.rawValue)
                writer.member("ModifyIndex", node.modifyIndex.rawValue)
            } else {
                writer.member("Node", name)
            }
            writer.key("Service")
            if let service { NodeServiceObject.write(service, to: &writer) } else { writer.null() }
            writer.key("Check")
            if let check { CheckObject.write(check, to: &writer) } else { writer.null() }
        }
    }

    private static func text(of address: [UInt8]) -> String {
        address.map { String($0) }.joined(separator: ".")
    }
}
