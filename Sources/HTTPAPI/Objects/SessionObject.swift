// SPDX-License-Identifier: Apache-2.0
import Definitions
import StateStore

/// Writes a session (HTTP API 5.8).
enum SessionObject {
    static func write(_ session: SessionRow, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("ID", session.id)
            writer.member("Name", session.name)
            writer.member("Node", session.node)
            writer.member("LockDelay", GoDuration.nanoseconds(session.lockDelay))
            writer.member("Behavior", session.behavior.rawValue)
            writer.member("TTL", session.ttl)
            writer.member("NodeChecks", session.nodeChecks)
            writer.key("ServiceChecks")
            if let checks = session.serviceChecks {
                writer.array(checks) { writer, check in
                    writer.object { writer in
                        writer.member("ID", check.id)
                        writer.member("Namespace", check.namespace)
                    }
                }
            } else {
                writer.null()
            }
            writer.member("CreateIndex", session.createIndex.rawValue)
            writer.member("ModifyIndex", session.modifyIndex.rawValue)
        }
    }
}
