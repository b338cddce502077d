// SPDX-License-Identifier: Apache-2.0
import Filtering
import StateStore

/// Who may connect to whom: a source of a `service-intentions` entry, seen by itself (HTTP API 4.16).
struct Intention {
    /// What holds for every service.
    static let wildcard = "*"
    /// Go's zero time.
    private static let noTime = "0001-01-01T00:00:00Z"

    /// The source as the entry holds it.
    var source: ConfigContent
    /// The entry's name.
    var destination: String
    /// What the entry says for all sources.
    var meta: JSONValue?
    var tokens: JSONValue?
    var createIndex: RaftIndex
    var modifyIndex: RaftIndex

    /// The intentions of an entry, the weightiest first.
    static func all(of entry: ConfigEntryRow) -> [Intention] {
        let content = IntentionSources(entry)
        return content.sources.map { source in
            let isLegacy = !source.text("LegacyID").isEmpty
            return Intention(
                source: source,
                destination: entry.name,
                meta: isLegacy ? source["LegacyMeta"] : content.content["Meta"],
                tokens: content.content["JWT"],
                createIndex: entry.createIndex,
                modifyIndex: entry.modifyIndex
            )
        }
    }

    var id: String { source.text("LegacyID") }
    var sourceName: String { source.text("Name") }
    var peer: String { source.text("Peer") }
    var action: String { source.text("Action") }
    var precedence: Int { source.integer("Precedence") }
    var hasPermissions: Bool { source["Permissions"] != nil }

    /// Whether the intention comes first where both fit (Consul: IntentionPrecedenceSorter).
    static func isBefore(_ one: Intention, _ other: Intention) -> Bool {
        if one.precedence != other.precedence { return one.precedence > other.precedence }
        return (one.sourceName, one.destination) < (other.sourceName, other.destination)
    }

    /// Writes the intention.
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            if !id.isEmpty { writer.member("ID", id) }
            writer.member("Description", source.text("Description"))
            if !peer.isEmpty { writer.member("SourcePeer", peer) }
            writer.member("SourceNS", "default")
            writer.member("SourceName", sourceName)
            writer.member("DestinationNS", "default")
            writer.member("DestinationName", destination)
            writer.member("SourceType", "consul")
            if let tokens {
                writer.key("JWT")
                writer.value(tokens)
            }
            if !action.isEmpty { writer.member("Action", action) }
            if let permissions = source["Permissions"] {
                writer.key("Permissions")
                writer.value(permissions)
            }
            writer.key("Meta")
            writer.value(meta ?? .object([]))
            writer.member("Precedence", precedence)
            for (name, member) in [
                ("CreatedAt", "LegacyCreateTime"), ("UpdatedAt", "LegacyUpdateTime"),
            ] {
                let time = source.text(member)
                writer.member(name, time.isEmpty ? Self.noTime : time)
            }
            writer.member("CreateIndex", createIndex.rawValue)
            writer.member("ModifyIndex", modifyIndex.rawValue)
        }
    }

    /// The members that filters may name.
    static let fields: FilterFields = [
        "ID": .string, "Description": .string, "SourcePeer": .string, "SourceNS": .string,
        "SourceName": .string, "DestinationNS": .string, "DestinationName": .string,
        "SourceType": .string, "Action": .string, "Meta": .map(.string), "Precedence": .integer,
    ]

    /// A member for filters.
    func member(_ name: String) -> FilterValue {
        switch name {
        case "ID": .string(id)
        case "Description": .string(source.text("Description"))
        case "SourcePeer": .string(peer)
        case "SourceNS", "DestinationNS": .string("default")
        case "SourceName": .string(sourceName)
        case "DestinationName": .string(destination)
        case "SourceType": .string("consul")
        case "Action": .string(action)
        case "Meta": JSONFilter.value(meta ?? .null, as: .map(.string))
        case "Precedence": .integer(precedence)
        default: .absent
        }
    }
}

/// The sources of a `service-intentions` entry, to be changed.
struct IntentionSources {
    /// The whole entry.
    private(set) var content: ConfigContent

    /// Those of an entry; none without one.
    init(_ entry: ConfigEntryRow?) {
        let text = entry.map { Array($0.contentJSON.utf8) } ?? []
        content = ConfigContent((try? JSONParser.parse(text)) ?? .null)
    }

    var sources: [ConfigContent] {
        get { content.objects("Sources") }
        set { content["Sources"] = .array(newValue.map(\.value)) }
    }

    /// Whether all sources were made one by one with IDs (Consul: the API of before 1.9).
    var areLegacy: Bool { sources.allSatisfy { !$0.text("LegacyID").isEmpty } }

    /// The place of the source with a name.
    func place(ofSource name: String, peer: String) -> Int? {
        sources.firstIndex { $0.text("Name") == name && $0.text("Peer") == peer }
    }
}

extension StateStore {
    /// All intentions, the weightiest first (`/v1/connect/intentions`).
    func intentions() -> Indexed<[Intention]> {
        configEntries(ofKind: .serviceIntentions).map { entries in
            entries.flatMap(Intention.all).sorted(by: Intention.isBefore)
        }
    }

    /// The intentions that hold for a destination, or for a source, the weightiest first.
    func intentions(matching name: String, bySource: Bool) -> [Intention] {
        let wanted = [StateStore.folded(name), Intention.wildcard]
        return intentions().value.filter { intention in
            let own = bySource ? intention.sourceName : intention.destination
            return intention.peer.isEmpty && wanted.contains(StateStore.folded(own))
        }
    }
}
