// SPDX-License-Identifier: Apache-2.0
import Filtering
import StateStore

/// The members of a config entry that filters may name (HTTP API 4.14): those of its kind.
enum ConfigEntryFilter {
    static func fields(of kind: ConfigEntryKind) -> FilterFields {
        var fields = fields(of: ConfigShape.members(of: kind) ?? [])
        for name in ["Kind", "Name"] { fields[name] = .string }
        for name in ["CreateIndex", "ModifyIndex"] { fields[name] = .integer }
        fields["Meta"] = .map(.string)
        return fields
    }

    /// Gives the members of an entry by their names; its text is read once.
    static func members(of entry: ConfigEntryRow) -> FilterLookup {
        let content = (try? JSONParser.parse(Array(entry.contentJSON.utf8))) ?? .null
        let fields = fields(of: entry.kind)
        return { name in
            switch name {
            case "Kind": .string(entry.kind.rawValue)
            case "Name": .string(entry.name)
            case "CreateIndex": .integer(Int(clamping: entry.createIndex.rawValue))
            case "ModifyIndex": .integer(Int(clamping: entry.modifyIndex.rawValue))
            default: JSONFilter.member(name, of: content, fields)
            }
        }
    }

    private static func fields(of members: [ConfigMember]) -> FilterFields {
        var fields: FilterFields = [:]
        for member in members { fields[member.name] = field(member.shape) }
        return fields
    }

    /// The kind of a member; `nil` for what filters cannot compare.
    private static func field(_ shape: ConfigShape) -> FilterField? {
        switch shape {
        // Consul compares durations as nanoseconds; the text is what is shown.
        case .text, .duration: .string
        case .integer: .integer
        case .boolean: .boolean
        case .number: .number
        case .any: nil
        case .list(.text): .strings
        case .list(.object(let members)): .objects(fields(of: members))
        // How many there are is all that can be asked.
        case .list: .objects([:])
        case .map(let value): field(value).map { .map($0) }
        case .object(let members): .object(fields(of: members))
        }
    }
}
