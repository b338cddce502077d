// SPDX-License-Identifier: Apache-2.0
import StateStore

/// Writes an entry of the key/value store (HTTP API 5.7).
enum KVObject {
    static func write(_ entry: KVRow, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("LockIndex", entry.lockIndex)
            writer.member("Key", entry.key)
            writer.member("Flags", entry.flags)
            writer.key("Value")
            writer.base64(entry.value)
            if !entry.session.isEmpty { writer.member("Session", entry.session) }
            writer.member("CreateIndex", entry.createIndex.rawValue)
            writer.member("ModifyIndex", entry.modifyIndex.rawValue)
        }
    }
}
