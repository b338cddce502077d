// SPDX-License-Identifier: Apache-2.0
import Events

/// Writes a user event (HTTP API 5.13).
enum EventObject {
    static func write(_ event: UserEvent, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("ID", event.id)
            writer.member("Name", event.name)
            writer.key("Payload")
            writer.base64(event.payload)
            writer.member("NodeFilter", event.filter.node)
            writer.member("ServiceFilter", event.filter.service)
            writer.member("TagFilter", event.filter.tag)
            writer.member("Version", event.version)
            writer.member("LTime", event.lamportTime)
        }
    }
}
