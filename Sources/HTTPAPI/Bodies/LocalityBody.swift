// SPDX-License-Identifier: Apache-2.0
import Definitions

/// Decodes `Locality`: where a node or an instance is (HTTP API 5.1, 5.3).
enum LocalityBody {
    /// The place; `nil` where none is given.
    ///
    /// An empty object is a place without names, as in Consul.
    static func locality(_ value: JSONValue?) throws(BodyError) -> Locality? {
        guard let value else { return nil }
        var reader = try JSONObjectReader(value, type: "structs.Locality")
        let locality = Locality(
            region: try reader.string("Region"),
            zone: try reader.string("Zone")
        )
        try reader.finish()
        return locality
    }
}
