// SPDX-License-Identifier: Apache-2.0
import StateStore

/// Writes a node (HTTP API 5.1).
enum NodeObject {
    static func write(_ node: NodeRow, datacenter: String, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("ID", node.id)
            writer.member("Node", node.name)
            writer.member("Address", node.address)
            writer.member("Datacenter", datacenter)
            writer.member("TaggedAddresses", node.taggedAddresses)
            writer.member("Meta", node.meta)
            LocalityObject.writeMember(node.locality, to: &writer)
            writer.member("CreateIndex", node.createIndex.rawValue)
            writer.member("ModifyIndex", node.modifyIndex.rawValue)
        }
    }
}
