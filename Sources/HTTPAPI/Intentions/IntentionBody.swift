// SPDX-License-Identifier: Apache-2.0

/// Decodes the body of a write below `/v1/connect/intentions` (HTTP API 4.16).
struct IntentionBody {
    var id = ""
    var sourceName = ""
    var destinationName = ""
    /// The source as an entry holds it, but for name, times and ID.
    var source = ConfigContent(.object([]))
    var meta: [String: String]

    init(_ value: JSONValue) throws(BodyError) {
        var reader = try JSONObjectReader(value, type: "structs.Intention")
        id = try reader.string("ID")
        let description = try reader.string("Description")
        sourceName = try reader.string("SourceName")
        destinationName = try reader.string("DestinationName")
        for name in ["SourceNS", "DestinationNS"] {
            let namespace = try reader.string(name)
            guard namespace.isEmpty || namespace == "default" else {
                throw BodyError(
                    "Invalid \(name)(\(namespace)): Namespaces is a Consul Enterprise feature"
                )
            }
        }
        for name in ["SourcePartition", "DestinationPartition"] {
            let partition = try reader.string(name)
            guard partition.isEmpty || partition == "default" else {
                throw BodyError(
                    "Invalid \(name)(\(partition)): Partitions is a Consul Enterprise feature"
                )
            }
        }
        let kind = try reader.string("SourceType")
        guard kind.isEmpty || kind == "consul" else {
            throw BodyError("SourceType must be set to 'consul'")
        }
        let action = try reader.string("Action")
        let permissions = try reader.objects("Permissions")
        meta = try reader.map("Meta") ?? [:]
        // What a client sends back that read it.
        _ = try reader.string("SourcePeer")
        for name in ["Precedence", "CreatedAt", "UpdatedAt", "Hash", "JWT", "SourceSamenessGroup"] {
            _ = reader.value(name)
        }
        _ = try reader.unsigned("CreateIndex")
        _ = try reader.unsigned("ModifyIndex")
        try reader.finish()
        if !action.isEmpty { source["Action"] = .string(action) }
        if let permissions, !permissions.isEmpty { source["Permissions"] = .array(permissions) }
        if !description.isEmpty { source["Description"] = .string(description) }
    }
}
