// SPDX-License-Identifier: Apache-2.0
import Definitions

/// Writes `Locality` (HTTP API 5.1); what is empty is left out, as Consul does.
enum LocalityObject {
    static func write(_ locality: Locality, to writer: inout JSONWriter) {
        writer.object { writer in
            if !locality.region.isEmpty { writer.member("Region", locality.region) }
            if !locality.zone.isEmpty { writer.member("Zone", locality.zone) }
        }
    }

    /// A member of an object, left out where there is none.
    static func writeMember(_ locality: Locality?, to writer: inout JSONWriter) {
        guard let locality else { return }
        writer.key("Locality")
        write(locality, to: &writer)
    }
}
